package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** How much text the detectors read in a second; a measurement for docs/REDACTION.md, and no test of speed. */
class ThroughputTest {

    private static final int ROUNDS = 5;

    @Test
    @EnabledIfSystemProperty(named = "dalang.redact.throughput", matches = "true")
    void megabytesASecond() {
        StringBuilder text = new StringBuilder();
        while (text.length() < 1 << 20)
            for (Case c : Cases.all()) text.append(c.text()).append('\n');
        String all = text.toString();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double best = 0;
        int found = 0;
        for (int i = 0; i < ROUNDS; i++) {
            // The thread's own time: what else the machine does is no news about the detectors.
            long start = threads.getCurrentThreadCpuTime();
            List<Finding> findings = Detectors.find(all);
            found = findings.size();
            best = Math.max(best, all.length() / 1e6 / ((threads.getCurrentThreadCpuTime() - start) / 1e9));
        }
        System.err.printf(
                Locale.ROOT, "%.1f million characters, %d findings, %.1f MB/s%n", all.length() / 1e6, found, best);
        assertThat(found).isGreaterThan(1000);
    }
}

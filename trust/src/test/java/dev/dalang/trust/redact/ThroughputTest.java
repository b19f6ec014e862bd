package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

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
        double best = 0;
        int found = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            List<Finding> findings = Detectors.find(all);
            found = findings.size();
            best = Math.max(best, all.length() / 1e6 / ((System.nanoTime() - start) / 1e9));
        }
        System.err.printf(
                Locale.ROOT, "%.1f million characters, %d findings, %.1f MB/s%n", all.length() / 1e6, found, best);
        assertThat(found).isGreaterThan(1000);
    }
}

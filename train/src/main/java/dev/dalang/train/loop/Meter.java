package dev.dalang.train.loop;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Time, processor time and energy of a sitting, and the speed of its last steps.
 *
 * <p>Energy is what the processor's packages count in microjoules (Linux, RAPL through powercap), where this user may
 * read it. The counters start again from zero when they are full, within an hour or less under load, so they are read at
 * every step.
 */
final class Meter {

    static final Path POWERCAP = Path.of("/sys/class/powercap");

    private static final int WINDOW = 20;

    /** One package's counter. */
    private static final class Counter {
        private final Path file;
        private final long range;
        private long last;
        private long total;

        Counter(Path zone) throws IOException {
            file = zone.resolve("energy_uj");
            range = number(zone.resolve("max_energy_range_uj"));
            last = number(file);
        }

        void read() throws IOException {
            long now = number(file);
            total += now >= last ? now - last : now + range - last;
            last = now;
        }

        private static long number(Path file) throws IOException {
            try {
                return Long.parseLong(Files.readString(file).strip());
            } catch (NumberFormatException e) {
                throw new IOException(file + " is no number", e);
            }
        }
    }

    private record Sample(long nanos, long tokens) {}

    private final long startNanos = System.nanoTime();
    private final Duration startProcessor = processor();
    private final List<Counter> counters = new ArrayList<>();
    private final Deque<Sample> samples = new ArrayDeque<>();
    private boolean metered;
    private long windowNanos;
    private long windowTokens;

    /** Starts to count. @param powercap the folder of power zones */
    Meter(Path powercap) {
        try (DirectoryStream<Path> zones = Files.newDirectoryStream(powercap, "intel-rapl:*")) {
            for (Path zone : zones) {
                // Zones below a package, as intel-rapl:0:1, are counted in it.
                if (zone.getFileName().toString().split(":").length == 2) counters.add(new Counter(zone));
            }
            metered = !counters.isEmpty();
        } catch (IOException e) {
            metered = false;
        }
    }

    /** A step is over that took {@code nanos} and sent {@code tokens} through the network. */
    void step(long nanos, long tokens) {
        samples.add(new Sample(nanos, tokens));
        windowNanos += nanos;
        windowTokens += tokens;
        if (samples.size() > WINDOW) {
            Sample gone = samples.remove();
            windowNanos -= gone.nanos;
            windowTokens -= gone.tokens;
        }
        readCounters();
    }

    double tokensPerSecond() {
        return windowNanos == 0 ? 0 : 1e9 * windowTokens / windowNanos;
    }

    /** How long that many steps will take at the speed of the last ones. */
    Duration timeFor(long steps) {
        if (samples.isEmpty()) return Duration.ZERO;
        return Duration.ofMillis(Math.round((double) steps * windowNanos / samples.size() / 1e6));
    }

    /** What the sitting has cost so far. */
    Effort effort() {
        readCounters();
        long micros = 0;
        for (Counter c : counters) micros += c.total;
        return new Effort(
                Duration.ofNanos(System.nanoTime() - startNanos),
                processor().minus(startProcessor),
                metered ? OptionalDouble.of(micros / 1e6) : OptionalDouble.empty());
    }

    private void readCounters() {
        if (!metered) return;
        try {
            for (Counter c : counters) c.read();
        } catch (IOException e) {
            metered = false;
        }
    }

    private static Duration processor() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}

package dev.dalang.train.loop;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

    /** How many steps speed is a mean over; and the time that is left, so that some validations are among them. */
    private static final int SHORT = 20;

    private static final int LONG = 300;

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

    private record Step(long began, long ended, long tokens) {}

    private final long startNanos = System.nanoTime();
    private final Duration startProcessor = processor();
    private final List<Counter> counters = new ArrayList<>();
    private final ArrayList<Step> steps = new ArrayList<>();
    private boolean metered;

    /**
     * Starts to count.
     *
     * @param powercap the folder of power zones
     */
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

    /** A step is over, that began and ended at these times in nanoseconds, and sent {@code tokens} through the network. */
    void step(long began, long ended, long tokens) {
        steps.add(new Step(began, ended, tokens));
        if (steps.size() > LONG) steps.removeFirst();
        readCounters();
    }

    /** Of the last few steps, without what was done between them. */
    double tokensPerSecond() {
        long tokens = 0;
        long nanos = 0;
        for (Step s : steps.subList(Math.max(0, steps.size() - SHORT), steps.size())) {
            tokens += s.tokens;
            nanos += s.ended - s.began;
        }
        return nanos == 0 ? 0 : 1e9 * tokens / nanos;
    }

    /** How long that many steps will take, with what is done between them, if all goes on as it lately went. */
    Duration timeFor(long count) {
        if (steps.isEmpty()) return Duration.ZERO;
        long nanos = steps.getLast().ended - steps.getFirst().began;
        return Duration.ofMillis(Math.round((double) count * nanos / steps.size() / 1e6));
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

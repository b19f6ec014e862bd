package dev.dalang.gateway.price;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The energy that the processor's packages used, where Linux lets this user read it (powercap's {@code energy_uj}; since
 * 2020 often for root alone). Counters that begin anew are followed across their range.
 */
public final class Rapl implements LongSupplier {
    /** Linux's folder of power meters. */
    public static final Path POWERCAP = Path.of("/sys/class/powercap");

    private static final class Socket {
        private final Path counter;
        private final long range;
        private long last;
        private long sum;

        private Socket(Path counter, long range, long last) {
            this.counter = counter;
            this.range = range;
            this.last = last;
        }
    }

    private final List<Socket> packages;

    private Rapl(List<Socket> packages) {
        this.packages = packages;
    }

    /** @param powercap the folder of the kernel's interface */
    public static Optional<Rapl> open(Path powercap) {
        List<Socket> found = new ArrayList<>();
        try (DirectoryStream<Path> zones = Files.newDirectoryStream(powercap, "intel-rapl:[0-9]*")) {
            for (Path zone : zones) {
                // A sub-zone (intel-rapl:0:1) is part of its package.
                if (zone.getFileName().toString().indexOf(':')
                        != zone.getFileName().toString().lastIndexOf(':')) continue;
                Path counter = zone.resolve("energy_uj");
                found.add(new Socket(counter, read(zone.resolve("max_energy_range_uj")), read(counter)));
            }
        } catch (IOException | DirectoryIteratorException | NumberFormatException notReadable) {
            return Optional.empty();
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(new Rapl(found));
    }

    /** Microjoules since this was opened. */
    @Override
    public synchronized long getAsLong() {
        long all = 0;
        for (Socket p : packages) {
            try {
                long now = read(p.counter);
                p.sum += now >= p.last ? now - p.last : now + p.range - p.last;
                p.last = now;
            } catch (IOException | NumberFormatException notNow) {
                // What it had counted stays; the next reading has the rest.
            }
            all += p.sum;
        }
        return all;
    }

    private static long read(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }
}

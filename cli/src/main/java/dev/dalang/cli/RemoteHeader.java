package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Plan.PlannedFile;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.store.Role;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The shape of a model that is elsewhere, from the first megabytes of its files.
 *
 * <p>What was read lies at the beginning of a file that is as long as the real one and otherwise a hole, so that the
 * hardened reader checks it as it would check the whole. Norms that are holes are zeros, which no shape depends on.
 */
final class RemoteHeader {

    private static final int FIRST_BYTES = 2 << 20;

    /** Headers of real models have less than 20 MB; the reader takes up to 256. */
    private static final int MOST_BYTES = 64 << 20;

    private RemoteHeader() {}

    /** Empty for a model in neither GGUF nor safetensors with a configuration: its size alone is known. */
    static Optional<ModelShape> shape(Fetcher fetcher, Plan plan) {
        List<PlannedFile> weights =
                plan.files().stream().filter(f -> f.role() == Role.WEIGHTS).toList();
        if (RemoteFolder.is(plan)) return Optional.of(RemoteFolder.shape(fetcher, plan));
        if (weights.isEmpty() || weights.stream().anyMatch(f -> !isGguf(f))) return Optional.empty();
        for (int bytes = FIRST_BYTES; ; bytes *= 4) {
            Optional<ModelShape> shape = attempt(fetcher, plan, weights, bytes);
            if (shape.isPresent()) return shape;
        }
    }

    private static boolean isGguf(PlannedFile f) {
        return f.name().text().toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    /** Empty when the headers are longer than {@code bytes}. */
    private static Optional<ModelShape> attempt(Fetcher fetcher, Plan plan, List<PlannedFile> weights, int bytes) {
        List<Path> holes = new ArrayList<>();
        long[] read = new long[weights.size()];
        boolean all = bytes >= MOST_BYTES;
        try {
            for (int i = 0; i < read.length; i++) {
                byte[] beginning = fetcher.beginning(plan, weights.get(i), bytes);
                read[i] = beginning.length;
                holes.add(hole(beginning, weights.get(i).bytes()));
            }
            try (Gguf gguf = Gguf.open(holes)) {
                // A header that ends after what was read was cut, and its rest was zeros.
                for (int i = 0; i < read.length; i++) {
                    if (!all && firstOf(gguf, i) > read[i]) return Optional.empty();
                }
                long total = weights.stream().mapToLong(PlannedFile::bytes).sum();
                return Optional.of(FileShape.of(plan.name(), gguf, total));
            } catch (DalangException e) {
                boolean whole = true;
                for (int i = 0; i < read.length; i++)
                    whole &= read[i] >= weights.get(i).bytes();
                if (all || whole || !(e.failure() instanceof Failure.BadModelFile)) throw e;
                return Optional.empty();
            }
        } finally {
            for (Path p : holes) delete(p);
        }
    }

    /** Where the weights of a part begin. */
    private static long firstOf(Gguf gguf, int part) {
        return gguf.tensors().values().stream()
                .filter(t -> t.part() == part)
                .mapToLong(TensorInfo::offset)
                .min()
                .orElse(0);
    }

    private static Path hole(byte[] beginning, long length) {
        try {
            Path file = Files.createTempFile("dalang-header-", ".gguf");
            hole(file, beginning, length);
            return file;
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }

    static void hole(Path file, byte[] beginning, long length) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(beginning);
            out.setLength(length);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // It lies in the folder for temporary files, which somebody else clears.
        }
    }
}

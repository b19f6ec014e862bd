package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Plan.PlannedFile;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.store.Role;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The shape of a model that is a folder of safetensors elsewhere, from its configuration and the headers of its weights.
 *
 * <p>A safetensors file begins with the length of its header, so that two requests bring exactly that; the rest is a hole, as in
 * {@link RemoteHeader}.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">the format</a>
 */
final class RemoteFolder {
    private static final int LENGTH_BYTES = 8;

    /** The format's own limit on a header. */
    private static final long HEADER_MAX = 100_000_000;

    /** Most headers are within it, and then one request is enough. */
    private static final int FIRST_BYTES = 256 << 10;

    private static final int JSON_MAX = 16 << 20;

    private RemoteFolder() {}

    static boolean is(Plan plan) {
        List<PlannedFile> weights = weights(plan);
        return !weights.isEmpty()
                && weights.stream().allMatch(f -> lower(f).endsWith(".safetensors"))
                && plan.files().stream().anyMatch(f -> lower(f).equals("config.json"));
    }

    /** @throws DalangException when the engine cannot run it */
    static ModelShape shape(Fetcher fetcher, Plan plan) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("dalang-header-");
            for (PlannedFile f : plan.files()) {
                Path file = folder.resolve(f.name().text());
                if (f.role() == Role.WEIGHTS) RemoteHeader.hole(file, header(fetcher, plan, f), f.bytes());
                else if (lower(f).endsWith("config.json") || lower(f).endsWith(".index.json")) {
                    Files.write(file, fetcher.beginning(plan, f, JSON_MAX));
                }
            }
            try (ModelSource source = ModelFiles.open(folder)) {
                long total =
                        weights(plan).stream().mapToLong(PlannedFile::bytes).sum();
                return FileShape.of(plan.name(), source, total);
            }
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        } finally {
            if (folder != null) delete(folder);
        }
    }

    private static byte[] header(Fetcher fetcher, Plan plan, PlannedFile file) {
        byte[] first = fetcher.beginning(plan, file, FIRST_BYTES);
        if (first.length < LENGTH_BYTES) return first;
        long length = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
        // What is wrong with the length is for the hardened reader to say.
        if (length < 0 || length > HEADER_MAX || LENGTH_BYTES + length <= first.length) return first;
        return fetcher.beginning(plan, file, (int) (LENGTH_BYTES + length));
    }

    private static List<PlannedFile> weights(Plan plan) {
        return plan.files().stream().filter(f -> f.role() == Role.WEIGHTS).toList();
    }

    private static String lower(PlannedFile f) {
        return f.name().text().toLowerCase(Locale.ROOT);
    }

    private static void delete(Path folder) {
        try (var files = Files.walk(folder)) {
            for (Path p : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(p);
        } catch (IOException e) {
            // It lies in the folder for temporary files, which somebody else clears.
        }
    }
}

package dev.dalang.hub.store;

import dev.dalang.hub.store.InstalledModel.Holder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cache that Hugging Face's own tools keep: {@code models--OWNER--NAME/snapshots/COMMIT/…}, with links to blobs that are
 * named by their hashes.
 *
 * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">the layout</a>
 */
final class HuggingFaceCache {
    private static final Pattern REPOSITORY = Pattern.compile("models--(?:([A-Za-z0-9._-]+?)--)?([A-Za-z0-9._-]+)");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final int MAX_DEPTH = 3;

    private HuggingFaceCache() {}

    static List<InstalledModel> in(Path root) throws IOException {
        List<InstalledModel> found = new ArrayList<>();
        if (!Files.isDirectory(root)) return found;
        for (Path repository : Disk.entries(root)) {
            Matcher m = REPOSITORY.matcher(repository.getFileName().toString());
            if (!m.matches()) continue;
            Optional<Path> snapshot = snapshot(repository);
            if (snapshot.isEmpty()) continue;
            String name = "hf.co/" + (m.group(1) == null ? "" : m.group(1) + "/") + m.group(2);
            found.addAll(models(name, snapshot.get()));
        }
        return found;
    }

    /** The one that the main branch points to, else the newest. */
    private static Optional<Path> snapshot(Path repository) throws IOException {
        Path snapshots = repository.resolve("snapshots");
        Path main = repository.resolve("refs").resolve("main");
        if (Files.isRegularFile(main) && Files.size(main) < 100) {
            String commit = Files.readString(main).strip();
            if (COMMIT.matcher(commit).matches() && Files.isDirectory(snapshots.resolve(commit))) {
                return Optional.of(snapshots.resolve(commit));
            }
        }
        return Disk.entries(snapshots).stream()
                .filter(Files::isDirectory)
                .max(Comparator.comparingLong(p -> p.toFile().lastModified()));
    }

    private static List<InstalledModel> models(String name, Path snapshot) throws IOException {
        List<InstalledModel> found = new ArrayList<>();
        if (ModelFolders.isModelFolder(snapshot)) found.add(model(name, snapshot, Disk.entries(snapshot)));
        Map<String, Path> files = new TreeMap<>();
        try (var walk = Files.walk(snapshot, MAX_DEPTH)) {
            walk.filter(p -> ModelFolders.isGguf(p) && !ModelFolders.isProjector(p) && Files.isRegularFile(p))
                    .forEach(p -> files.put(snapshot.relativize(p).toString().replace('\\', '/'), p));
        }
        Quants.variants(List.copyOf(files.keySet())).forEach((variant, paths) -> {
            List<Path> parts = paths.stream().map(p -> snapshot.resolve(p)).toList();
            try {
                found.add(model(name + ":" + variant, parts.getFirst(), parts));
            } catch (IOException e) {
                return; // its blob is gone
            }
        });
        return found;
    }

    private static InstalledModel model(String name, Path path, List<Path> files) throws IOException {
        long bytes = 0;
        List<Digest> digests = new ArrayList<>();
        for (Path f : files) {
            if (!Files.isRegularFile(f)) continue;
            bytes += Files.size(f);
            String blob = f.toRealPath().getFileName().toString();
            if (blob.matches("[0-9a-f]{64}")) digests.add(new Digest(blob));
        }
        return new InstalledModel(
                name, path, bytes, Files.getLastModifiedTime(path).toInstant(), Holder.HUGGING_FACE, null, digests);
    }
}

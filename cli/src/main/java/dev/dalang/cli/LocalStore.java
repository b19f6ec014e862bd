package dev.dalang.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The models in {@code $DALANG_HOME/models}: each {@code .gguf} file, and each folder with a {@code config.json} and
 * {@code .safetensors} weights.
 *
 * <p>A name is looked up among what is there and never made into a path, so no name reaches outside.
 */
final class LocalStore {

    /**
     * @param name the path below the store, with forward slashes, without {@code .gguf}
     * @param bytes on disk
     */
    record Entry(String name, Path path, long bytes, Instant modified) {}

    private static final int MAX_DEPTH = 6;

    private final Path folder;

    LocalStore(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** Sorted by name; empty when there is no store yet. Unreadable corners are left out. */
    List<Entry> list() {
        List<Entry> entries = new ArrayList<>();
        if (!Files.isDirectory(folder)) return entries;
        try {
            Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a) throws IOException {
                    if (!isModelFolder(dir)) return FileVisitResult.CONTINUE;
                    entries.add(new Entry(
                            name(dir),
                            dir,
                            folderBytes(dir),
                            a.lastModifiedTime().toInstant()));
                    return FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes a) {
                    if (a.isRegularFile() && isGguf(file)) {
                        entries.add(new Entry(
                                name(file), file, a.size(), a.lastModifiedTime().toInstant()));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        }
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }

    /** By full name, or by its last part when only one model has it. Case does not matter. */
    Optional<Entry> find(String name) {
        List<Entry> all = list();
        for (Entry e : all) {
            if (e.name().equalsIgnoreCase(name)) return Optional.of(e);
        }
        String wanted = "/" + name.toLowerCase(Locale.ROOT);
        List<Entry> byLastPart = all.stream()
                .filter(e -> e.name().toLowerCase(Locale.ROOT).endsWith(wanted))
                .toList();
        return byLastPart.size() == 1 ? Optional.of(byLastPart.getFirst()) : Optional.empty();
    }

    static boolean isGguf(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    /** A Hugging Face folder: configuration and weights. */
    static boolean isModelFolder(Path dir) {
        if (!Files.isRegularFile(dir.resolve("config.json"))) return false;
        try (var files = Files.newDirectoryStream(dir, "*.safetensors")) {
            return files.iterator().hasNext();
        } catch (IOException e) {
            return false;
        }
    }

    private String name(Path path) {
        String relative = folder.relativize(path).toString().replace('\\', '/');
        return isGguf(path) ? relative.substring(0, relative.length() - ".gguf".length()) : relative;
    }

    private static long folderBytes(Path dir) throws IOException {
        long bytes = 0;
        try (var files = Files.newDirectoryStream(dir)) {
            for (Path f : files) {
                if (Files.isRegularFile(f)) bytes += Files.size(f);
            }
        }
        return bytes;
    }
}

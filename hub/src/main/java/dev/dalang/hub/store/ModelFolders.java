package dev.dalang.hub.store;

import dev.dalang.hub.store.InstalledModel.Holder;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Models that lie in a folder as what they are: each {@code .gguf} file, and each folder in Hugging Face's form. */
final class ModelFolders {
    private static final int MAX_DEPTH = 6;
    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private ModelFolders() {}

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

    /** Named by their path below the folder, without {@code .gguf}. Corners that cannot be read are left out. */
    static List<InstalledModel> in(Path root, Holder holder, Predicate<Path> skipped) throws IOException {
        List<InstalledModel> found = new ArrayList<>();
        if (!Files.isDirectory(root)) return found;
        Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a) throws IOException {
                if (skipped.test(dir)) return FileVisitResult.SKIP_SUBTREE;
                if (dir.equals(root) || !isModelFolder(dir)) return FileVisitResult.CONTINUE;
                found.add(model(root, dir, folderBytes(dir), a, holder));
                return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes a) {
                if (a.isRegularFile() && isGguf(file) && !isLaterPart(file) && !isProjector(file)) {
                    found.add(model(root, file, a.size(), a, holder));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    static boolean isLaterPart(Path file) {
        Matcher m = PART.matcher(file.getFileName().toString());
        return m.matches() && !m.group(2).equals("00001");
    }

    static boolean isProjector(Path file) {
        return Role.ofName(file.getFileName().toString()) == Role.PROJECTOR;
    }

    private static InstalledModel model(Path root, Path path, long bytes, BasicFileAttributes a, Holder holder) {
        String relative = root.relativize(path).toString().replace('\\', '/');
        String name = isGguf(path) ? relative.substring(0, relative.length() - ".gguf".length()) : relative;
        return new InstalledModel(name, path, bytes, a.lastModifiedTime().toInstant(), holder, null, List.of());
    }

    private static long folderBytes(Path dir) throws IOException {
        long bytes = 0;
        for (Path f : Disk.entries(dir)) if (Files.isRegularFile(f)) bytes += Files.size(f);
        return bytes;
    }
}

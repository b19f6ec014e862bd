package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Changes to files that a kill or a power cut leaves either done or not done. */
final class Disk {

    private Disk() {}

    /** Writes a small file that appears under its name only when it is whole and on the disk. */
    static void write(Path file, byte[] content) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".new");
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) out.write(bytes);
                out.force(true);
            }
            rename(part, file);
        } catch (Throwable t) {
            Files.deleteIfExists(part);
            throw t;
        }
    }

    /** Makes a folder and those above it, where they are not there, and makes their names last. */
    static void folders(@Nullable Path folder) throws IOException {
        if (folder == null || Files.isDirectory(folder)) return;
        Path parent = folder.toAbsolutePath().getParent();
        folders(parent);
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) throw e; // else another process was faster
        }
        force(parent);
    }

    /** Renames, and makes the new name last. */
    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(to.toAbsolutePath().getParent());
    }

    static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) force(file.toAbsolutePath().getParent());
    }

    /** Writes the names in a folder to the disk, where the system can do that. */
    static void force(@Nullable Path folder) {
        if (folder == null) return;
        try (FileChannel c = FileChannel.open(folder, StandardOpenOption.READ)) {
            c.force(true);
        } catch (IOException e) {
            // Windows opens no folders and needs none of this.
            return;
        }
    }

    /** Links are removed, not followed. */
    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, java.nio.file.LinkOption.NOFOLLOW_LINKS)) return;
        List<Path> all = new ArrayList<>();
        try (var walk = Files.walk(folder)) {
            walk.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path p : all) Files.deleteIfExists(p);
    }

    /** The entries of a folder; none when it is not there. */
    static List<Path> entries(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (var entries = Files.newDirectoryStream(folder)) {
            entries.forEach(found::add);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    static DalangException failure(IOException e, Path at) {
        String what = switch (e) {
            case NoSuchFileException f -> "no such file: " + f.getFile();
            case AccessDeniedException f -> f.getFile() + ": permission denied";
            case FileSystemException f -> f.getFile() + ": " + f.getReason();
            default -> at + ": " + e.getMessage();
        };
        return new DalangException(new Failure.Storage(what, at.toString()), e);
    }
}

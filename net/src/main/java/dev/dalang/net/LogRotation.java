package dev.dalang.net;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes room in a log that only grows: the full file becomes {@code NAME.1}, the one before it {@code NAME.2}, and the oldest
 * goes. Several processes may write the same log; the one that finds it full first moves it, under a lock, and the others
 * look again once they have the lock. A line that another process is just adding lands in the moved file and is not lost.
 */
final class LogRotation {
    private final Path file;
    private final long bytesMax;
    private final int kept;

    /** @param kept older files, at least one */
    LogRotation(Path file, long bytesMax, int kept) {
        if (bytesMax < 1 || kept < 1) throw new IllegalArgumentException(bytesMax + " bytes, " + kept + " older files");
        this.file = file;
        this.bytesMax = bytesMax;
        this.kept = kept;
    }

    /** Moves the file away when {@code more} bytes would make it longer than it may be. */
    void before(long more) throws IOException {
        if (!full(more)) return;
        // One lock a process, as a second one of the same process would not wait but fail.
        synchronized (LogRotation.class) {
            try (FileChannel channel =
                            FileChannel.open(sibling("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && full(more)) shift();
            }
        }
    }

    private boolean full(long more) throws IOException {
        try {
            long size = Files.size(file);
            return size > 0 && size + more > bytesMax;
        } catch (NoSuchFileException e) {
            // Not there yet, or just moved by another.
            return false;
        }
    }

    private void shift() throws IOException {
        for (int n = kept; n > 1; n--) {
            if (Files.exists(sibling(n - 1))) move(sibling(n - 1), sibling(n));
        }
        move(file, sibling(1));
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** All files of a log, the oldest first. */
    static List<Path> files(Path file, int kept) {
        List<Path> files = new ArrayList<>();
        for (int n = kept; n > 0; n--) {
            Path older = file.resolveSibling(file.getFileName() + "." + n);
            if (Files.exists(older)) files.add(older);
        }
        if (Files.exists(file)) files.add(file);
        return files;
    }

    private Path sibling(Object suffix) {
        return file.resolveSibling(file.getFileName() + "." + suffix);
    }
}

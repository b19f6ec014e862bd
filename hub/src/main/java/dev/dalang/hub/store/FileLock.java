package dev.dalang.hub.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A lock that one thread of one process holds; the system frees it when the process dies, however it dies.
 *
 * <p>POSIX frees a process's lock when any descriptor of the file is closed, so a lock file is opened for nothing else,
 * and never twice in one process: {@link #HELD} sees to that.
 */
final class FileLock implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();
    private static final long POLL_MILLIS = 15;

    private final Path file;
    private final FileChannel channel;

    private FileLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Null when somebody else holds it. */
    static @Nullable FileLock tryLock(Path lockFile) throws IOException {
        Path file = lockFile.toAbsolutePath().normalize();
        if (!HELD.add(file)) return null;
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            locked = channel.tryLock() != null;
            return locked ? new FileLock(file, channel) : null;
        } finally {
            if (!locked) {
                if (channel != null) channel.close();
                HELD.remove(file);
            }
        }
    }

    static FileLock lock(Path lockFile) throws IOException {
        while (true) {
            FileLock lock = tryLock(lockFile);
            if (lock != null) return lock;
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for " + lockFile, e);
            }
        }
    }

    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }
}

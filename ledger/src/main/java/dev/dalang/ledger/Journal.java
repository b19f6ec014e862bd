package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What could not reach the database yet, one JSON line each, in a file of this process that its owner holds locked. The
 * death of the process loses nothing: whoever opens the books next takes over the files that nobody holds. Replaying a line
 * twice does nothing the second time, so a file is emptied after its lines are committed.
 */
final class Journal implements AutoCloseable {
    private static final String PREFIX = "books-";
    private static final String SUFFIX = ".jsonl";
    private static final String NOTES = "notes";
    private static final int ID_LENGTH = 36;
    private static final int CREATE_ATTEMPTS = 2000;

    private final Path file;
    private final FileChannel channel;
    private final boolean power;

    /** @param channel of the file, which is locked */
    Journal(Path file, FileChannel channel, boolean power) {
        this.file = file;
        this.channel = channel;
        this.power = power;
    }

    /** A journal of this process's own; {@code power} has each line survive a power cut. */
    static Journal create(Path folder, String instance, boolean power) {
        Path file = folder.resolve(PREFIX + instance + SUFFIX);
        try {
            Private.folder(folder);
            for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
                Private.file(file);
                Journal journal = lock(file, power);
                if (journal != null) return journal;
                // Whoever reads journals in holds each one for a moment, and takes an empty one away.
                LockSupport.parkNanos(1_000_000);
            }
            throw new IOException("another process holds it");
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    /** Journals of processes that died. */
    static List<Journal> orphans(Path folder) {
        List<Journal> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) return found;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!isJournal(file)) continue;
                Journal journal = lock(file, false);
                if (journal != null) found.add(journal);
            }
            return found;
        } catch (IOException e) {
            throw storage(folder, e);
        }
    }

    private static boolean isJournal(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    /** The instance that wrote it, or what stands for one in notes, as long as an instance's id at most. */
    String owner() {
        String name = file.getFileName().toString();
        int end = Math.min(name.length() - SUFFIX.length(), PREFIX.length() + ID_LENGTH);
        return name.substring(PREFIX.length(), end);
    }

    /** The journal of that name, or null where another one holds it or has just taken it away. */
    private static @Nullable Journal lock(Path file, boolean power) throws IOException {
        FileChannel channel = null;
        Journal journal = null;
        try {
            Object before = key(file);
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            // Whoever read it in may have taken it away between the look and the lock: the name is then of another
            // file.
            if (lock != null && before.equals(key(file))) journal = new Journal(file, channel, power);
        } catch (NoSuchFileException goneMeanwhile) {
            // As if it had never been.
        } catch (OverlappingFileLockException thisProcess) {
            // Held by other books of this process.
        } finally {
            if (journal == null && channel != null) channel.close();
        }
        return journal;
    }

    /** Whether there is a journal that holds something, be it of a process that lives. */
    static boolean any(Path folder) {
        if (!Files.isDirectory(folder)) return false;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) if (isJournal(file) && holds(file)) return true;
            return false;
        } catch (IOException e) {
            throw storage(folder, e);
        }
    }

    private static boolean holds(Path file) throws IOException {
        try {
            return Files.size(file) > 0;
        } catch (NoSuchFileException goneMeanwhile) {
            return false;
        }
    }

    /**
     * Writes entries for whoever opens the books next. All processes that do so share a file, unless another one holds it at
     * this moment.
     */
    static void note(Path folder, List<Batch.Op> ops) {
        Journal shared = shared(folder);
        Journal journal =
                shared == null ? create(folder, NOTES + "-" + UUID.randomUUID().toString(), false) : shared;
        try (journal) {
            journal.append(ops);
        }
    }

    private static @Nullable Journal shared(Path folder) {
        Path file = folder.resolve(PREFIX + NOTES + SUFFIX);
        try {
            Private.folder(folder);
            Private.file(file);
            return lock(file, false);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private static Object key(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key == null ? file : key;
    }

    /** @throws DalangException (storage) when it cannot be written; nothing of it is kept then */
    void append(Batch.Op op) {
        append(List.of(op));
    }

    /** All of them or none. */
    void append(List<Batch.Op> ops) {
        try {
            long end = channel.size();
            StringBuilder text = new StringBuilder();
            for (Batch.Op op : ops) text.append(JournalLine.write(op)).append('\n');
            ByteBuffer lines = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            try {
                long at = end;
                while (lines.hasRemaining()) at += channel.write(lines, at);
                if (power) channel.force(false);
            } catch (IOException e) {
                channel.truncate(end);
                throw e;
            }
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    boolean isEmpty() {
        try {
            return channel.size() == 0;
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    /** A line that a kill cut short is no line: it was not promised to anybody. */
    List<Batch.Op> read() {
        try {
            List<Batch.Op> ops = new ArrayList<>();
            String text = Files.readString(file);
            int from = 0;
            for (int end; (end = text.indexOf('\n', from)) >= 0; from = end + 1) {
                ops.add(JournalLine.read(text.substring(from, end), file.toString()));
            }
            return ops;
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    void clear() {
        try {
            channel.truncate(0);
            channel.force(true);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    /** Lets go; an empty journal goes away. */
    @Override
    public void close() {
        try (channel) {
            if (channel.size() == 0) Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DalangException storage(Path file, IOException e) {
        // The JDK's file errors often say only the path.
        String why = e instanceof AccessDeniedException
                ? "permission denied"
                : e instanceof FileSystemException f && f.getReason() == null
                        ? f.getClass().getSimpleName()
                        : e.getMessage();
        return new DalangException(
                new Failure.Storage("the ledger's journal " + file + " cannot be used: " + why, file.toString()), e);
    }
}

package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Writes a file that appears under its name only when it is complete and on the disk. */
public final class AtomicFile {

    private static final int BUFFER_BYTES = 1 << 18;

    private AtomicFile() {}

    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** @throws DalangException (storage) if the file cannot be written; what was written is removed */
    public static void write(Path target, Content content) {
        String suffix = ".%08x.part".formatted(ThreadLocalRandom.current().nextInt());
        Path part = target.resolveSibling(target.getFileName() + suffix);
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            throw ModelFile.storage(target, "cannot be written: its folder does not exist", e);
        } catch (IOException e) {
            delete(part, e);
            throw ModelFile.storage(target, "cannot be written: " + e.getMessage(), e);
        } catch (Throwable t) {
            delete(part, t);
            throw t;
        }
    }

    /** Copies a segment of any size. */
    static void copy(MemorySegment data, OutputStream out) throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, data.byteSize())];
        for (long at = 0; at < data.byteSize(); at += buffer.length) {
            int n = (int) Math.min(buffer.length, data.byteSize() - at);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, buffer, 0, n);
            out.write(buffer, 0, n);
        }
    }

    private static void delete(Path part, Throwable because) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}

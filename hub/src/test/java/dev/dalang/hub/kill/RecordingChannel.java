package dev.dalang.hub.kill;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A channel that writes down what it does to its file; its bytes are for reading only where they are mapped. */
final class RecordingChannel extends FileChannel {
    private final FileChannel real;
    private final RecordedDisk disk;
    private final int file;
    private final boolean append;

    RecordingChannel(FileChannel real, RecordedDisk disk, int file, boolean append) {
        this.real = real;
        this.disk = disk;
        this.file = file;
        this.append = append;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        synchronized (disk) {
            long at = append ? real.size() : real.position();
            byte[] bytes = rest(from);
            int n = real.write(from);
            disk.writes(file, at, java.util.Arrays.copyOf(bytes, n));
            return n;
        }
    }

    @Override
    public int write(ByteBuffer from, long at) throws IOException {
        synchronized (disk) {
            byte[] bytes = rest(from);
            int n = real.write(from, at);
            disk.writes(file, at, java.util.Arrays.copyOf(bytes, n));
            return n;
        }
    }

    private static byte[] rest(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public long write(ByteBuffer[] from, int first, int count) throws IOException {
        long sum = 0;
        for (int i = first; i < first + count; i++) while (from[i].hasRemaining()) sum += write(from[i]);
        return sum;
    }

    @Override
    public FileChannel truncate(long bytes) throws IOException {
        synchronized (disk) {
            if (bytes < real.size()) disk.cuts(file, bytes);
            real.truncate(bytes);
        }
        return this;
    }

    @Override
    public void force(boolean metadataToo) throws IOException {
        synchronized (disk) {
            real.force(metadataToo);
            disk.forces(file);
        }
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long at, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        if (from.read(bytes) < 0) return 0;
        return write(bytes.flip(), at);
    }

    // ---- What changes nothing.

    @Override
    public int read(ByteBuffer into) throws IOException {
        return real.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int first, int count) throws IOException {
        return real.read(into, first, count);
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
        return real.read(into, at);
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long at) throws IOException {
        real.position(at);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public long transferTo(long at, long count, WritableByteChannel to) throws IOException {
        return real.transferTo(at, count, to);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long bytes) throws IOException {
        if (mode != MapMode.READ_ONLY) throw new UnsupportedOperationException("writes through maps are not recorded");
        return real.map(mode, at, bytes);
    }

    @Override
    public MemorySegment map(MapMode mode, long at, long bytes, Arena arena) throws IOException {
        if (mode != MapMode.READ_ONLY) throw new UnsupportedOperationException("writes through maps are not recorded");
        return real.map(mode, at, bytes, arena);
    }

    @Override
    public FileLock lock(long at, long bytes, boolean shared) throws IOException {
        return real.lock(at, bytes, shared);
    }

    @Override
    public FileLock tryLock(long at, long bytes, boolean shared) throws IOException {
        return real.tryLock(at, bytes, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        real.close();
    }
}

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
import java.nio.file.Path;

/** An open file whose writes and forces are told to a {@link PoweredDisk}. */
class LossyChannel extends FileChannel {

    /** An open folder: forcing it makes the names in it last. */
    static final class Folder extends LossyChannel {
        private final Path folder;

        Folder(FileChannel real, PoweredDisk disk, Path folder) {
            super(real, disk, null, false);
            this.folder = folder;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            disk.checkPower();
            disk.forcedFolder(folder);
        }
    }

    private final FileChannel real;
    final PoweredDisk disk;
    private final PoweredDisk.Content content;
    private final boolean append;

    LossyChannel(FileChannel real, PoweredDisk disk, Path file, boolean append) {
        this.real = real;
        this.disk = disk;
        this.content = file == null ? null : disk.content(file);
        this.append = append;
    }

    void recordTruncation(long size) throws IOException {
        disk.truncated(content, size);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        return real.read(to);
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
        return real.read(to, offset, length);
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
        return real.read(to, position);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        disk.checkPower();
        long position = append ? real.size() : real.position();
        byte[] bytes = peek(from);
        int n = real.write(from);
        disk.written(content, position, bytes, n);
        return n;
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        long n = 0;
        for (int i = offset; i < offset + length; i++) while (from[i].hasRemaining()) n += write(from[i]);
        return n;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        disk.checkPower();
        byte[] bytes = peek(from);
        int n = real.write(from, position);
        disk.written(content, position, bytes, n);
        return n;
    }

    private static byte[] peek(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        real.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        disk.checkPower();
        real.truncate(size);
        disk.truncated(content, size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        disk.checkPower();
        disk.forced(content);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel to) throws IOException {
        return real.transferTo(position, count, to);
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long position, long count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        long total = 0;
        while (total < count) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), count - total));
            if (from.read(buffer) <= 0) break;
            buffer.flip();
            while (buffer.hasRemaining()) total += write(buffer, position + total);
        }
        return total;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        if (mode != MapMode.READ_ONLY) throw new UnsupportedOperationException("writes through a map are not recorded");
        return real.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        if (mode != MapMode.READ_ONLY) throw new UnsupportedOperationException("writes through a map are not recorded");
        return real.map(mode, offset, size, arena);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return real.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return real.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        real.close();
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.NativeCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory for packed weights and for what sequences remember: zeroed and fresh from the system, in large pages where it has
 * them, so that it need not be cleared first and few addresses must be translated; and the way to give back what a mapped
 * file took up.
 *
 * <p>Where the C library cannot be called this falls back to the JDK's own memory and gives nothing back.
 */
@SuppressWarnings("restricted")
public final class WeightMemory implements AutoCloseable {

    private static final long PAGE = 4096;
    private static final long LARGE_PAGE = 2 << 20;

    /** Matrices share a block of the system's memory of at least this size, in bytes. */
    private static final long SLAB = 64 << 20;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;

    private static final @Nullable MemorySegment MMAP = find("mmap");
    private static final @Nullable MemorySegment MUNMAP = find("munmap");
    private static final @Nullable MemorySegment MADVISE = find("madvise");

    private final Arena arena = Arena.ofShared();
    private MemorySegment slab = MemorySegment.NULL;
    private long used;

    /** Takes nothing yet. */
    public WeightMemory() {}

    /** Linux alone: the numbers above are its own. */
    private static @Nullable MemorySegment find(String name) {
        if (!System.getProperty("os.name", "").equals("Linux")) return null;
        return NativeCall.find(name).orElse(null);
    }

    /**
     * Zeroed memory that begins on a cache line and stays until {@link #close}.
     *
     * @throws OutOfMemoryError when the system has none left
     * @throws IllegalStateException after {@link #close}
     */
    public synchronized MemorySegment allocate(long bytes) {
        long whole = (bytes + Floats.ALIGNMENT - 1) / Floats.ALIGNMENT * Floats.ALIGNMENT;
        if (slab.byteSize() - used < whole) {
            slab = map(Math.max(SLAB, whole));
            used = 0;
        }
        MemorySegment part = slab.asSlice(used, bytes);
        used += whole;
        return part;
    }

    private MemorySegment map(long bytes) {
        if (MMAP == null || MUNMAP == null || MADVISE == null) return arena.allocate(bytes, Floats.ALIGNMENT);
        // Room to begin at a large page; what is not touched takes no memory.
        long whole = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE + LARGE_PAGE;
        long at = NativeCall.call(MMAP, 0, whole, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (at == -1) throw new OutOfMemoryError("the system gives no " + whole + " bytes");
        long start = (at + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
        long _ = NativeCall.call(MADVISE, start, at + whole - start, MADV_HUGEPAGE, 0, 0, 0);
        MemorySegment all = MemorySegment.ofAddress(at).reinterpret(whole, arena, WeightMemory::unmap);
        return all.asSlice(start - at, bytes);
    }

    private static void unmap(MemorySegment all) {
        if (MUNMAP == null) return;
        long _ = NativeCall.call(MUNMAP, all.address(), all.byteSize(), 0, 0, 0, 0);
    }

    /** Lets the system take back the memory of a mapped file's part; reading it again reads the file again. */
    static void forget(MemorySegment part) {
        // Of memory that maps no file this would lose what is in it.
        if (MADVISE == null || !part.isMapped()) return;
        long start = (part.address() + PAGE - 1) / PAGE * PAGE;
        long end = (part.address() + part.byteSize()) / PAGE * PAGE;
        if (start >= end) return;
        long _ = NativeCall.call(MADVISE, start, end - start, MADV_DONTNEED, 0, 0, 0);
    }

    @Override
    public synchronized void close() {
        // A part of a slab would not notice that its memory is gone; a new slab cannot be had.
        slab = MemorySegment.NULL;
        used = 0;
        arena.close();
    }
}

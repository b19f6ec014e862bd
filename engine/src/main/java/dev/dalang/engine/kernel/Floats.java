package dev.dalang.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A run of 32-bit floats outside the Java heap: activations, norm weights, logits.
 *
 * <p>Off heap, so that every kernel tier, machine code included, works on the same buffer without copying. Indexed
 * reads and writes are bounds-checked. A slice shares its parent's memory; the arena that made the memory must outlive
 * both.
 */
public final class Floats {

    /** Rows start on cache lines, which also suits 512-bit loads. */
    static final long ALIGNMENT = 64;

    private static final int ZEROS = 4096;
    private static final MemorySegment ZERO = Arena.global().allocate(4L * ZEROS, ALIGNMENT);

    private final MemorySegment segment;
    private final long address;
    private final int length;

    private Floats(MemorySegment segment, int length) {
        this.segment = segment;
        this.address = segment.address();
        this.length = length;
    }

    /** Zeroed floats in native memory. */
    public static Floats allocate(Arena arena, int length) {
        return new Floats(arena.allocate(Math.max(4L, 4L * length), ALIGNMENT), length);
    }

    /** A view of a segment that holds exactly little-endian floats, such as an F32 tensor of a mapped file. */
    public static Floats of(MemorySegment segment) {
        if (segment.byteSize() % 4 != 0 || segment.byteSize() / 4 > Integer.MAX_VALUE || !segment.isNative()) {
            throw new IllegalArgumentException("not a native run of floats: " + segment.byteSize() + " bytes");
        }
        return new Floats(segment, (int) (segment.byteSize() / 4));
    }

    public static Floats copyOf(Arena arena, float[] values) {
        Floats f = allocate(arena, values.length);
        f.put(0, values, 0, values.length);
        return f;
    }

    public int length() {
        return length;
    }

    /** The memory itself, little-endian. */
    public MemorySegment segment() {
        return segment;
    }

    public float get(int i) {
        return Memory.f32(address + 4L * Objects.checkIndex(i, length));
    }

    public void set(int i, float value) {
        Memory.f32(address + 4L * Objects.checkIndex(i, length), value);
    }

    public Floats slice(int offset, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        return new Floats(segment.asSlice(4L * offset, 4L * count), count);
    }

    public void fill(float value) {
        fill(0, length, value);
    }

    /** Sets {@code count} floats from {@code from} on. */
    public void fill(int from, int count, float value) {
        Objects.checkFromIndexSize(from, count, length);
        if (value == 0) {
            // Copied, as a segment fills itself only as a whole, and a slice would be an object.
            for (int done = 0, n; done < count; done += n) {
                n = Math.min(count - done, ZEROS);
                MemorySegment.copy(ZERO, 0, segment, 4L * (from + done), 4L * n);
            }
            return;
        }
        for (int i = from; i < from + count; i++) set(i, value);
    }

    /** Copies {@code count} floats from {@code source} at {@code from} to here at {@code to}. */
    public void copy(int to, Floats source, int from, int count) {
        Objects.checkFromIndexSize(to, count, length);
        Objects.checkFromIndexSize(from, count, source.length);
        MemorySegment.copy(source.segment, 4L * from, segment, 4L * to, 4L * count);
    }

    public void put(int to, float[] values, int from, int count) {
        Objects.checkFromIndexSize(to, count, length);
        MemorySegment.copy(values, from, segment, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * to, count);
    }

    public void get(int from, float[] target, int to, int count) {
        Objects.checkFromIndexSize(from, count, length);
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * from, target, to, count);
    }

    public float[] toArray() {
        float[] a = new float[length];
        get(0, a, 0, length);
        return a;
    }

    /** The address of element {@code i}, for kernels; {@code i == length} is allowed. */
    long address(int i) {
        Objects.checkIndex(i, length + 1);
        return address + 4L * i;
    }
}

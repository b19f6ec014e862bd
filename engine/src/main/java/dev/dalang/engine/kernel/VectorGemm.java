package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.F;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Products in portable SIMD: panels are two vectors wide, and four rows by two vectors are eight sums in registers.
 */
final class VectorGemm extends PackedGemm {

    private static final int ROWS = 4;
    private static final int COLUMNS = 2 * LANES;
    private static final int DEPTH = 256;
    private static final long VECTOR_BYTES = 4L * LANES;

    VectorGemm(Kernels kernels) {
        super(kernels, ROWS, COLUMNS, DEPTH);
    }

    @Override
    public String description() {
        return "vector: jdk.incubator.vector, " + F.vectorBitSize() + "-bit, F32";
    }

    @Override
    void pack(FloatMatrix factor, long target, Scratch scratch) {
        long from = factor.address(0, 0);
        long stride = 4L * factor.stride();
        int depth = factor.columns();
        int width = factor.rows();
        if (!factor.transposed()) {
            for (int i = 0; i < width; i++) spread(from + stride * i, depth, target + 4L * i, 4L * width);
        } else if (width == COLUMNS) {
            for (int k = 0; k < depth; k++) {
                long to = target + 2 * VECTOR_BYTES * k;
                store(load(from + stride * k), to);
                store(load(from + stride * k + VECTOR_BYTES), to + VECTOR_BYTES);
            }
        } else {
            for (int k = 0; k < depth; k++) {
                FloatVector four =
                        FloatVector.fromMemorySegment(FloatVector.SPECIES_128, ALL, from + stride * k, LITTLE);
                four.intoMemorySegment(ALL, target + 4L * ROWS * k, LITTLE);
            }
        }
    }

    private static void spread(long from, int count, long to, long step) {
        for (int k = 0; k < count; k++, to += step) Memory.f32(to, Memory.f32(from + 4L * k));
    }

    @Override
    void product(long first, int rows, long panel, int depth, long out, long stride, boolean add, Scratch scratch) {
        long line = 4L * COLUMNS;
        for (int r = 0; r < rows; r += ROWS) {
            long four = first + 4L * r * depth;
            long target = out + stride * r;
            if (rows - r >= ROWS) {
                square(four, panel, depth, target, stride, add);
                continue;
            }
            long square = scratch.floats(Scratch.Use.TILE, ROWS * COLUMNS).address(0);
            if (add) copy(target, stride, square, line, rows - r, COLUMNS);
            square(four, panel, depth, square, line, add);
            copy(square, line, target, stride, rows - r, COLUMNS);
        }
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, LITTLE);
    }

    private static FloatVector load(long address, boolean there) {
        return there ? load(address) : FloatVector.zero(F);
    }

    private static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, LITTLE);
    }

    private static FloatVector all(long address) {
        return FloatVector.broadcast(F, Memory.f32(address));
    }

    /** Four rows by two vectors of columns, along the whole depth. */
    private static void square(long a, long b, int depth, long out, long stride, boolean add) {
        FloatVector s00 = load(out, add);
        FloatVector s01 = load(out + VECTOR_BYTES, add);
        FloatVector s10 = load(out + stride, add);
        FloatVector s11 = load(out + stride + VECTOR_BYTES, add);
        FloatVector s20 = load(out + 2 * stride, add);
        FloatVector s21 = load(out + 2 * stride + VECTOR_BYTES, add);
        FloatVector s30 = load(out + 3 * stride, add);
        FloatVector s31 = load(out + 3 * stride + VECTOR_BYTES, add);
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = load(b);
            FloatVector b1 = load(b + VECTOR_BYTES);
            FloatVector row = all(a);
            s00 = row.fma(b0, s00);
            s01 = row.fma(b1, s01);
            row = all(a + 4);
            s10 = row.fma(b0, s10);
            s11 = row.fma(b1, s11);
            row = all(a + 8);
            s20 = row.fma(b0, s20);
            s21 = row.fma(b1, s21);
            row = all(a + 12);
            s30 = row.fma(b0, s30);
            s31 = row.fma(b1, s31);
            a += 4 * ROWS;
            b += 2 * VECTOR_BYTES;
        }
        store(s00, out);
        store(s01, out + VECTOR_BYTES);
        store(s10, out + stride);
        store(s11, out + stride + VECTOR_BYTES);
        store(s20, out + 2 * stride);
        store(s21, out + 2 * stride + VECTOR_BYTES);
        store(s30, out + 3 * stride);
        store(s31, out + 3 * stride + VECTOR_BYTES);
    }
}

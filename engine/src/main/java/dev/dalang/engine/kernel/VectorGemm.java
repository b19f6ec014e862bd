package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.F;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Products in portable SIMD, all in floats, in the manner of Goto and van de Geijn 2008.
 *
 * <p>The second factor is cut in pieces of a few megabytes, which all threads pack in panels of two vectors' columns.
 * Then each thread takes some rows of the first factor, packs them four by four, and multiplies them by the whole piece:
 * a panel stays in the first cache while the rows go by. Four rows by two vectors are eight sums in registers, each a
 * chain of multiplications and additions in the order of the sum, wherever the pieces are cut.
 */
final class VectorGemm extends BandedGemm {

    /** Elements of a piece along the sum: a panel of so many is a good half of the first cache. */
    private static final int DEPTH = 256;

    /** Elements of a piece across the sum. */
    private static final int WIDTH = 4096;

    /** Rows that a thread packs at once. */
    private static final int OWN = 128;

    private static final int ROWS = 4;
    private static final int COLUMNS = 2 * LANES;
    private static final long VECTOR_BYTES = 4L * LANES;

    VectorGemm(Kernels kernels) {
        super(kernels);
    }

    @Override
    public String description() {
        return "vector: jdk.incubator.vector, " + F.vectorBitSize() + "-bit, F32";
    }

    @Override
    void multiply(Workers team, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        for (int n = 0; n < out.columns(); n += WIDTH) {
            int columns = Math.min(WIDTH, out.columns() - n);
            for (int k = 0; k < a.columns(); k += DEPTH) {
                int depth = Math.min(DEPTH, a.columns() - k);
                FloatMatrix piece = b.rows(k, depth).columns(n, columns).transpose();
                int panels = (columns + COLUMNS - 1) / COLUMNS;
                long second = team.scratch(0)
                        .floats(Scratch.Use.SECOND, panels * COLUMNS * depth)
                        .address(0);
                team.forEach(panels, (p, worker) -> pack(piece, p, COLUMNS, second));
                product(team, a.columns(k, depth), second, out.columns(n, columns), add || k > 0);
            }
        }
    }

    /**
     * One panel in the order of the sum: {@code [depth][width]}, with zeros for what is missing.
     *
     * @param factor {@code [elements across the sum][depth]}
     */
    private static void pack(FloatMatrix factor, int panel, int width, long target) {
        int depth = factor.columns();
        int first = panel * width;
        int there = Math.min(width, factor.rows() - first);
        long to = target + 4L * first * depth;
        long from = factor.address(first, 0);
        long stride = 4L * factor.stride();
        if (!factor.transposed()) {
            for (int i = 0; i < there; i++) spread(from + stride * i, depth, to + 4L * i, 4L * width);
        } else if (there == COLUMNS) {
            for (int k = 0; k < depth; k++, from += stride, to += 2 * VECTOR_BYTES) {
                store(load(from), to);
                store(load(from + VECTOR_BYTES), to + VECTOR_BYTES);
            }
            return;
        } else {
            for (int k = 0; k < depth; k++) {
                for (int i = 0; i < there; i++) {
                    Memory.f32(to + 4L * (k * width + i), Memory.f32(from + stride * k + 4L * i));
                }
            }
        }
        for (int i = there; i < width; i++) {
            for (int k = 0; k < depth; k++) Memory.f32(to + 4L * (k * width + i), 0);
        }
    }

    private static void spread(long from, int count, long to, long step) {
        for (int k = 0; k < count; k++, to += step) Memory.f32(to, Memory.f32(from + 4L * k));
    }

    private void product(Workers team, FloatMatrix a, long second, FloatMatrix out, boolean add) {
        int quads = (a.rows() + ROWS - 1) / ROWS;
        int parts = Math.max((a.rows() + OWN - 1) / OWN, Math.min(quads, team.threads()));
        int panels = (out.columns() + COLUMNS - 1) / COLUMNS;
        int across = parts >= team.threads() ? 1 : Math.min(panels, team.threads());
        team.forEach(parts * across, (task, worker) -> {
            int first = (int) ((long) quads * (task / across) / parts) * ROWS;
            int last = Math.min(a.rows(), (int) ((long) quads * (task / across + 1) / parts) * ROWS);
            int from = (int) ((long) panels * (task % across) / across);
            int to = (int) ((long) panels * (task % across + 1) / across);
            rows(
                    a.rows(first, last - first),
                    second,
                    from,
                    to,
                    out.rows(first, last - first),
                    add,
                    team.scratch(worker));
        });
    }

    /** Some rows with panels {@code from .. to-1}. */
    private static void rows(
            FloatMatrix a, long second, int from, int to, FloatMatrix out, boolean add, Scratch scratch) {
        int depth = a.columns();
        int quads = (a.rows() + ROWS - 1) / ROWS;
        long first = scratch.floats(Scratch.Use.FIRST, quads * ROWS * depth).address(0);
        long square = scratch.floats(Scratch.Use.TILE, ROWS * COLUMNS).address(0);
        for (int q = 0; q < quads; q++) pack(a, q, ROWS, first);
        for (int p = from; p < to; p++) {
            int columns = Math.min(COLUMNS, out.columns() - p * COLUMNS);
            long panel = second + 4L * p * COLUMNS * depth;
            for (int q = 0; q < quads; q++) {
                int rows = Math.min(ROWS, out.rows() - q * ROWS);
                long four = first + 4L * q * ROWS * depth;
                long target = out.address(q * ROWS, p * COLUMNS);
                long stride = 4L * out.stride();
                if (rows == ROWS && columns == COLUMNS) {
                    square(four, panel, depth, target, stride, add);
                } else {
                    if (add) copy(target, stride, square, 4L * COLUMNS, rows, columns);
                    square(four, panel, depth, square, 4L * COLUMNS, add);
                    copy(square, 4L * COLUMNS, target, stride, rows, columns);
                }
            }
        }
    }

    private static void copy(long from, long fromStride, long to, long toStride, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                Memory.f32(to + toStride * i + 4L * j, Memory.f32(from + fromStride * i + 4L * j));
            }
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

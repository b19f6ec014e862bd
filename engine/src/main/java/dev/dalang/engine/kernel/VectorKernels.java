package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.F;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import dev.dalang.engine.format.BlockType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import org.jspecify.annotations.Nullable;

/**
 * Portable SIMD through {@code jdk.incubator.vector}, with 32-bit activations.
 *
 * <p>A matrix product takes a few rows of weights at a time, decodes them to floats once ({@link VectorDequant}) in a
 * buffer that fits the second-level cache, and then takes dot products against every token. The decoded values are the
 * reference's, bit for bit, so what is left of rounding error is the order of the sums alone.
 */
final class VectorKernels extends ScalarKernels {

    /** Rows decoded at once: 16 rows of 8,192 columns are 512 KiB. */
    private static final int ROWS = 16;

    private static final int QUERIES = 32;

    /** Rows and tokens whose sums are in registers together: 16 sums, 4 weights and a token need 21 of 32 registers. */
    private static final int TILE = 4;

    private static final long VECTOR_BYTES = 4L * LANES;

    /** @param refusals why no better tier runs; null when this one was asked for */
    VectorKernels(@Nullable String refusals) {
        super(refusals);
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public String description() {
        return "vector: jdk.incubator.vector, " + F.vectorBitSize() + "-bit, 32-bit float activations";
    }

    @Override
    public void multiply(Matrix w, int from, int to, Floats x, int tokens, Floats out, Scratch scratch) {
        int k = w.columns();
        boolean direct = w.type() == BlockType.F32;
        Floats panel = scratch.floats(Scratch.Use.WEIGHTS, direct ? 0 : ROWS * k);
        for (int r = from; r < to; r += ROWS) {
            int rows = Math.min(ROWS, to - r);
            long weights = direct ? w.rowAddress(r) : panel.address(0);
            if (!direct) for (int i = 0; i < rows; i++) decode(w, r + i, panel, i * k, scratch);
            dots(weights, rows, x.address(0), tokens, k, out.address(r), w.rows(), sums(scratch));
        }
    }

    private static long sums(Scratch scratch) {
        return scratch.floats(Scratch.Use.TILE, TILE * TILE * LANES).address(0);
    }

    private static void decode(Matrix w, int row, Floats panel, int to, Scratch scratch) {
        if (VectorDequant.supports(w.type())) {
            VectorDequant.dequantize(w.type(), w.rowAddress(row), panel.address(to), w.columns());
        } else {
            float[] values = scratch.row(w.columns());
            w.type().dequantizer().dequantize(w.data(), row * w.rowBytes(), values, 0, w.columns());
            panel.put(to, values, 0, w.columns());
        }
    }

    @Override
    public void row(Matrix w, int row, Floats out, int to, Scratch scratch) {
        decode(w, row, out.slice(to, w.columns()), 0, scratch);
    }

    /**
     * {@code out[t · stride + r] = w_r · x_t}: contiguous rows of {@code k} floats on both sides.
     *
     * @param sums room for {@link #TILE}² vectors
     */
    private static void dots(long w, int rows, long x, int tokens, int k, long out, int stride, long sums) {
        for (int t = 0; t < tokens; ) {
            int n = tokens - t >= TILE ? TILE : 1;
            for (int r = 0; r < rows; ) {
                int m = rows - r >= TILE ? TILE : 1;
                long wr = w + 4L * k * r;
                long xt = x + 4L * k * t;
                if (m == TILE && n == TILE) {
                    dot4x4(wr, xt, k, sums);
                } else if (m == TILE) {
                    dot4x1(wr, xt, k, sums);
                } else {
                    for (int i = 0; i < n; i++) dot(wr, xt + 4L * k * i, k, sums + VECTOR_BYTES * i);
                }
                fold(sums, m, n, wr, xt, k, out + 4L * ((long) t * stride + r), stride);
                r += m;
            }
            t += n;
        }
    }

    /**
     * From vectors of partial sums {@code [n][m]} to numbers. A method of its own, reading from memory: the tiles above
     * are as large as the JIT inlines whole, and with these folds in them their vectors would end up on the heap.
     */
    private static void fold(long sums, int m, int n, long w, long x, int k, long out, int stride) {
        int done = k - k % LANES;
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                float sum = VectorMath.sum(load(sums + VECTOR_BYTES * (j * m + i)));
                if (done < k) sum = tail(sum, w + 4L * k * i, x + 4L * k * j, done, k);
                Memory.f32(out + 4L * ((long) j * stride + i), sum);
            }
        }
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, LITTLE);
    }

    /** What a vector's worth of columns leaves over. */
    private static float tail(float sum, long w, long x, int from, int k) {
        for (int i = from; i < k; i++) sum = Math.fma(Memory.f32(w + 4L * i), Memory.f32(x + 4L * i), sum);
        return sum;
    }

    private static void dot(long w, long x, int k, long sums) {
        FloatVector s = FloatVector.zero(F);
        for (int i = 0; i <= k - LANES; i += LANES) s = load(w + 4L * i).fma(load(x + 4L * i), s);
        store(s, sums);
    }

    private static void dot4x1(long w, long x, int k, long sums) {
        long row = 4L * k;
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int i = 0; i <= k - LANES; i += LANES) {
            long at = w + 4L * i;
            FloatVector v = load(x + 4L * i);
            s0 = load(at).fma(v, s0);
            s1 = load(at + row).fma(v, s1);
            s2 = load(at + 2 * row).fma(v, s2);
            s3 = load(at + 3 * row).fma(v, s3);
        }
        store(s0, sums);
        store(s1, sums + VECTOR_BYTES);
        store(s2, sums + 2 * VECTOR_BYTES);
        store(s3, sums + 3 * VECTOR_BYTES);
    }

    /** Four rows by four tokens: sixteen sums in registers, each a plain {@link #dot}. */
    private static void dot4x4(long w, long x, int k, long sums) {
        long row = 4L * k;
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector c2 = a0;
        FloatVector c3 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        FloatVector d2 = a0;
        FloatVector d3 = a0;
        for (int i = 0; i <= k - LANES; i += LANES) {
            long wi = w + 4L * i;
            long xi = x + 4L * i;
            FloatVector w0 = load(wi);
            FloatVector w1 = load(wi + row);
            FloatVector w2 = load(wi + 2 * row);
            FloatVector w3 = load(wi + 3 * row);
            FloatVector v = load(xi);
            a0 = w0.fma(v, a0);
            a1 = w1.fma(v, a1);
            a2 = w2.fma(v, a2);
            a3 = w3.fma(v, a3);
            v = load(xi + row);
            b0 = w0.fma(v, b0);
            b1 = w1.fma(v, b1);
            b2 = w2.fma(v, b2);
            b3 = w3.fma(v, b3);
            v = load(xi + 2 * row);
            c0 = w0.fma(v, c0);
            c1 = w1.fma(v, c1);
            c2 = w2.fma(v, c2);
            c3 = w3.fma(v, c3);
            v = load(xi + 3 * row);
            d0 = w0.fma(v, d0);
            d1 = w1.fma(v, d1);
            d2 = w2.fma(v, d2);
            d3 = w3.fma(v, d3);
        }
        put(a0, a1, a2, a3, sums);
        put(b0, b1, b2, b3, sums + 4 * VECTOR_BYTES);
        put(c0, c1, c2, c3, sums + 8 * VECTOR_BYTES);
        put(d0, d1, d2, d3, sums + 12 * VECTOR_BYTES);
    }

    private static void put(FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3, long sums) {
        store(s0, sums);
        store(s1, sums + VECTOR_BYTES);
        store(s2, sums + 2 * VECTOR_BYTES);
        store(s3, sums + 3 * VECTOR_BYTES);
    }

    private static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, LITTLE);
    }

    @Override
    public void rmsNorm(
            Floats x, int xFrom, int count, @Nullable Floats weight, float epsilon, Floats out, int outFrom) {
        long source = range(x, xFrom, count);
        long target = range(out, outFrom, count);
        float factor = (float) (1 / Math.sqrt(squares(source, count) / count + epsilon));
        long w = weight == null ? 0 : range(weight, 0, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector v = load(source + 4L * i).mul(factor);
            if (weight != null) v = v.mul(load(w + 4L * i));
            v.intoMemorySegment(ALL, target + 4L * i, LITTLE);
        }
        for (; i < count; i++) {
            float v = Memory.f32(source + 4L * i) * factor;
            Memory.f32(target + 4L * i, weight == null ? v : v * Memory.f32(w + 4L * i));
        }
    }

    private static float squares(long x, int count) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector v = load(x + 4L * i);
            s = v.fma(v, s);
        }
        return tail(VectorMath.sum(s), x, x, i, count);
    }

    private static long range(Floats x, int from, int count) {
        x.address(Math.addExact(from, count));
        return x.address(from);
    }

    @Override
    public void activate(Activation f, Floats x, int from, int count) {
        long a = range(x, from, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            if (!vectorised(f)) break;
            apply(f, load(a + 4L * i)).intoMemorySegment(ALL, a + 4L * i, LITTLE);
        }
        super.activate(f, x, from + i, count - i);
    }

    @Override
    public void gate(Activation f, Floats gate, int gateFrom, Floats up, int upFrom, int count) {
        long g = range(gate, gateFrom, count);
        long u = range(up, upFrom, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            if (!vectorised(f)) break;
            FloatVector a = load(g + 4L * i);
            FloatVector b = load(u + 4L * i);
            FloatVector y = f == Activation.SWIGLU_CLAMPED
                    ? apply(Activation.GELU_QUICK, a.min(CLAMP))
                            .mul(b.max(-CLAMP).min(CLAMP).add(1f))
                    : apply(f, a).mul(b);
            y.intoMemorySegment(ALL, g + 4L * i, LITTLE);
        }
        super.gate(f, gate, gateFrom + i, up, upFrom + i, count - i);
    }

    static boolean vectorised(Activation f) {
        return switch (f) {
            case SILU, GELU, GELU_QUICK, RELU, RELU_SQUARED, SIGMOID, SWIGLU_CLAMPED -> true;
            case GELU_ERF, TANH, SOFTPLUS -> false;
        };
    }

    static FloatVector apply(Activation f, FloatVector x) {
        return switch (f) {
            case SILU -> x.mul(VectorMath.sigmoid(x));
            // 0.5·x·(1 + tanh(u)) is x·σ(2u).
            case GELU ->
                x.mul(VectorMath.sigmoid(
                        x.mul(x).mul(0.044715f).add(1f).mul(x).mul((float) (2 * Math.sqrt(2 / Math.PI)))));
            case GELU_QUICK -> x.mul(VectorMath.sigmoid(x.mul(1.702f)));
            case RELU -> x.max(0f);
            case RELU_SQUARED -> {
                FloatVector p = x.max(0f);
                yield p.mul(p);
            }
            case SIGMOID -> VectorMath.sigmoid(x);
            default -> throw new IllegalArgumentException(f.toString());
        };
    }

    @Override
    public void addScaled(Floats target, int targetFrom, Floats x, int xFrom, int count, float factor) {
        long t = range(target, targetFrom, count);
        long s = range(x, xFrom, count);
        FloatVector f = FloatVector.broadcast(F, factor);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            load(s + 4L * i).fma(f, load(t + 4L * i)).intoMemorySegment(ALL, t + 4L * i, LITTLE);
        }
        super.addScaled(target, targetFrom + i, x, xFrom + i, count - i, factor);
    }

    @Override
    public void multiplyElements(Floats target, int targetFrom, Floats x, int xFrom, int count) {
        long t = range(target, targetFrom, count);
        long s = range(x, xFrom, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            load(t + 4L * i).mul(load(s + 4L * i)).intoMemorySegment(ALL, t + 4L * i, LITTLE);
        }
        super.multiplyElements(target, targetFrom + i, x, xFrom + i, count - i);
    }

    @Override
    public void multiplyAdd(Floats target, int targetFrom, Floats a, int aFrom, Floats b, int bFrom, int count) {
        long t = range(target, targetFrom, count);
        VectorRecurrence.multiplyAdd(t, range(a, aFrom, count), range(b, bFrom, count), count);
    }

    @Override
    public void stateSpaceStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            float decay,
            float dt,
            Floats x,
            int xFrom,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom,
            Floats out,
            int outFrom) {
        long s = range(state, stateFrom, Math.multiplyExact(rows, size));
        long bs = range(b, bFrom, size);
        long cs = range(c, cFrom, size);
        for (int r = 0; r < rows; r++) {
            float input = dt * x.get(xFrom + r);
            out.set(outFrom + r, VectorRecurrence.stateSpace(s + 4L * r * size, size, decay, input, bs, cs));
        }
    }

    @Override
    public float selectiveStep(
            Floats state,
            int stateFrom,
            int size,
            Floats a,
            int aFrom,
            float dt,
            float x,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom) {
        long s = range(state, stateFrom, size);
        long as = range(a, aFrom, size);
        return VectorRecurrence.selective(s, size, as, dt, dt * x, range(b, bFrom, size), range(c, cFrom, size));
    }

    @Override
    public void deltaStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            Floats decay,
            int decayFrom,
            Floats k,
            int kFrom,
            Floats v,
            int vFrom,
            float beta,
            Floats q,
            int qFrom,
            Floats out,
            int outFrom) {
        long s = range(state, stateFrom, Math.multiplyExact(rows, size));
        long ds = range(decay, decayFrom, size);
        long ks = range(k, kFrom, size);
        long qs = range(q, qFrom, size);
        for (int r = 0; r < rows; r++) {
            float value = v.get(vFrom + r);
            out.set(outFrom + r, VectorRecurrence.delta(s + 4L * r * size, size, ds, ks, value, beta, qs));
        }
    }

    @Override
    public void softcap(Floats x, int from, int count, float cap) {
        long a = range(x, from, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            VectorMath.tanh(load(a + 4L * i).div(cap)).mul(cap).intoMemorySegment(ALL, a + 4L * i, LITTLE);
        }
        super.softcap(x, from + i, count - i, cap);
    }

    /**
     * Tiles of queries against pages of keys with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022), so
     * that no row of scores as long as the context is ever stored. Each query goes through the pages in order on its
     * own running maximum and sum, whatever other queries share its tile.
     */
    @Override
    public void attention(
            AttentionShape shape,
            Phase phase,
            int kvHead,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Scratch scratch) {
        int perTile = Math.max(1, QUERIES / shape.group());
        for (int t = 0; t < tokens; t += perTile) {
            int n = Math.min(perTile, tokens - t);
            tile(shape, kvHead, q, firstRow + t, n, position + t, length, keys, values, sinks, out, scratch);
        }
    }

    private static void tile(
            AttentionShape shape,
            int kvHead,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Scratch scratch) {
        final int page = KvRows.STEP;
        int dk = shape.keyDim();
        int dv = shape.valueDim();
        int group = shape.group();
        int queries = tokens * group;
        Floats packed = scratch.floats(Scratch.Use.QUERIES, queries * dk);
        for (int t = 0; t < tokens; t++) {
            packed.copy(t * group * dk, q, ((firstRow + t) * shape.heads() + kvHead * group) * dk, group * dk);
        }
        Floats keyPage = scratch.floats(Scratch.Use.KEYS, page * keys.rowElements());
        Floats valuePage = scratch.floats(Scratch.Use.VALUES, page * values.rowElements());
        Floats scores = scratch.floats(Scratch.Use.SCORES, queries * page);
        // Per query: running maximum, running sum, then the unnormalised output.
        int width = 2 + dv;
        Floats state = scratch.floats(Scratch.Use.SUMS, queries * width);
        for (int i = 0; i < queries; i++) {
            state.set(i * width, Float.NEGATIVE_INFINITY);
            state.set(i * width + 1, 0);
            state.fill(i * width + 2, dv, 0);
        }
        int first = shape.causal() ? shape.firstVisible(position) : 0;
        int last = shape.causal() ? position + tokens - 1 : length - 1;
        for (int p = first / page; p <= last / page; p++) {
            int base = p * page;
            int count = Math.min(page, last + 1 - base);
            long k = cached(keys, kvHead, base, count, keyPage, scratch);
            dots(k, count, packed.address(0), queries, dk, scores.address(0), page, sums(scratch));
            long v = cached(values, kvHead, base, count, valuePage, scratch);
            for (int i = 0; i < queries; i++) {
                int at = position + i / group;
                int from = Math.max(0, (shape.causal() ? shape.firstVisible(at) : 0) - base);
                int to = Math.min(count, (shape.causal() ? at + 1 : length) - base);
                if (from < to) {
                    absorb(shape, scores, i * page, from, to, v, values.rowElements(), state, i * width);
                }
            }
        }
        for (int i = 0; i < queries; i++) {
            int head = kvHead * group + i % group;
            float max = state.get(i * width);
            float sum = state.get(i * width + 1);
            float factor = 1;
            if (sinks != null) {
                float top = Math.max(max, sinks.get(head));
                factor = (float) Math.exp(max - top);
                sum = (float) (sum * factor + Math.exp(sinks.get(head) - top));
            }
            int target = ((firstRow + i / group) * shape.heads() + head) * dv;
            float scale = factor / sum;
            for (int d = 0; d < dv; d++) out.set(target + d, state.get(i * width + 2 + d) * scale);
        }
    }

    /** One head's rows of a page as floats: in place when they are floats already. */
    private static long cached(KvRows rows, int head, int position, int count, Floats buffer, Scratch scratch) {
        long source = rows.address(head, position);
        int elements = count * rows.rowElements();
        if (rows.type() == BlockType.F32) return source;
        if (VectorDequant.supports(rows.type())) {
            VectorDequant.dequantize(rows.type(), source, buffer.address(0), elements);
        } else {
            float[] values = scratch.row(elements);
            long offset = source - rows.page(position / KvRows.PAGE).address();
            rows.type().dequantizer().dequantize(rows.page(position / KvRows.PAGE), offset, values, 0, elements);
            buffer.put(0, values, 0, elements);
        }
        return buffer.address(0);
    }

    /** Takes one query's scores against positions {@code from .. to-1} of a page into its running softmax. */
    private static void absorb(
            AttentionShape shape, Floats scores, int at, int from, int to, long v, int vStride, Floats state, int s) {
        float max = state.get(s);
        float before = max;
        for (int j = from; j < to; j++) {
            float score = scores.get(at + j) * shape.scale();
            if (shape.softcap() != 0) {
                score = (float) (shape.softcap() * Math.tanh(score / shape.softcap()));
            }
            scores.set(at + j, score);
            max = Math.max(max, score);
        }
        // What this page must not see gets weight 0, so that the exponentials can go by whole vectors.
        for (int j = 0; j < KvRows.STEP; j++) {
            if (j < from || j >= to) scores.set(at + j, Float.NEGATIVE_INFINITY);
        }
        long p = scores.address(at);
        FloatVector total = FloatVector.zero(F);
        for (int j = 0; j < KvRows.STEP; j += LANES) {
            FloatVector e = VectorMath.exp(load(p + 4L * j).sub(max));
            e.intoMemorySegment(ALL, p + 4L * j, LITTLE);
            total = total.add(e);
        }
        float keep = before == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp(before - max);
        state.set(s, max);
        state.set(s + 1, Math.fma(state.get(s + 1), keep, VectorMath.sum(total)));
        weigh(p, from, to, v, 4L * vStride, shape.valueDim(), state.address(s + 2), keep);
    }

    /** {@code sum[d] = keep · sum[d] + Σ_j p[j] · v[j][d]}. */
    private static void weigh(long p, int from, int to, long v, long stride, int dv, long sum, float keep) {
        int d = 0;
        for (; d <= dv - 2 * LANES; d += 2 * LANES) {
            long at = sum + 4L * d;
            FloatVector s0 = load(at).mul(keep);
            FloatVector s1 = load(at + 4L * LANES).mul(keep);
            for (int j = from; j < to; j++) {
                FloatVector w = FloatVector.broadcast(F, Memory.f32(p + 4L * j));
                long row = v + stride * j + 4L * d;
                s0 = load(row).fma(w, s0);
                s1 = load(row + 4L * LANES).fma(w, s1);
            }
            s0.intoMemorySegment(ALL, at, LITTLE);
            s1.intoMemorySegment(ALL, at + 4L * LANES, LITTLE);
        }
        for (; d < dv; d++) {
            float s = Memory.f32(sum + 4L * d) * keep;
            for (int j = from; j < to; j++)
                s = Math.fma(Memory.f32(p + 4L * j), Memory.f32(v + stride * j + 4L * d), s);
            Memory.f32(sum + 4L * d, s);
        }
    }

    /** Fails where the module is absent, so that the choice of tier can be made without a broken half. */
    static void probe() {
        ShortVector.SPECIES_PREFERRED.length();
        FloatVector.SPECIES_PREFERRED.length();
    }
}

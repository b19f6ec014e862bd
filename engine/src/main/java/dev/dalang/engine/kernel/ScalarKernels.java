package dev.dalang.engine.kernel;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The reference: every operation as a plain loop that can be checked against its paper, sums in double. Slow on
 * purpose; the other tiers are tested against it and fall back to it for what they do not speed up.
 */
public class ScalarKernels implements Kernels {

    /** Where {@link Activation#SWIGLU_CLAMPED} cuts. */
    static final float CLAMP = 7;

    private final @Nullable String refusals;

    /** @param refusals why no better tier runs; null when this one was asked for */
    public ScalarKernels(@Nullable String refusals) {
        this.refusals = refusals;
    }

    @Override
    public final @Nullable String refusals() {
        return refusals;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public String description() {
        return "scalar: plain loops, the slow reference";
    }

    @Override
    public void multiply(Matrix w, int from, int to, Floats x, int tokens, Floats out, Scratch scratch) {
        int k = w.columns();
        float[] row = scratch.row(k);
        for (int r = from; r < to; r++) {
            w.type().dequantizer().dequantize(w.data(), r * w.rowBytes(), row, 0, k);
            for (int t = 0; t < tokens; t++) {
                double sum = 0;
                for (int c = 0; c < k; c++) sum += (double) row[c] * x.get(t * k + c);
                out.set(t * w.rows() + r, (float) sum);
            }
        }
    }

    @Override
    public void row(Matrix w, int row, Floats out, int to, Scratch scratch) {
        float[] values = scratch.row(w.columns());
        w.rowAddress(row); // checks the row
        w.type().dequantizer().dequantize(w.data(), row * w.rowBytes(), values, 0, w.columns());
        out.put(to, values, 0, w.columns());
    }

    @Override
    public void rmsNorm(
            Floats x, int xFrom, int count, @Nullable Floats weight, float epsilon, Floats out, int outFrom) {
        double squares = 0;
        for (int i = 0; i < count; i++) squares += (double) x.get(xFrom + i) * x.get(xFrom + i);
        float factor = (float) (1 / Math.sqrt(squares / count + epsilon));
        for (int i = 0; i < count; i++) {
            float normed = x.get(xFrom + i) * factor;
            out.set(outFrom + i, weight == null ? normed : normed * weight.get(i));
        }
    }

    @Override
    public void layerNorm(
            Floats x,
            int xFrom,
            int count,
            @Nullable Floats weight,
            @Nullable Floats bias,
            float epsilon,
            Floats out,
            int outFrom) {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += x.get(xFrom + i);
        double mean = sum / count;
        double squares = 0;
        for (int i = 0; i < count; i++) squares += (x.get(xFrom + i) - mean) * (x.get(xFrom + i) - mean);
        double factor = 1 / Math.sqrt(squares / count + epsilon);
        for (int i = 0; i < count; i++) {
            float normed = (float) ((x.get(xFrom + i) - mean) * factor);
            if (weight != null) normed *= weight.get(i);
            if (bias != null) normed += bias.get(i);
            out.set(outFrom + i, normed);
        }
    }

    @Override
    public void activate(Activation f, Floats x, int from, int count) {
        for (int i = from; i < from + count; i++) x.set(i, apply(f, x.get(i)));
    }

    @Override
    public void gate(Activation f, Floats gate, int gateFrom, Floats up, int upFrom, int count) {
        if (f == Activation.SWIGLU_CLAMPED) {
            for (int i = 0; i < count; i++) {
                float g = Math.min(gate.get(gateFrom + i), CLAMP);
                float u = Math.clamp(up.get(upFrom + i), -CLAMP, CLAMP);
                gate.set(gateFrom + i, apply(Activation.GELU_QUICK, g) * (u + 1));
            }
            return;
        }
        for (int i = 0; i < count; i++) gate.set(gateFrom + i, apply(f, gate.get(gateFrom + i)) * up.get(upFrom + i));
    }

    /** One activation in double precision. */
    static float apply(Activation f, float x) {
        return switch (f) {
            case SILU -> (float) (x / (1 + Math.exp(-(double) x)));
            case GELU ->
                (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * (double) x))));
            case GELU_ERF -> (float) (0.5 * x * (1 + erf(x / Math.sqrt(2))));
            case GELU_QUICK -> (float) (x / (1 + Math.exp(-1.702 * x)));
            case RELU -> Math.max(0, x);
            case RELU_SQUARED -> x > 0 ? x * x : 0;
            case SIGMOID -> (float) (1 / (1 + Math.exp(-(double) x)));
            case TANH -> (float) Math.tanh(x);
            case SOFTPLUS -> x > 20 ? x : (float) Math.log1p(Math.exp(x));
            case SWIGLU_CLAMPED -> throw new IllegalArgumentException(f + " needs a gate");
        };
    }

    /**
     * The error function: its Maclaurin series near 0, and the continued fraction of erfc (Abramowitz and Stegun 7.1.5
     * and 7.1.14) further out. Error below 1e-14.
     */
    static double erf(double x) {
        double a = Math.abs(x);
        if (a < 3) {
            double term = a;
            double sum = a;
            for (int n = 1; Math.abs(term) > 1e-17 * sum; n++) {
                term *= -a * a / n;
                sum += term / (2 * n + 1);
            }
            return Math.copySign(2 / Math.sqrt(Math.PI) * sum, x);
        }
        double fraction = 0;
        for (int n = 60; n >= 1; n--) fraction = n / 2.0 / (a + fraction);
        return Math.copySign(1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction), x);
    }

    @Override
    public void addScaled(Floats target, int targetFrom, Floats x, int xFrom, int count, float factor) {
        for (int i = 0; i < count; i++) {
            target.set(targetFrom + i, Math.fma(factor, x.get(xFrom + i), target.get(targetFrom + i)));
        }
    }

    @Override
    public void multiplyElements(Floats target, int targetFrom, Floats x, int xFrom, int count) {
        for (int i = 0; i < count; i++) target.set(targetFrom + i, target.get(targetFrom + i) * x.get(xFrom + i));
    }

    @Override
    public void multiplyAdd(Floats target, int targetFrom, Floats a, int aFrom, Floats b, int bFrom, int count) {
        for (int i = 0; i < count; i++) {
            target.set(targetFrom + i, Math.fma(a.get(aFrom + i), b.get(bFrom + i), target.get(targetFrom + i)));
        }
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
        for (int r = 0; r < rows; r++) {
            int at = stateFrom + r * size;
            float input = dt * x.get(xFrom + r);
            double sum = 0;
            for (int i = 0; i < size; i++) {
                float h = Math.fma(input, b.get(bFrom + i), decay * state.get(at + i));
                state.set(at + i, h);
                sum += (double) h * c.get(cFrom + i);
            }
            out.set(outFrom + r, (float) sum);
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
        float input = dt * x;
        double sum = 0;
        for (int i = 0; i < size; i++) {
            float decay = (float) Math.exp(dt * a.get(aFrom + i));
            float h = Math.fma(input, b.get(bFrom + i), decay * state.get(stateFrom + i));
            state.set(stateFrom + i, h);
            sum += (double) h * c.get(cFrom + i);
        }
        return (float) sum;
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
        for (int r = 0; r < rows; r++) {
            int at = stateFrom + r * size;
            double recalled = 0;
            for (int i = 0; i < size; i++) {
                float s = decay.get(decayFrom + i) * state.get(at + i);
                state.set(at + i, s);
                recalled += (double) s * k.get(kFrom + i);
            }
            float change = beta * (float) (v.get(vFrom + r) - recalled);
            double sum = 0;
            for (int i = 0; i < size; i++) {
                float s = Math.fma(change, k.get(kFrom + i), state.get(at + i));
                state.set(at + i, s);
                sum += (double) s * q.get(qFrom + i);
            }
            out.set(outFrom + r, (float) sum);
        }
    }

    @Override
    public void scale(Floats x, int from, int count, float factor) {
        for (int i = from; i < from + count; i++) x.set(i, x.get(i) * factor);
    }

    @Override
    public void softcap(Floats x, int from, int count, float cap) {
        for (int i = from; i < from + count; i++) x.set(i, (float) (cap * Math.tanh(x.get(i) / cap)));
    }

    @Override
    public void clamp(Floats x, int from, int count, float low, float high) {
        for (int i = from; i < from + count; i++) x.set(i, Math.clamp(x.get(i), low, high));
    }

    @Override
    public void softmax(Floats x, int from, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) max = Math.max(max, x.get(i));
        double sum = 0;
        for (int i = from; i < from + count; i++) sum += Math.exp(x.get(i) - max);
        for (int i = from; i < from + count; i++) x.set(i, (float) (Math.exp(x.get(i) - max) / sum));
    }

    @Override
    public void rotate(
            Floats x, int from, int heads, int stride, int pairs, boolean adjacent, Floats cos, Floats sin, int angle) {
        int wide = adjacent ? 2 : 1;
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < pairs; i++) {
                int first = from + h * stride + i * wide;
                int second = first + (adjacent ? 1 : pairs);
                float c = cos.get(angle + i * wide);
                float s = sin.get(angle + i * wide + wide - 1);
                float a = x.get(first);
                float b = x.get(second);
                x.set(first, a * c - b * s);
                x.set(second, a * s + b * c);
            }
        }
    }

    @Override
    public void store(Floats x, int from, int heads, KvRows rows, int position) {
        int count = rows.rowElements();
        for (int h = 0; h < heads; h++) encode(rows.type(), x, from + h * count, count, rows.address(h, position));
    }

    /** Writes floats as blocks of a cache type. */
    static void encode(BlockType type, Floats x, int from, int count, long address) {
        switch (type) {
            case F32 -> {
                for (int i = 0; i < count; i++) Memory.f32(address + 4L * i, x.get(from + i));
            }
            case F16 -> {
                for (int i = 0; i < count; i++) Memory.i16(address + 2L * i, Float.floatToFloat16(x.get(from + i)));
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) Memory.i16(address + 2L * i, bf16(x.get(from + i)));
            }
            case Q8_0 -> {
                for (int b = 0; b < count / 32; b++) encodeQ8(x, from + 32 * b, address + 34L * b);
            }
            case Q4_0 -> {
                for (int b = 0; b < count / 32; b++) encodeQ4(x, from + 32 * b, address + 18L * b);
            }
            default ->
                throw DalangException.unsupported(
                        "a key-value cache of type " + type + " is not supported; use F32, F16, BF16, Q8_0 or Q4_0",
                        "kv-cache");
        }
    }

    /** Round to nearest, ties to even; NaN stays NaN. */
    static short bf16(float f) {
        int bits = Float.floatToRawIntBits(f);
        if (Float.isNaN(f)) return (short) ((bits >>> 16) | 0x40);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** A Q8_0 block: an f16 scale, max|x|/127, then 32 signed bytes. */
    private static void encodeQ8(Floats x, int from, long address) {
        float max = 0;
        for (int i = 0; i < 32; i++) max = Math.max(max, Math.abs(x.get(from + i)));
        float d = max / 127;
        float inverse = d == 0 ? 0 : 1 / d;
        Memory.i16(address, Float.floatToFloat16(d));
        for (int i = 0; i < 32; i++) Memory.i8(address + 2 + i, (byte) Math.round(x.get(from + i) * inverse));
    }

    /**
     * A Q4_0 block: an f16 scale, a -8th of the number that is largest by amount, then 32 nibbles with 8 added, those of
     * the first half low.
     */
    private static void encodeQ4(Floats x, int from, long address) {
        float max = 0;
        for (int i = 0; i < 32; i++) if (Math.abs(x.get(from + i)) > Math.abs(max)) max = x.get(from + i);
        float d = max / -8;
        float inverse = d == 0 ? 0 : 1 / d;
        Memory.i16(address, Float.floatToFloat16(d));
        for (int i = 0; i < 16; i++) {
            int low = nibble(x.get(from + i) * inverse);
            int high = nibble(x.get(from + 16 + i) * inverse);
            Memory.i8(address + 2 + i, (byte) (low | high << 4));
        }
    }

    private static int nibble(float x) {
        return Math.clamp(Math.round(x) + 8, 0, 15);
    }

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
        int dk = shape.keyDim();
        int dv = shape.valueDim();
        Floats scores = scratch.floats(Scratch.Use.SCORES, length);
        double[] sum = new double[dv];
        for (int t = 0; t < tokens; t++) {
            int first = shape.causal() ? shape.firstVisible(position + t) : 0;
            int last = shape.causal() ? position + t : length - 1;
            for (int g = 0; g < shape.group(); g++) {
                int head = kvHead * shape.group() + g;
                int query = ((firstRow + t) * shape.heads() + head) * dk;
                double max = sinks == null ? Double.NEGATIVE_INFINITY : sinks.get(head);
                for (int p = first; p <= last; p++) {
                    float[] key = cached(keys, kvHead, p, scratch);
                    double dot = 0;
                    for (int i = 0; i < dk; i++) dot += (double) q.get(query + i) * key[i];
                    double score = dot * shape.scale();
                    if (shape.softcap() != 0) score = shape.softcap() * Math.tanh(score / shape.softcap());
                    scores.set(p, (float) score);
                    max = Math.max(max, score);
                }
                double total = sinks == null ? 0 : Math.exp(sinks.get(head) - max);
                java.util.Arrays.fill(sum, 0);
                for (int p = first; p <= last; p++) {
                    double weight = Math.exp(scores.get(p) - max);
                    total += weight;
                    float[] value = cached(values, kvHead, p, scratch);
                    for (int i = 0; i < dv; i++) sum[i] += weight * value[i];
                }
                int target = ((firstRow + t) * shape.heads() + head) * dv;
                for (int i = 0; i < dv; i++) out.set(target + i, (float) (sum[i] / total));
            }
        }
    }

    private static float[] cached(KvRows rows, int head, int position, Scratch scratch) {
        float[] row = scratch.row(rows.rowElements());
        MemorySegment page = rows.page(position / KvRows.PAGE);
        long offset = ((long) head * KvRows.PAGE + position % KvRows.PAGE) * rows.rowBytes();
        rows.type().dequantizer().dequantize(page, offset, row, 0, rows.rowElements());
        return row;
    }
}

package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.F;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Portable SIMD in floats. What a vector's worth of elements leaves over goes through the same instructions under a
 * mask, so that an element's bits do not depend on where it stands.
 */
final class VectorGradients extends ScalarGradients {

    /** Elements whose sum is made in floats, before it goes on in double. */
    private static final int BLOCK = 4096;

    @Override
    public String description() {
        return "vector: jdk.incubator.vector, " + F.vectorBitSize() + "-bit";
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, LITTLE);
    }

    /** Zeros where the mask is not set. */
    private static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(F, ALL, address, LITTLE, mask);
    }

    private static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, LITTLE);
    }

    private static void store(FloatVector v, long address, VectorMask<Float> mask) {
        v.intoMemorySegment(ALL, address, LITTLE, mask);
    }

    private static VectorMask<Float> tail(int done, int count) {
        return F.indexInRange(done, count);
    }

    private static FloatVector all(double value) {
        return FloatVector.broadcast(F, (float) value);
    }

    private static long range(Floats x, int from, int count) {
        x.address(Math.addExact(from, count));
        return x.address(from);
    }

    @Override
    public void rmsNormBackward(
            Floats x,
            int xFrom,
            int rows,
            int count,
            @Nullable Floats weight,
            float epsilon,
            Floats dOut,
            int dOutFrom,
            Floats dx,
            int dxFrom,
            @Nullable Floats dWeight,
            int dWeightFrom) {
        long row = 4L * count;
        long xs = range(x, xFrom, Math.multiplyExact(rows, count));
        long ds = range(dOut, dOutFrom, rows * count);
        long dxs = range(dx, dxFrom, rows * count);
        long w = weight == null ? 0 : range(weight, 0, count);
        long dw = dWeight == null ? 0 : range(dWeight, dWeightFrom, count);
        for (int i = 0; i < rows; i++, xs += row, ds += row, dxs += row) {
            double r = 1 / Math.sqrt(dot(xs, xs, count) / count + epsilon);
            double product = w == 0 ? dot(xs, ds, count) : dot(xs, ds, w, count);
            if (dw != 0) addProduct(dw, xs, ds, count, (float) r);
            backward(xs, ds, w, dxs, count, (float) r, 0, (float) (-r * r * product / count));
        }
    }

    @Override
    public void layerNormBackward(
            Floats x,
            int xFrom,
            int rows,
            int count,
            @Nullable Floats weight,
            float epsilon,
            Floats dOut,
            int dOutFrom,
            Floats dx,
            int dxFrom,
            @Nullable Floats dWeight,
            @Nullable Floats dBias,
            int dWeightFrom) {
        long row = 4L * count;
        long xs = range(x, xFrom, Math.multiplyExact(rows, count));
        long ds = range(dOut, dOutFrom, rows * count);
        long dxs = range(dx, dxFrom, rows * count);
        long w = weight == null ? 0 : range(weight, 0, count);
        long dw = dWeight == null ? 0 : range(dWeight, dWeightFrom, count);
        long db = dBias == null ? 0 : range(dBias, dWeightFrom, count);
        for (int i = 0; i < rows; i++, xs += row, ds += row, dxs += row) {
            double mean = sum(xs, count) / count;
            double r = 1 / Math.sqrt(squares(xs, count, (float) mean) / count + epsilon);
            double sum = w == 0 ? sum(ds, count) : dot(ds, w, count);
            // Σ g·(x - mean), for which the mean is taken off afterwards.
            double product = (w == 0 ? dot(xs, ds, count) : dot(xs, ds, w, count)) - mean * sum;
            if (dw != 0) {
                addProduct(dw, xs, ds, count, (float) r);
                addScaled(dw, ds, count, (float) (-mean * r));
            }
            if (db != 0) addScaled(db, ds, count, 1);
            double slope = -r * r * product / count;
            backward(xs, ds, w, dxs, count, (float) r, (float) (-sum / count - slope * mean), (float) slope);
        }
    }

    /** {@code dx += r·(d·w + constant + slope·x)}. */
    private static void backward(long x, long d, long w, long dx, int count, float r, float constant, float slope) {
        FloatVector factor = all(r);
        FloatVector c = all(constant);
        FloatVector s = all(slope);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            FloatVector g = load(d + o);
            if (w != 0) g = g.mul(load(w + o));
            store(load(x + o).fma(s, g.add(c)).fma(factor, load(dx + o)), dx + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            FloatVector g = load(d + o, m);
            if (w != 0) g = g.mul(load(w + o, m));
            store(load(x + o, m).fma(s, g.add(c)).fma(factor, load(dx + o, m)), dx + o, m);
        }
    }

    /** {@code target += a·b·factor}. */
    private static void addProduct(long target, long a, long b, int count, float factor) {
        FloatVector f = all(factor);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(load(a + o).mul(load(b + o)).fma(f, load(target + o)), target + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(load(a + o, m).mul(load(b + o, m)).fma(f, load(target + o, m)), target + o, m);
        }
    }

    /** {@code target += a·factor}. */
    private static void addScaled(long target, long a, int count, float factor) {
        FloatVector f = all(factor);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(load(a + o).fma(f, load(target + o)), target + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(load(a + o, m).fma(f, load(target + o, m)), target + o, m);
        }
    }

    private static float sum(long a, int count) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        for (; i <= count - LANES; i += LANES) s = s.add(load(a + 4L * i));
        if (i < count) s = s.add(load(a + 4L * i, tail(i, count)));
        return VectorMath.sum(s);
    }

    private static float dot(long a, long b, int count) {
        FloatVector s = FloatVector.zero(F);
        FloatVector t = s;
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            long o = 4L * i;
            s = load(a + o).fma(load(b + o), s);
            t = load(a + o + 4L * LANES).fma(load(b + o + 4L * LANES), t);
        }
        for (; i <= count - LANES; i += LANES) s = load(a + 4L * i).fma(load(b + 4L * i), s);
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            s = load(a + 4L * i, m).fma(load(b + 4L * i, m), s);
        }
        return VectorMath.sum(s.add(t));
    }

    private static float dot(long a, long b, long c, int count) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            s = load(a + o).mul(load(b + o)).fma(load(c + o), s);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            s = load(a + o, m).mul(load(b + o, m)).fma(load(c + o, m), s);
        }
        return VectorMath.sum(s);
    }

    /** {@code Σ (a - mean)²}. */
    private static float squares(long a, int count, float mean) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector v = load(a + 4L * i).sub(mean);
            s = v.fma(v, s);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            FloatVector v = load(a + 4L * i, m).sub(mean, m);
            s = v.fma(v, s);
        }
        return VectorMath.sum(s);
    }

    @Override
    public void activateBackward(
            Activation f, Floats x, int xFrom, Floats dOut, int dOutFrom, Floats dx, int dxFrom, int count) {
        if (!VectorKernels.vectorised(f) || f == Activation.SWIGLU_CLAMPED) {
            super.activateBackward(f, x, xFrom, dOut, dOutFrom, dx, dxFrom, count);
            return;
        }
        long xs = range(x, xFrom, count);
        long ds = range(dOut, dOutFrom, count);
        long out = range(dx, dxFrom, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(load(ds + o).mul(slope(f, load(xs + o))), out + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(load(ds + o, m).mul(slope(f, load(xs + o, m))), out + o, m);
        }
    }

    @Override
    public void gateBackward(
            Activation f,
            Floats gate,
            int gateFrom,
            Floats up,
            int upFrom,
            Floats dOut,
            int dOutFrom,
            Floats dGate,
            int dGateFrom,
            Floats dUp,
            int dUpFrom,
            int count) {
        if (!VectorKernels.vectorised(f)) {
            super.gateBackward(f, gate, gateFrom, up, upFrom, dOut, dOutFrom, dGate, dGateFrom, dUp, dUpFrom, count);
            return;
        }
        long gs = range(gate, gateFrom, count);
        long us = range(up, upFrom, count);
        long ds = range(dOut, dOutFrom, count);
        long ofGate = range(dGate, dGateFrom, count);
        long ofUp = range(dUp, dUpFrom, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            FloatVector g = load(gs + o);
            FloatVector u = load(us + o);
            FloatVector d = load(ds + o);
            store(ofGate(f, g, u).mul(d), ofGate + o);
            store(ofUp(f, g, u).mul(d), ofUp + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            FloatVector g = load(gs + o, m);
            FloatVector u = load(us + o, m);
            FloatVector d = load(ds + o, m);
            store(ofGate(f, g, u).mul(d), ofGate + o, m);
            store(ofUp(f, g, u).mul(d), ofUp + o, m);
        }
    }

    private static FloatVector ofGate(Activation f, FloatVector gate, FloatVector up) {
        if (f != Activation.SWIGLU_CLAMPED) return slope(f, gate).mul(up);
        float limit = ScalarKernels.CLAMP;
        FloatVector whole = up.max(-limit).min(limit).add(1f);
        return slope(Activation.GELU_QUICK, gate).mul(whole).blend(0f, gate.compare(VectorOperators.GT, limit));
    }

    private static FloatVector ofUp(Activation f, FloatVector gate, FloatVector up) {
        if (f != Activation.SWIGLU_CLAMPED) return VectorKernels.apply(f, gate);
        float limit = ScalarKernels.CLAMP;
        return VectorKernels.apply(Activation.GELU_QUICK, gate.min(limit))
                .blend(0f, up.abs().compare(VectorOperators.GT, limit));
    }

    private static FloatVector slope(Activation f, FloatVector x) {
        return switch (f) {
            case SILU -> slopeOfUnit(VectorMath.sigmoid(x), x);
            case GELU -> {
                // x·σ(q) with q = √(8/π)·(x + 0.044715·x³).
                float c = (float) (2 * Math.sqrt(2 / Math.PI));
                FloatVector squared = x.mul(x).mul(0.044715f);
                FloatVector s = VectorMath.sigmoid(squared.add(1f).mul(x).mul(c));
                yield slopeOfUnit(s, squared.mul(3f).add(1f).mul(c).mul(x));
            }
            case GELU_QUICK -> {
                FloatVector q = x.mul(1.702f);
                yield slopeOfUnit(VectorMath.sigmoid(q), q);
            }
            case RELU -> FloatVector.zero(F).blend(1f, x.compare(VectorOperators.GT, 0f));
            case RELU_SQUARED -> x.max(0f).mul(2f);
            case SIGMOID -> {
                FloatVector s = VectorMath.sigmoid(x);
                yield s.mul(all(1).sub(s));
            }
            default -> throw new IllegalArgumentException(f.toString());
        };
    }

    /** The derivative of x·σ(q): {@code s + x·q'·s·(1 - s)}, from {@code s = σ(q)} and {@code x·q'}. */
    private static FloatVector slopeOfUnit(FloatVector s, FloatVector xq) {
        FloatVector one = all(1);
        return s.mul(xq.fma(one.sub(s), one));
    }

    @Override
    public void softcapBackward(Floats y, int yFrom, Floats dx, int dxFrom, int count, float cap) {
        long ys = range(y, yFrom, count);
        long ds = range(dx, dxFrom, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(capped(load(ys + o), load(ds + o), cap), ds + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(capped(load(ys + o, m), load(ds + o, m), cap), ds + o, m);
        }
    }

    private static FloatVector capped(FloatVector y, FloatVector d, float cap) {
        FloatVector t = y.div(cap);
        return d.mul(all(1).sub(t.mul(t)));
    }

    @Override
    public void softmaxBackward(Floats p, int pFrom, Floats dp, int dpFrom, int count, float scale) {
        long ps = range(p, pFrom, count);
        long ds = range(dp, dpFrom, count);
        float sum = dot(ps, ds, count);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(load(ds + o).sub(sum).mul(load(ps + o)).mul(scale), ds + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(load(ds + o, m).sub(sum).mul(load(ps + o, m)).mul(scale), ds + o, m);
        }
    }

    @Override
    public double crossEntropy(Floats logits, int from, int count, int target, float scale) {
        long x = range(logits, from, count);
        Objects.checkIndex(target, count);
        float max = max(x, count);
        double sum = sumOfExponentials(x, count, max);
        double loss = StrictMath.log(sum) + max - Memory.f32(x + 4L * target);
        float factor = (float) (scale / sum);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            store(VectorMath.exp(load(x + o).sub(max)).mul(factor), x + o);
        }
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            long o = 4L * i;
            store(VectorMath.exp(load(x + o, m).sub(max)).mul(factor), x + o, m);
        }
        Memory.f32(x + 4L * target, Memory.f32(x + 4L * target) - scale);
        return loss;
    }

    @Override
    public double crossEntropy(Floats logits, int from, int count, int target) {
        long x = range(logits, from, count);
        Objects.checkIndex(target, count);
        float max = max(x, count);
        return StrictMath.log(sumOfExponentials(x, count, max)) + max - Memory.f32(x + 4L * target);
    }

    private static float max(long x, int count) {
        FloatVector max = all(Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= count - LANES; i += LANES) max = max.max(load(x + 4L * i));
        float largest = VectorMath.max(max);
        for (; i < count; i++) largest = Math.max(largest, Memory.f32(x + 4L * i));
        return largest;
    }

    private static double sumOfExponentials(long x, int count, float max) {
        double sum = 0;
        for (int i = 0; i < count; i += BLOCK) sum += block(x + 4L * i, Math.min(BLOCK, count - i), max);
        return sum;
    }

    private static float block(long x, int count, float max) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        for (; i <= count - LANES; i += LANES)
            s = s.add(VectorMath.exp(load(x + 4L * i).sub(max)));
        if (i < count) {
            VectorMask<Float> m = tail(i, count);
            s = s.add(VectorMath.exp(load(x + 4L * i, m).sub(max)), m);
        }
        return VectorMath.sum(s);
    }

    @Override
    public void adamW(
            Floats value,
            Floats gradient,
            Floats m,
            Floats v,
            int from,
            int count,
            float rate,
            float beta1,
            float beta2,
            float epsilon,
            float decay,
            float correction1,
            float correction2,
            float clip) {
        long ws = range(value, from, count);
        long gs = range(gradient, from, count);
        long ms = range(m, from, count);
        long vs = range(v, from, count);
        FloatVector b1 = all(beta1);
        FloatVector b2 = all(beta2);
        float rest1 = (float) (1.0 - beta1);
        float rest2 = (float) (1.0 - beta2);
        float root2 = (float) (1 / Math.sqrt(correction2));
        float step = (float) (-(double) rate / correction1);
        float kept = (float) (1 - (double) rate * decay);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long o = 4L * i;
            FloatVector g = load(gs + o).mul(clip);
            FloatVector first = load(ms + o).fma(b1, g.mul(rest1));
            FloatVector second = load(vs + o).fma(b2, g.mul(g).mul(rest2));
            store(first, ms + o);
            store(second, vs + o);
            store(moved(load(ws + o), first, second, root2, epsilon, step, kept), ws + o);
        }
        if (i < count) {
            VectorMask<Float> mask = tail(i, count);
            long o = 4L * i;
            FloatVector g = load(gs + o, mask).mul(clip);
            FloatVector first = load(ms + o, mask).fma(b1, g.mul(rest1));
            FloatVector second = load(vs + o, mask).fma(b2, g.mul(g).mul(rest2));
            store(first, ms + o, mask);
            store(second, vs + o, mask);
            store(moved(load(ws + o, mask), first, second, root2, epsilon, step, kept), ws + o, mask);
        }
    }

    private static FloatVector moved(
            FloatVector w, FloatVector m, FloatVector v, float root2, float epsilon, float step, float kept) {
        FloatVector size = v.sqrt().mul(root2).add(epsilon);
        return m.mul(step).div(size).add(w.mul(kept));
    }

    @Override
    public double squaredSum(Floats x, int from, int count) {
        long xs = range(x, from, count);
        double sum = 0;
        for (int i = 0; i < count; i += BLOCK) {
            int n = Math.min(BLOCK, count - i);
            sum += dot(xs + 4L * i, xs + 4L * i, n);
        }
        return sum;
    }
}

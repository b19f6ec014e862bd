package dev.dalang.engine.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The reference: formulas as they are written down, in double. */
class ScalarGradients implements Gradients {

    @Override
    public String description() {
        return "scalar: plain loops in double";
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
        for (int row = 0; row < rows; row++) {
            int at = row * count;
            double squares = 0;
            double product = 0;
            for (int i = 0; i < count; i++) {
                double value = x.get(xFrom + at + i);
                squares += value * value;
                product += value * dOut.get(dOutFrom + at + i) * weight(weight, i);
            }
            double r = 1 / Math.sqrt(squares / count + epsilon);
            double share = r * r * product / count;
            for (int i = 0; i < count; i++) {
                double value = x.get(xFrom + at + i);
                double d = dOut.get(dOutFrom + at + i);
                if (dWeight != null) add(dWeight, dWeightFrom + i, d * value * r);
                add(dx, dxFrom + at + i, r * (d * weight(weight, i) - value * share));
            }
        }
    }

    private static double weight(@Nullable Floats weight, int i) {
        return weight == null ? 1 : weight.get(i);
    }

    private static void add(Floats target, int at, double value) {
        target.set(at, (float) (target.get(at) + value));
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
        for (int row = 0; row < rows; row++) {
            int at = row * count;
            double mean = 0;
            for (int i = 0; i < count; i++) mean += x.get(xFrom + at + i);
            mean /= count;
            double squares = 0;
            double sum = 0;
            double product = 0;
            for (int i = 0; i < count; i++) {
                double centred = x.get(xFrom + at + i) - mean;
                double g = dOut.get(dOutFrom + at + i) * weight(weight, i);
                squares += centred * centred;
                sum += g;
                product += g * centred;
            }
            double r = 1 / Math.sqrt(squares / count + epsilon);
            for (int i = 0; i < count; i++) {
                double normed = (x.get(xFrom + at + i) - mean) * r;
                double d = dOut.get(dOutFrom + at + i);
                if (dWeight != null) add(dWeight, dWeightFrom + i, d * normed);
                if (dBias != null) add(dBias, dWeightFrom + i, d);
                add(dx, dxFrom + at + i, r * (d * weight(weight, i) - sum / count - normed * product * r / count));
            }
        }
    }

    @Override
    public void activateBackward(
            Activation f, Floats x, int xFrom, Floats dOut, int dOutFrom, Floats dx, int dxFrom, int count) {
        for (int i = 0; i < count; i++) {
            dx.set(dxFrom + i, (float) (dOut.get(dOutFrom + i) * slope(f, x.get(xFrom + i))));
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
        for (int i = 0; i < count; i++) {
            double g = gate.get(gateFrom + i);
            double u = up.get(upFrom + i);
            double d = dOut.get(dOutFrom + i);
            double ofGate;
            double ofUp;
            if (f == Activation.SWIGLU_CLAMPED) {
                double limit = ScalarKernels.CLAMP;
                double cut = Math.min(g, limit);
                double whole = Math.clamp(u, -limit, limit) + 1;
                ofGate = g > limit ? 0 : d * whole * slope(Activation.GELU_QUICK, g);
                ofUp = Math.abs(u) > limit ? 0 : d * value(Activation.GELU_QUICK, cut);
            } else {
                ofGate = d * u * slope(f, g);
                ofUp = d * value(f, g);
            }
            dGate.set(dGateFrom + i, (float) ofGate);
            dUp.set(dUpFrom + i, (float) ofUp);
        }
    }

    /** The derivative of an activation; at the corner of a rectifier that of its left side. */
    private static double slope(Activation f, double x) {
        return switch (f) {
            case SILU -> sigmoid(x) * (1 + x * (1 - sigmoid(x)));
            case GELU -> {
                double c = Math.sqrt(2 / Math.PI);
                double t = Math.tanh(c * (x + 0.044715 * x * x * x));
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
            }
            case GELU_ERF ->
                0.5 * (1 + ScalarKernels.erf(x / Math.sqrt(2))) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            case GELU_QUICK -> sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - sigmoid(1.702 * x)));
            case RELU -> x > 0 ? 1 : 0;
            case RELU_SQUARED -> x > 0 ? 2 * x : 0;
            case SIGMOID -> sigmoid(x) * (1 - sigmoid(x));
            case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
            case SOFTPLUS -> sigmoid(x);
            case SWIGLU_CLAMPED -> throw new IllegalArgumentException(f + " needs a gate");
        };
    }

    private static double value(Activation f, double x) {
        return switch (f) {
            case SILU -> x * sigmoid(x);
            case GELU -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> 0.5 * x * (1 + ScalarKernels.erf(x / Math.sqrt(2)));
            case GELU_QUICK -> x * sigmoid(1.702 * x);
            case RELU -> Math.max(0, x);
            case RELU_SQUARED -> Math.max(0, x) * Math.max(0, x);
            case SIGMOID -> sigmoid(x);
            case TANH -> Math.tanh(x);
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case SWIGLU_CLAMPED -> throw new IllegalArgumentException(f + " needs a gate");
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Override
    public void softcapBackward(Floats y, int yFrom, Floats dx, int dxFrom, int count, float cap) {
        for (int i = 0; i < count; i++) {
            double t = (double) y.get(yFrom + i) / cap;
            dx.set(dxFrom + i, (float) (dx.get(dxFrom + i) * (1 - t * t)));
        }
    }

    @Override
    public void softmaxBackward(Floats p, int pFrom, Floats dp, int dpFrom, int count, float scale) {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += (double) p.get(pFrom + i) * dp.get(dpFrom + i);
        for (int i = 0; i < count; i++) {
            dp.set(dpFrom + i, (float) (scale * p.get(pFrom + i) * (dp.get(dpFrom + i) - sum)));
        }
    }

    @Override
    public double crossEntropy(Floats logits, int from, int count, int target, float scale) {
        Objects.checkIndex(target, count);
        double max = max(logits, from, count);
        double sum = sum(logits, from, count, max);
        double loss = max + Math.log(sum) - logits.get(from + target);
        for (int i = 0; i < count; i++) {
            double p = Math.exp(logits.get(from + i) - max) / sum;
            logits.set(from + i, (float) (scale * (i == target ? p - 1 : p)));
        }
        return loss;
    }

    @Override
    public double crossEntropy(Floats logits, int from, int count, int target) {
        Objects.checkIndex(target, count);
        double max = max(logits, from, count);
        return max + Math.log(sum(logits, from, count, max)) - logits.get(from + target);
    }

    private static double max(Floats x, int from, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) max = Math.max(max, x.get(from + i));
        return max;
    }

    private static double sum(Floats x, int from, int count, double max) {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += Math.exp(x.get(from + i) - max);
        return sum;
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
        for (int i = from; i < from + count; i++) {
            double g = (double) clip * gradient.get(i);
            double first = beta1 * (double) m.get(i) + (1.0 - beta1) * g;
            double second = beta2 * (double) v.get(i) + (1.0 - beta2) * g * g;
            m.set(i, (float) first);
            v.set(i, (float) second);
            double step = first / correction1 / (Math.sqrt(second / correction2) + epsilon);
            double w = value.get(i);
            value.set(i, (float) (w - rate * (step + decay * w)));
        }
    }

    @Override
    public double squaredSum(Floats x, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) sum += (double) x.get(i) * x.get(i);
        return sum;
    }
}

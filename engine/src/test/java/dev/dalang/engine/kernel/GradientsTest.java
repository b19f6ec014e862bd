package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Derivatives against central differences of the operations, written out here in doubles; and the vector implementation
 * against the scalar one.
 */
class GradientsTest {

    private static final Gradients SCALAR = new ScalarGradients();

    private static double[] normal(int count, Random random) {
        double[] x = new double[count];
        // Of as many digits as a float has.
        for (int i = 0; i < count; i++) x[i] = (float) random.nextGaussian();
        return x;
    }

    private static Floats floats(double[] x) {
        float[] f = new float[x.length];
        for (int i = 0; i < f.length; i++) f[i] = (float) x[i];
        return Floats.copyOf(Arena.ofAuto(), f);
    }

    private static Floats zeros(int count) {
        return Floats.allocate(Arena.ofAuto(), count);
    }

    /** That {@code actual} is how {@code f} changes with each element of {@code x}. */
    private static void check(String what, Floats actual, double[] x, ToDoubleFunction<double[]> f) {
        double h = 1e-5;
        for (int i = 0; i < x.length; i++) {
            double[] up = x.clone();
            double[] down = x.clone();
            up[i] += h;
            down[i] -= h;
            double slope = (f.applyAsDouble(up) - f.applyAsDouble(down)) / (2 * h);
            assertThat((double) actual.get(i))
                    .as("%s %d", what, i)
                    .isCloseTo(slope, within(1e-5 * Math.max(Math.abs(slope), 0.01)));
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double[] rmsNorm(double[] x, int count, double @Nullable [] weight, double epsilon) {
        double[] out = new double[x.length];
        for (int row = 0; row < x.length; row += count) {
            double squares = 0;
            for (int i = 0; i < count; i++) squares += x[row + i] * x[row + i];
            for (int i = 0; i < count; i++) {
                out[row + i] = x[row + i] / Math.sqrt(squares / count + epsilon) * (weight == null ? 1 : weight[i]);
            }
        }
        return out;
    }

    private static double[] layerNorm(
            double[] x, int count, double @Nullable [] weight, double[] bias, double epsilon) {
        double[] out = new double[x.length];
        for (int row = 0; row < x.length; row += count) {
            double mean = 0;
            double variance = 0;
            for (int i = 0; i < count; i++) mean += x[row + i] / count;
            for (int i = 0; i < count; i++) variance += (x[row + i] - mean) * (x[row + i] - mean) / count;
            for (int i = 0; i < count; i++) {
                double normed = (x[row + i] - mean) / Math.sqrt(variance + epsilon);
                out[row + i] = normed * (weight == null ? 1 : weight[i]) + bias[i];
            }
        }
        return out;
    }

    @Test
    void rmsNorm() {
        Random random = new Random(1);
        int count = 7;
        double[] x = normal(3 * count, random);
        double[] d = normal(3 * count, random);
        double[] w = normal(count, random);
        double epsilon = 0.25f;
        for (boolean weighted : new boolean[] {true, false}) {
            double[] weight = weighted ? w : null;
            Floats dx = zeros(x.length);
            Floats dw = zeros(count);
            SCALAR.rmsNormBackward(
                    floats(x),
                    0,
                    3,
                    count,
                    weighted ? floats(w) : null,
                    (float) epsilon,
                    floats(d),
                    0,
                    dx,
                    0,
                    weighted ? dw : null,
                    0);
            check("dx", dx, x, v -> dot(d, rmsNorm(v, count, weight, epsilon)));
            if (weighted) check("dw", dw, w, v -> dot(d, rmsNorm(x, count, v, epsilon)));
        }
    }

    @Test
    void layerNorm() {
        Random random = new Random(2);
        int count = 9;
        double[] x = normal(2 * count, random);
        double[] d = normal(2 * count, random);
        double[] w = normal(count, random);
        double[] b = normal(count, random);
        double epsilon = 0.125f;
        for (boolean weighted : new boolean[] {true, false}) {
            double[] weight = weighted ? w : null;
            Floats dx = zeros(x.length);
            Floats dw = zeros(count);
            Floats db = zeros(count);
            SCALAR.layerNormBackward(
                    floats(x),
                    0,
                    2,
                    count,
                    weighted ? floats(w) : null,
                    (float) epsilon,
                    floats(d),
                    0,
                    dx,
                    0,
                    weighted ? dw : null,
                    db,
                    0);
            check("dx", dx, x, v -> dot(d, layerNorm(v, count, weight, b, epsilon)));
            check("db", db, b, v -> dot(d, layerNorm(x, count, weight, v, epsilon)));
            if (weighted) check("dw", dw, w, v -> dot(d, layerNorm(x, count, v, b, epsilon)));
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double apply(Activation f, double x) {
        return switch (f) {
            case SILU -> x * sigmoid(x);
            case GELU -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3))));
            case GELU_ERF -> x * (0.5 + area(x));
            case GELU_QUICK -> x * sigmoid(1.702 * x);
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.pow(Math.max(x, 0), 2);
            case SIGMOID -> sigmoid(x);
            case TANH -> Math.tanh(x);
            case SOFTPLUS -> Math.log1p(Math.exp(x));
            case SWIGLU_CLAMPED -> throw new IllegalArgumentException();
        };
    }

    /** The normal density from 0 to x, by Simpson's rule. */
    private static double area(double x) {
        int steps = 400;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double t = x * i / steps;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-t * t / 2);
        }
        return sum * x / steps / 3 / Math.sqrt(2 * Math.PI);
    }

    private static double gate(Activation f, double g, double u) {
        if (f != Activation.SWIGLU_CLAMPED) return apply(f, g) * u;
        return apply(Activation.GELU_QUICK, Math.min(g, 7)) * (Math.clamp(u, -7, 7) + 1);
    }

    @Test
    void activations() {
        Random random = new Random(3);
        double[] x = normal(40, random);
        double[] d = normal(40, random);
        for (int i = 0; i < 40; i++) x[i] = (float) (3 * x[i]);
        for (Activation f : Activation.values()) {
            if (f == Activation.SWIGLU_CLAMPED) continue;
            Floats dx = floats(d);
            SCALAR.activateBackward(f, floats(x), 0, dx, 0, dx, 0, x.length);
            check(f.toString(), dx, x, v -> {
                double sum = 0;
                for (int i = 0; i < v.length; i++) sum += d[i] * apply(f, v[i]);
                return sum;
            });
        }
    }

    @Test
    void gates() {
        Random random = new Random(4);
        double[] g = normal(60, random);
        double[] u = normal(60, random);
        double[] d = normal(60, random);
        // Beyond the limits of the clamped one too.
        for (int i = 0; i < 60; i++) g[i] = (float) (4 * g[i]);
        for (int i = 0; i < 60; i++) u[i] = (float) (4 * u[i]);
        for (Activation f : Activation.values()) {
            Floats dg = floats(g);
            Floats du = floats(u);
            SCALAR.gateBackward(f, dg, 0, du, 0, floats(d), 0, dg, 0, du, 0, g.length);
            check(f + " gate", dg, g, v -> {
                double sum = 0;
                for (int i = 0; i < v.length; i++) sum += d[i] * gate(f, v[i], u[i]);
                return sum;
            });
            check(f + " up", du, u, v -> {
                double sum = 0;
                for (int i = 0; i < v.length; i++) sum += d[i] * gate(f, g[i], v[i]);
                return sum;
            });
        }
    }

    private static double[] softmax(double[] x, double scale) {
        double sum = 0;
        double[] p = new double[x.length];
        for (double v : x) sum += Math.exp(scale * v);
        for (int i = 0; i < p.length; i++) p[i] = Math.exp(scale * x[i]) / sum;
        return p;
    }

    @Test
    void softmaxAndSoftcap() {
        Random random = new Random(5);
        double[] x = normal(21, random);
        double[] d = normal(21, random);
        Floats dx = floats(d);
        SCALAR.softmaxBackward(floats(softmax(x, 0.5)), 0, dx, 0, x.length, 0.5f);
        check("softmax", dx, x, v -> dot(d, softmax(v, 0.5)));
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) y[i] = 1.5 * Math.tanh(x[i] / 1.5);
        Floats capped = floats(d);
        SCALAR.softcapBackward(floats(y), 0, capped, 0, x.length, 1.5f);
        check("softcap", capped, x, v -> {
            double sum = 0;
            for (int i = 0; i < v.length; i++) sum += d[i] * 1.5 * Math.tanh(v[i] / 1.5);
            return sum;
        });
    }

    @Test
    void crossEntropy() {
        double[] x = normal(31, new Random(6));
        for (int i = 0; i < x.length; i++) x[i] = (float) (4 * x[i]);
        ToDoubleFunction<double[]> loss = v -> -Math.log(softmax(v, 1)[11]);
        Floats logits = floats(x);
        assertThat(SCALAR.crossEntropy(logits, 0, 31, 11)).isCloseTo(loss.applyAsDouble(x), within(1e-9));
        assertThat(logits.toArray()).isEqualTo(floats(x).toArray());
        assertThat(SCALAR.crossEntropy(logits, 0, 31, 11, 0.5f)).isCloseTo(loss.applyAsDouble(x), within(1e-9));
        check("logits", logits, x, v -> 0.5 * loss.applyAsDouble(v));
        // Numbers whose exponentials no double holds.
        Floats large = floats(new double[] {5000, 4999, -5000});
        assertThat(SCALAR.crossEntropy(large, 0, 3, 1)).isCloseTo(1 + Math.log1p(Math.exp(-1)), within(1e-9));
        assertThatThrownBy(() -> SCALAR.crossEntropy(large, 0, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** Ten steps of the algorithm as the paper has it, one parameter at a time in doubles. */
    @Test
    void adamW() {
        Random random = new Random(8);
        int count = 37;
        double[] w = normal(count, random);
        double[] m = new double[count];
        double[] v = new double[count];
        Floats value = floats(w);
        Floats first = zeros(count);
        Floats second = zeros(count);
        float rate = 0.01f;
        float beta1 = 0.9f;
        float beta2 = 0.95f;
        float decay = 0.1f;
        for (int step = 1; step <= 10; step++) {
            double[] g = normal(count, random);
            double c1 = 1 - Math.pow(beta1, step);
            double c2 = 1 - Math.pow(beta2, step);
            for (int i = 0; i < count; i++) {
                double gradient = 0.25 * g[i];
                m[i] = beta1 * m[i] + (1.0 - beta1) * gradient;
                v[i] = beta2 * v[i] + (1.0 - beta2) * gradient * gradient;
                w[i] -= rate * (m[i] / c1 / (Math.sqrt(v[i] / c2) + 1e-8) + decay * w[i]);
            }
            SCALAR.adamW(
                    value,
                    floats(g),
                    first,
                    second,
                    0,
                    count,
                    rate,
                    beta1,
                    beta2,
                    1e-8f,
                    decay,
                    (float) c1,
                    (float) c2,
                    0.25f);
            for (int i = 0; i < count; i++) {
                assertThat((double) value.get(i)).as("step %d, %d", step, i).isCloseTo(w[i], within(2e-6));
                assertThat((double) first.get(i)).isCloseTo(m[i], within(1e-6));
                assertThat((double) second.get(i)).isCloseTo(v[i], within(1e-6));
            }
        }
        assertThat(SCALAR.squaredSum(value, 1, count - 1)).isCloseTo(dot(w, w) - w[0] * w[0], within(1e-4));
    }

    private static Floats random(int count, Random random) {
        return RandomMatrix.floats(count, random);
    }

    private static Floats copy(Floats x) {
        return Floats.copyOf(Arena.ofAuto(), x.toArray());
    }

    private static void close(String what, Floats actual, Floats expected, double error) {
        for (int i = 0; i < expected.length(); i++) {
            assertThat(actual.get(i))
                    .as("%s %d of %d", what, i, expected.length())
                    .isCloseTo(expected.get(i), within((float) (error * Math.max(1, Math.abs(expected.get(i))))));
        }
    }

    /** Each result of both implementations; what is beside it stays. */
    @Property(tries = 200)
    void vectorsMatchTheReference(@ForAll long seed, @ForAll @IntRange(min = 1, max = 150) int count) {
        Gradients vector = new VectorGradients();
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(3);
        int from = random.nextInt(20);
        int all = from + rows * count + 20;
        Floats x = random(all, random);
        Floats d = random(all, random);
        Floats start = random(all, random);
        Floats w = random.nextBoolean() ? random(count, random) : null;
        boolean sums = random.nextBoolean();
        Floats[][] out = new Floats[2][];
        double[][] numbers = new double[2][];
        for (int i = 0; i < 2; i++) {
            Gradients g = i == 0 ? SCALAR : vector;
            Floats rms = copy(start);
            Floats layer = copy(start);
            Floats dw = copy(start);
            Floats dw2 = copy(start);
            Floats db2 = copy(start);
            g.rmsNormBackward(x, from, rows, count, w, 1e-3f, d, from, rms, from, sums ? dw : null, from);
            g.layerNormBackward(
                    x, from, rows, count, w, 0.1f, d, from, layer, from, sums ? dw2 : null, sums ? db2 : null, from);
            Floats capped = copy(d);
            g.softcapBackward(x, from, capped, from, count, 5);
            Floats p = copy(x);
            new ScalarKernels(null).softmax(p, from, count);
            Floats soft = copy(d);
            g.softmaxBackward(p, from, soft, from, count, 0.3f);
            Floats logits = copy(x);
            int target = count / 2;
            double loss = g.crossEntropy(logits, from, count, target);
            double same = g.crossEntropy(logits, from, count, target, 0.7f);
            numbers[i] = new double[] {loss, same, g.squaredSum(x, from, rows * count)};
            Floats value = copy(x);
            Floats m = copy(start);
            Floats v = copy(start);
            for (int j = 0; j < all; j++) v.set(j, Math.abs(v.get(j)));
            g.adamW(value, d, m, v, from, count, 0.01f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.4f, 0.2f, 0.5f);
            out[i] = new Floats[] {rms, layer, dw, dw2, db2, capped, soft, logits, value, m, v};
        }
        for (int i = 0; i < out[0].length; i++) close("result " + i, out[1][i], out[0][i], 2e-5);
        for (int i = 0; i < numbers[0].length; i++) {
            assertThat(numbers[1][i]).isCloseTo(numbers[0][i], within(1e-5 * Math.max(1, numbers[0][i])));
        }
    }

    @Property(tries = 100)
    void vectorActivationsMatchTheReference(@ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int count) {
        Gradients vector = new VectorGradients();
        Random random = new Random(seed);
        int from = random.nextInt(20);
        Floats x = random(from + count + 20, random);
        Floats u = random(from + count + 20, random);
        Floats d = random(from + count + 20, random);
        float size = random.nextInt(4) == 0 ? 60 : 3;
        for (int i = 0; i < x.length(); i++) {
            x.set(i, x.get(i) * size);
            u.set(i, u.get(i) * 4);
        }
        for (Activation f : Activation.values()) {
            Floats[] gates = {copy(x), copy(x)};
            Floats[] ups = {copy(u), copy(u)};
            Floats[] slopes = {copy(d), copy(d)};
            for (int i = 0; i < 2; i++) {
                Gradients g = i == 0 ? SCALAR : vector;
                g.gateBackward(f, gates[i], from, ups[i], from, d, from, gates[i], from, ups[i], from, count);
                if (f != Activation.SWIGLU_CLAMPED) {
                    g.activateBackward(f, x, from, slopes[i], from, slopes[i], from, count);
                }
            }
            close(f + " gate", gates[1], gates[0], 2e-5);
            close(f + " up", ups[1], ups[0], 2e-5);
            close(f + " slope", slopes[1], slopes[0], 2e-5);
        }
    }

    /** An optimizer's step may be cut anywhere, and interpreted code agrees with compiled code. */
    @Test
    void bitsDependNeitherOnTheCutNorOnTheCompiler() {
        Gradients vector = new VectorGradients();
        Random random = new Random(11);
        int count = 1000;
        Floats g = random(count, random);
        Floats x = random(count, random);
        Floats[] first = null;
        for (int turn = 0; turn < 3000; turn++) {
            Floats[] state = {copy(x), zeros(count), zeros(count)};
            int cut = turn % count;
            vector.adamW(state[0], g, state[1], state[2], 0, cut, 0.01f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.1f, 0.01f, 0.5f);
            vector.adamW(
                    state[0],
                    g,
                    state[1],
                    state[2],
                    cut,
                    count - cut,
                    0.01f,
                    0.9f,
                    0.99f,
                    1e-8f,
                    0.1f,
                    0.1f,
                    0.01f,
                    0.5f);
            Floats logits = copy(x);
            Floats dx = zeros(count);
            vector.crossEntropy(logits, 0, count, 7, 0.3f);
            vector.rmsNormBackward(x, 0, 1, count, g, 1e-5f, g, 0, dx, 0, null, 0);
            vector.activateBackward(Activation.SILU, x, 0, dx, 0, dx, 0, count);
            Floats[] all = {state[0], state[1], state[2], logits, dx};
            if (first == null) first = all;
            for (int i = 0; i < all.length; i++) {
                assertThat(all[i].toArray()).as("turn %d, %d", turn, i).isEqualTo(first[i].toArray());
            }
        }
    }
}

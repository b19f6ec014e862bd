package dev.dalang.engine.arch;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Weights drawn at random, and the mixers' formulas written out in double precision, one token after another. */
final class NaiveMixers {

    private final Random random;

    NaiveMixers(long seed) {
        random = new Random(seed);
    }

    int between(int min, int max) {
        return min + random.nextInt(max - min + 1);
    }

    /** A matrix in both forms. */
    final class Map {
        final float[][] rows;
        final Linear linear;
        final Matrix matrix;

        Map(int inputs, int outputs) {
            rows = new float[outputs][inputs];
            MemorySegment data = Arena.ofAuto().allocate(4L * inputs * outputs, 64);
            for (int r = 0; r < outputs; r++) {
                for (int c = 0; c < inputs; c++) {
                    rows[r][c] = (float) (random.nextGaussian() / Math.sqrt(inputs));
                    data.set(ValueLayout.JAVA_FLOAT, 4L * (r * inputs + c), rows[r][c]);
                }
            }
            matrix = new Matrix(BlockType.F32, outputs, inputs, data);
            linear = new Linear(new Linear.Place("test", 0, 0), matrix, null);
        }

        double[] times(double[] x) {
            double[] y = new double[rows.length];
            for (int r = 0; r < y.length; r++) for (int c = 0; c < x.length; c++) y[r] += rows[r][c] * x[c];
            return y;
        }
    }

    Map map(int inputs, int outputs) {
        return new Map(inputs, outputs);
    }

    float[] numbers(int count, double mean, double deviation) {
        float[] a = new float[count];
        for (int i = 0; i < count; i++) a[i] = (float) (mean + deviation * random.nextGaussian());
        return a;
    }

    /** Decay rates, all negative. */
    float[] decays(int count) {
        float[] a = new float[count];
        for (int i = 0; i < count; i++) a[i] = -(0.1f + random.nextFloat());
        return a;
    }

    static Floats floats(float[] a) {
        return Floats.copyOf(Arena.ofAuto(), a);
    }

    static double silu(double x) {
        return x * sigmoid(x);
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static double softplus(double x) {
        return Math.log1p(Math.exp(x));
    }

    static double[] part(double[] x, int from, int count) {
        double[] y = new double[count];
        System.arraycopy(x, from, y, 0, count);
        return y;
    }

    /** Groups of {@code size} by root mean square; the weights repeat when there are fewer than elements. */
    static double[] rms(double[] x, int size, float[] weight, double epsilon) {
        double[] y = new double[x.length];
        for (int g = 0; g < x.length; g += size) {
            double squares = 0;
            for (int i = 0; i < size; i++) squares += x[g + i] * x[g + i];
            for (int i = 0; i < size; i++) {
                y[g + i] = x[g + i] / Math.sqrt(squares / size + epsilon) * weight[(g + i) % weight.length];
            }
        }
        return y;
    }

    /** Groups of {@code size} of length 1. */
    static double[] unit(double[] x, int size) {
        double[] y = new double[x.length];
        for (int g = 0; g < x.length; g += size) {
            double squares = 0;
            for (int i = 0; i < size; i++) squares += x[g + i] * x[g + i];
            for (int i = 0; i < size; i++) y[g + i] = x[g + i] / Math.sqrt(squares);
        }
        return y;
    }

    /** A depthwise convolution over the past; {@code w} is {@code [channels][kernel]}. */
    static double[][] convolve(double[][] x, float[] w, int kernel, float[] bias, boolean silu) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = new double[x[t].length];
            for (int c = 0; c < y[t].length; c++) {
                double sum = bias == null ? 0 : bias[c];
                for (int j = 0; j < kernel; j++) {
                    int at = t - kernel + 1 + j;
                    if (at >= 0) sum += w[c * kernel + j] * x[at][c];
                }
                y[t][c] = silu ? silu(sum) : sum;
            }
        }
        return y;
    }

    /** The gated delta rule for one head, with a decay for each element of a key. */
    static double[][] delta(double[][] q, double[][] k, double[][] v, double[][] decay, double[] beta) {
        int n = v[0].length;
        int d = k[0].length;
        double[][] s = new double[n][d];
        double[][] out = new double[q.length][n];
        for (int t = 0; t < q.length; t++) {
            for (int r = 0; r < n; r++) {
                double recalled = 0;
                for (int i = 0; i < d; i++) {
                    s[r][i] *= decay[t][i];
                    recalled += s[r][i] * k[t][i];
                }
                for (int i = 0; i < d; i++) {
                    s[r][i] += beta[t] * (v[t][r] - recalled) * k[t][i];
                    out[t][r] += s[r][i] * q[t][i] / Math.sqrt(d);
                }
            }
        }
        return out;
    }
}

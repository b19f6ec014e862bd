package dev.dalang.engine.arch;

import static dev.dalang.engine.arch.NaiveMixers.floats;
import static dev.dalang.engine.arch.NaiveMixers.part;
import static dev.dalang.engine.arch.NaiveMixers.rms;
import static dev.dalang.engine.arch.NaiveMixers.sigmoid;
import static dev.dalang.engine.arch.NaiveMixers.silu;
import static dev.dalang.engine.arch.NaiveMixers.softplus;
import static dev.dalang.engine.arch.NaiveMixers.unit;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import java.util.List;
import java.util.function.UnaryOperator;

/** Every recurrent mixer at a random small shape, beside its formula in double precision. */
record MixerCases(String name, int width, Sublayer mixer, UnaryOperator<double[][]> naive) {

    private static final float EPSILON = 1e-6f;

    static List<MixerCases> all(long seed) {
        return List.of(
                mamba2(seed),
                mamba(seed),
                deltaNet(seed, true),
                deltaNet(seed, false),
                kimi(seed),
                shortened(seed),
                latent(seed, true),
                latent(seed, false));
    }

    @Override
    public String toString() {
        return name;
    }

    private static LayerMemory.Recurrent state(long floats) {
        return new LayerMemory.Recurrent((int) floats);
    }

    static MixerCases mamba2(long seed) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(3, 20);
        int groups = n.between(1, 3);
        int heads = groups * n.between(1, 3);
        int dim = n.between(1, 9);
        int size = n.between(1, 37);
        int kernel = n.between(1, 5);
        int inner = heads * dim;
        int convolved = inner + 2 * groups * size;
        NaiveMixers.Map in = n.map(width, inner + convolved + heads);
        NaiveMixers.Map out = n.map(inner, width);
        float[] w = n.numbers(convolved * kernel, 0, 0.5);
        float[] bias = n.numbers(convolved, 0, 0.2);
        float[] dt = n.numbers(heads, 0, 1);
        float[] a = n.decays(heads);
        float[] skip = n.numbers(heads, 1, 0.3);
        float[] norm = n.numbers(inner, 1, 0.2);
        CausalConvolution convolution =
                new CausalConvolution(convolved, kernel, floats(w), floats(bias), Activation.SILU);
        Mamba2 mixer = new Mamba2(
                0,
                new StateSpaceShape(kernel, inner, size, heads, groups),
                in.linear,
                convolution,
                floats(dt),
                floats(a),
                floats(skip),
                new Norm.GroupedRms(inner / groups, groups, floats(norm), EPSILON),
                out.linear,
                state(convolution.stateFloats() + (long) inner * size));
        return new MixerCases("mamba2", width, mixer, x -> {
            double[][] all = new double[x.length][];
            double[][] raw = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                all[t] = in.times(x[t]);
                raw[t] = part(all[t], inner, convolved);
            }
            double[][] xbc = NaiveMixers.convolve(raw, w, kernel, bias, true);
            double[][] h = new double[inner][size];
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] y = new double[inner];
                for (int c = 0; c < inner; c++) {
                    int head = c / dim;
                    int b = inner + head / (heads / groups) * size;
                    double step = softplus(all[t][inner + convolved + head] + dt[head]);
                    for (int i = 0; i < size; i++) {
                        h[c][i] = Math.exp(step * a[head]) * h[c][i] + step * xbc[t][c] * xbc[t][b + i];
                        y[c] += h[c][i] * xbc[t][b + groups * size + i];
                    }
                    y[c] = (y[c] + skip[head] * xbc[t][c]) * silu(all[t][c]);
                }
                result[t] = out.times(rms(y, inner / groups, norm, EPSILON));
            }
            return result;
        });
    }

    static MixerCases mamba(long seed) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(3, 20);
        int inner = n.between(1, 150);
        int size = n.between(1, 20);
        int rank = n.between(1, 6);
        int kernel = n.between(1, 5);
        NaiveMixers.Map in = n.map(width, 2 * inner);
        NaiveMixers.Map select = n.map(inner, rank + 2 * size);
        NaiveMixers.Map step = n.map(rank, inner);
        NaiveMixers.Map out = n.map(inner, width);
        float[] w = n.numbers(inner * kernel, 0, 0.5);
        float[] bias = n.numbers(inner, 0, 0.2);
        float[] a = n.decays(inner * size);
        float[] skip = n.numbers(inner, 1, 0.3);
        float[] dtNorm = n.numbers(rank, 1, 0.2);
        float[] bNorm = n.numbers(size, 1, 0.2);
        float[] cNorm = n.numbers(size, 1, 0.2);
        CausalConvolution convolution = new CausalConvolution(inner, kernel, floats(w), floats(bias), Activation.SILU);
        Mamba mixer = new Mamba(
                0,
                new StateSpaceShape(kernel, inner, size, rank, 1),
                in.linear,
                convolution,
                select.linear,
                new Norm.Rms(rank, floats(dtNorm), EPSILON),
                new Norm.Rms(size, floats(bNorm), EPSILON),
                new Norm.Rms(size, floats(cNorm), EPSILON),
                step.linear,
                floats(a),
                floats(skip),
                out.linear,
                state(convolution.stateFloats() + (long) inner * size));
        return new MixerCases("mamba", width, mixer, x -> {
            double[][] all = new double[x.length][];
            double[][] raw = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                all[t] = in.times(x[t]);
                raw[t] = part(all[t], 0, inner);
            }
            double[][] u = NaiveMixers.convolve(raw, w, kernel, bias, true);
            double[][] h = new double[inner][size];
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] s = select.times(u[t]);
                double[] dt = step.times(rms(part(s, 0, rank), rank, dtNorm, EPSILON));
                double[] b = rms(part(s, rank, size), size, bNorm, EPSILON);
                double[] c = rms(part(s, rank + size, size), size, cNorm, EPSILON);
                double[] y = new double[inner];
                for (int i = 0; i < inner; i++) {
                    double d = softplus(dt[i]);
                    for (int j = 0; j < size; j++) {
                        h[i][j] = Math.exp(d * a[i * size + j]) * h[i][j] + d * u[t][i] * b[j];
                        y[i] += h[i][j] * c[j];
                    }
                    y[i] = (y[i] + skip[i] * u[t][i]) * silu(all[t][inner + i]);
                }
                result[t] = out.times(y);
            }
            return result;
        });
    }

    static MixerCases deltaNet(long seed, boolean interleaved) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(3, 20);
        int keyHeads = n.between(1, 3);
        int heads = keyHeads * n.between(1, 3);
        int dim = n.between(2, 21);
        int kernel = n.between(1, 5);
        int keys = keyHeads * dim;
        int inner = heads * dim;
        int convolved = 2 * keys + inner;
        NaiveMixers.Map qkv = n.map(width, convolved);
        NaiveMixers.Map z = n.map(width, inner);
        NaiveMixers.Map b = n.map(width, heads);
        NaiveMixers.Map alpha = n.map(width, heads);
        NaiveMixers.Map out = n.map(inner, width);
        float[] w = n.numbers(convolved * kernel, 0, 0.5);
        float[] bias = n.numbers(heads, 0, 1);
        float[] a = n.decays(heads);
        float[] norm = n.numbers(dim, 1, 0.2);
        CausalConvolution convolution = new CausalConvolution(convolved, kernel, floats(w), null, Activation.SILU);
        GatedDeltaNet mixer = new GatedDeltaNet(
                0,
                keyHeads,
                heads,
                dim,
                interleaved,
                new GatedDeltaNet.Projection(qkv.linear, z.linear, b.linear, alpha.linear),
                convolution,
                floats(bias),
                floats(a),
                new Norm.Rms(dim, floats(norm), EPSILON),
                out.linear,
                state(convolution.stateFloats() + (long) inner * dim));
        return new MixerCases(interleaved ? "delta net, interleaved" : "delta net, in turn", width, mixer, x -> {
            double[][] raw = new double[x.length][];
            for (int t = 0; t < x.length; t++) raw[t] = qkv.times(x[t]);
            double[][] u = NaiveMixers.convolve(raw, w, kernel, null, true);
            double[][] mixed = new double[x.length][inner];
            for (int head = 0; head < heads; head++) {
                int from = (interleaved ? head / (heads / keyHeads) : head % keyHeads) * dim;
                double[][] q = new double[x.length][];
                double[][] k = new double[x.length][];
                double[][] v = new double[x.length][];
                double[][] decay = new double[x.length][dim];
                double[] beta = new double[x.length];
                for (int t = 0; t < x.length; t++) {
                    q[t] = unit(part(u[t], from, dim), dim);
                    k[t] = unit(part(u[t], keys + from, dim), dim);
                    v[t] = part(u[t], 2 * keys + head * dim, dim);
                    double g = a[head] * softplus(alpha.times(x[t])[head] + bias[head]);
                    java.util.Arrays.fill(decay[t], Math.exp(g));
                    beta[t] = sigmoid(b.times(x[t])[head]);
                }
                double[][] o = NaiveMixers.delta(q, k, v, decay, beta);
                for (int t = 0; t < x.length; t++) System.arraycopy(o[t], 0, mixed[t], head * dim, dim);
            }
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] y = rms(mixed[t], dim, norm, EPSILON);
                double[] gate = z.times(x[t]);
                for (int i = 0; i < inner; i++) y[i] *= silu(gate[i]);
                result[t] = out.times(y);
            }
            return result;
        });
    }

    static MixerCases kimi(long seed) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(3, 20);
        int heads = n.between(1, 3);
        int dim = n.between(2, 21);
        int kernel = n.between(1, 5);
        int inner = heads * dim;
        NaiveMixers.Map[] qkv = {n.map(width, inner), n.map(width, inner), n.map(width, inner)};
        float[][] w = new float[3][];
        CausalConvolution[] convolutions = new CausalConvolution[3];
        for (int i = 0; i < 3; i++) {
            w[i] = n.numbers(inner * kernel, 0, 0.5);
            convolutions[i] = new CausalConvolution(inner, kernel, floats(w[i]), null, Activation.SILU);
        }
        NaiveMixers.Map forgetLow = n.map(width, dim);
        NaiveMixers.Map forget = n.map(dim, inner);
        NaiveMixers.Map beta = n.map(width, heads);
        NaiveMixers.Map gateLow = n.map(width, dim);
        NaiveMixers.Map gate = n.map(dim, inner);
        NaiveMixers.Map out = n.map(inner, width);
        float[] bias = n.numbers(inner, 0, 1);
        float[] a = n.decays(heads);
        float[] norm = n.numbers(dim, 1, 0.2);
        KimiDeltaAttention mixer = new KimiDeltaAttention(
                0,
                heads,
                dim,
                qkv[0].linear,
                qkv[1].linear,
                qkv[2].linear,
                convolutions[0],
                convolutions[1],
                convolutions[2],
                forgetLow.linear,
                forget.linear,
                floats(bias),
                floats(a),
                beta.linear,
                gateLow.linear,
                gate.linear,
                new Norm.Rms(dim, floats(norm), EPSILON),
                out.linear,
                state(3L * convolutions[0].stateFloats() + (long) inner * dim));
        return new MixerCases("kimi delta attention", width, mixer, x -> {
            double[][][] u = new double[3][][];
            for (int i = 0; i < 3; i++) {
                double[][] raw = new double[x.length][];
                for (int t = 0; t < x.length; t++) raw[t] = qkv[i].times(x[t]);
                u[i] = NaiveMixers.convolve(raw, w[i], kernel, null, true);
            }
            double[][] mixed = new double[x.length][inner];
            for (int head = 0; head < heads; head++) {
                double[][] q = new double[x.length][];
                double[][] k = new double[x.length][];
                double[][] v = new double[x.length][];
                double[][] decay = new double[x.length][dim];
                double[] strength = new double[x.length];
                for (int t = 0; t < x.length; t++) {
                    q[t] = unit(part(u[0][t], head * dim, dim), dim);
                    k[t] = unit(part(u[1][t], head * dim, dim), dim);
                    v[t] = part(u[2][t], head * dim, dim);
                    double[] f = forget.times(forgetLow.times(x[t]));
                    for (int i = 0; i < dim; i++) {
                        decay[t][i] = Math.exp(a[head] * softplus(f[head * dim + i] + bias[head * dim + i]));
                    }
                    strength[t] = sigmoid(beta.times(x[t])[head]);
                }
                double[][] o = NaiveMixers.delta(q, k, v, decay, strength);
                for (int t = 0; t < x.length; t++) System.arraycopy(o[t], 0, mixed[t], head * dim, dim);
            }
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] y = rms(mixed[t], dim, norm, EPSILON);
                double[] open = gate.times(gateLow.times(x[t]));
                for (int i = 0; i < inner; i++) y[i] *= sigmoid(open[i]);
                result[t] = out.times(y);
            }
            return result;
        });
    }

    static MixerCases shortened(long seed) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(1, 40);
        int kernel = n.between(1, 5);
        NaiveMixers.Map in = n.map(width, 3 * width);
        NaiveMixers.Map out = n.map(width, width);
        float[] w = n.numbers(width * kernel, 0, 0.5);
        ShortConvolution mixer = new ShortConvolution(
                0, in.linear, new CausalConvolution(width, kernel, floats(w), null, null), out.linear);
        return new MixerCases("short convolution", width, mixer, x -> {
            double[][] bx = new double[x.length][width];
            double[][] c = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] all = in.times(x[t]);
                c[t] = part(all, width, width);
                for (int i = 0; i < width; i++) bx[t][i] = all[i] * all[2 * width + i];
            }
            double[][] y = NaiveMixers.convolve(bx, w, kernel, null, false);
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                for (int i = 0; i < width; i++) y[t][i] *= c[t][i];
                result[t] = out.times(y[t]);
            }
            return result;
        });
    }

    /** Without rotation; as keys and values of the heads, whichever way the layer itself goes. */
    static MixerCases latent(long seed, boolean absorbed) {
        NaiveMixers n = new NaiveMixers(seed);
        int width = n.between(3, 20);
        int heads = n.between(1, 4);
        int plain = n.between(1, 9);
        int rotated = 2 * n.between(1, 4);
        int rank = n.between(1, 20);
        int dim = n.between(1, 9);
        NaiveMixers.Map query = n.map(width, heads * (plain + rotated));
        NaiveMixers.Map latent = n.map(width, rank + rotated);
        NaiveMixers.Map out = n.map(heads * dim, width);
        float[] norm = n.numbers(rank, 1, 0.2);
        NaiveMixers.Map together = n.map(rank, heads * (plain + dim));
        NaiveMixers.Map[] keys = new NaiveMixers.Map[heads];
        NaiveMixers.Map[] values = new NaiveMixers.Map[heads];
        for (int h = 0; h < heads; h++) {
            keys[h] = n.map(plain, rank);
            values[h] = n.map(rank, dim);
        }
        LatentAttention.Expansion expansion = absorbed
                ? new LatentAttention.Expansion.Absorbed(
                        java.util.Arrays.stream(keys)
                                .map(k -> k.matrix)
                                .toArray(dev.dalang.engine.kernel.Matrix[]::new),
                        java.util.Arrays.stream(values)
                                .map(v -> v.matrix)
                                .toArray(dev.dalang.engine.kernel.Matrix[]::new))
                : new LatentAttention.Expansion.Together(together.linear);
        float scale = (float) (1 / Math.sqrt(plain + rotated));
        LatentAttention mixer = new LatentAttention(
                0,
                heads,
                plain,
                rotated,
                rank,
                dim,
                scale,
                new LatentAttention.Query(null, null, query.linear),
                latent.linear,
                new Norm.Rms(rank, floats(norm), EPSILON),
                expansion,
                null,
                null,
                out.linear);
        return new MixerCases(absorbed ? "latent attention, absorbed" : "latent attention", width, mixer, x -> {
            double[][] result = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] q = query.times(x[t]);
                double[] mixed = new double[heads * dim];
                for (int h = 0; h < heads; h++) {
                    double total = 0;
                    for (int p = 0; p <= t; p++) {
                        double[] both = latent.times(x[p]);
                        double[] c = rms(part(both, 0, rank), rank, norm, EPSILON);
                        double[] all = together.times(c);
                        double[] v = absorbed ? values[h].times(c) : part(all, h * (plain + dim) + plain, dim);
                        double score = 0;
                        for (int i = 0; i < plain; i++) {
                            double k = all[h * (plain + dim) + i];
                            if (absorbed) {
                                k = 0;
                                for (int r = 0; r < rank; r++) k += keys[h].rows[r][i] * c[r];
                            }
                            score += q[h * (plain + rotated) + i] * k;
                        }
                        for (int i = 0; i < rotated; i++) {
                            score += q[h * (plain + rotated) + plain + i] * both[rank + i];
                        }
                        double weight = Math.exp(score * scale);
                        total += weight;
                        for (int i = 0; i < dim; i++) mixed[h * dim + i] += weight * v[i];
                    }
                    for (int i = 0; i < dim; i++) mixed[h * dim + i] /= total;
                }
                result[t] = out.times(mixed);
            }
            return result;
        });
    }
}

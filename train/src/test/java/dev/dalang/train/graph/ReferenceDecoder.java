package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Activation;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A decoder's forward pass in 64-bit floats, document by document, in plain loops of its own: what gradients are
 * compared with by central differences. Written from the papers' formulas, not from the operators that it checks.
 */
final class ReferenceDecoder {

    private final TinyForm f;
    private final Map<String, double[]> w = new LinkedHashMap<>();

    ReferenceDecoder(TinyForm form) {
        f = form;
        form.weights.forEach((name, values) -> {
            double[] wide = new double[values.length];
            for (int i = 0; i < values.length; i++) wide[i] = values[i];
            w.put(name, wide);
        });
    }

    /** A tensor, to be changed for differences. */
    double[] tensor(String name) {
        return w.computeIfAbsent(name, n -> {
            throw new IllegalArgumentException("no tensor " + n);
        });
    }

    Map<String, double[]> tensors() {
        return w;
    }

    /** Gives a tied model an output matrix of its own. */
    void untie() {
        w.putIfAbsent("output.weight", w.get("token_embd.weight").clone());
    }

    /** Adds {@code scale·B·A} to a matrix: what an adapter means. */
    void merge(String name, double[] a, double[] b, int rank, double scale) {
        double[] m = tensor(name);
        int inputs = a.length / rank;
        for (int o = 0; o < b.length / rank; o++) {
            for (int i = 0; i < inputs; i++) {
                for (int r = 0; r < rank; r++) m[o * inputs + i] += scale * b[o * rank + r] * a[r * inputs + i];
            }
        }
    }

    /** The sum of the cross-entropies of a batch's targets, each token's times its factor. */
    double loss(Batch batch, double[] factors) {
        double sum = 0;
        for (int first = 0; first < batch.count(); ) {
            int end = first + 1;
            while (end < batch.count() && batch.starts()[end] == batch.starts()[first]) end++;
            double[][] logits = logits(Arrays.copyOfRange(batch.tokens(), first, end));
            for (int t = first; t < end; t++) {
                int target = batch.targets()[t];
                if (target == Batch.IGNORED) continue;
                double[] row = logits[t - first];
                double largest = Arrays.stream(row).max().orElseThrow();
                double total = 0;
                for (double l : row) total += Math.exp(l - largest);
                sum += factors[t] * (Math.log(total) + largest - row[target]);
            }
            first = end;
        }
        return sum;
    }

    double loss(Batch batch) {
        double[] ones = new double[batch.count()];
        Arrays.fill(ones, 1);
        return loss(batch, ones);
    }

    double[][] logits(int[] ids) {
        int n = ids.length;
        int width = TinyForm.WIDTH;
        double[][] x = new double[n][width];
        for (int t = 0; t < n; t++) {
            for (int c = 0; c < width; c++) {
                x[t][c] = w.get("token_embd.weight")[ids[t] * width + c] * f.embeddingScale;
                if (f.positions) x[t][c] += w.get("position_embd.weight")[t * width + c];
            }
        }
        for (int layer = 0; layer < TinyForm.LAYERS; layer++) x = layer(x, layer);
        x = norm(x, "output_norm");
        double[][] logits = linear(x, w.containsKey("output.weight") ? "output" : "token_embd");
        for (double[] row : logits) {
            for (int i = 0; i < row.length; i++) {
                row[i] *= f.logitScale;
                if (f.logitCap != 0) row[i] = f.logitCap * Math.tanh(row[i] / f.logitCap);
            }
        }
        return logits;
    }

    private double[][] layer(double[][] x, int layer) {
        String blk = "blk." + layer + ".";
        boolean before = f.norms != TinyForm.Norms.AFTER;
        boolean after = f.norms != TinyForm.Norms.BEFORE;
        double[][] in = before ? norm(x, blk + "attn_norm") : x;
        double[][] mixed = attention(in, layer);
        if (f.parallel) {
            double[][] second = f.ownFeedForwardNorm ? norm(x, blk + "ffn_norm") : in;
            return plus(plus(x, mixed), feedForward(second, blk));
        }
        if (after) mixed = norm(mixed, blk + "post_attention_norm");
        double[][] middle = plus(x, mixed);
        double[][] fed = feedForward(before ? norm(middle, blk + f.feedForwardNormName) : middle, blk);
        if (after) fed = norm(fed, blk + "post_ffw_norm");
        return plus(middle, fed);
    }

    private double[][] plus(double[][] x, double[][] y) {
        double[][] sum = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < sum[t].length; c++) sum[t][c] = x[t][c] + f.residualScale * y[t][c];
        }
        return sum;
    }

    private double[][] linear(double[][] x, String name) {
        double[] m = w.get(name + ".weight");
        double[] b = w.get(name + ".bias");
        int inputs = x[0].length;
        int outputs = m.length / inputs;
        double[][] y = new double[x.length][outputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < outputs; o++) {
                double sum = b == null ? 0 : b[o];
                for (int i = 0; i < inputs; i++) sum += m[o * inputs + i] * x[t][i];
                y[t][o] = sum;
            }
        }
        return y;
    }

    private double[][] norm(double[][] x, String name) {
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            out[t] = x[t].clone();
            norm(out[t], 0, x[t].length, w.get(name + ".weight"), 0, w.get(name + ".bias"));
        }
        return out;
    }

    private void norm(double[] x, int from, int size, double[] weight, int weightFrom, double[] bias) {
        double mean = 0;
        if (f.layerNorm) {
            for (int i = 0; i < size; i++) mean += x[from + i] / size;
        }
        double square = 0;
        for (int i = 0; i < size; i++) square += (x[from + i] - mean) * (x[from + i] - mean) / size;
        double root = Math.sqrt(square + (float) f.epsilon);
        for (int i = 0; i < size; i++) {
            x[from + i] = (x[from + i] - mean) / root;
            if (weight != null) x[from + i] *= weight[weightFrom + i];
            if (bias != null) x[from + i] += bias[i];
        }
    }

    private double[][] attention(double[][] x, int layer) {
        String blk = "blk." + layer + ".";
        int n = x.length;
        int dim = TinyForm.HEAD_DIM;
        int qs = TinyForm.HEADS * dim;
        int ks = TinyForm.KV_HEADS * dim;
        double[][] q;
        double[][] k;
        double[][] v;
        if (f.fused) {
            double[][] all = linear(x, blk + "attn_qkv");
            q = columns(all, 0, qs);
            k = columns(all, qs, ks);
            v = columns(all, qs + ks, ks);
        } else {
            q = linear(x, blk + "attn_q");
            k = linear(x, blk + "attn_k");
            v = linear(x, blk + "attn_v");
        }
        if (f.clamp != 0) {
            for (double[][] m : new double[][][] {q, k, v}) {
                for (double[] row : m) {
                    for (int i = 0; i < row.length; i++) row[i] = Math.clamp(row[i], -f.clamp, f.clamp);
                }
            }
        }
        boolean slides = f.slides(layer);
        position(q, blk + "attn_q_norm", slides);
        position(k, blk + "attn_k_norm", slides);
        double[][] mixed = new double[n][qs];
        for (int h = 0; h < TinyForm.HEADS; h++) {
            int kv = h / (TinyForm.HEADS / TinyForm.KV_HEADS);
            for (int i = 0; i < n; i++) {
                int first = slides ? Math.max(0, i - f.window + 1) : 0;
                double heat = f.temperature == 0
                        ? 1
                        : 1 + f.temperature * Math.log(1 + Math.floor((double) i / f.temperatureLength));
                double[] p = new double[i + 1];
                double total = 0;
                for (int j = first; j <= i; j++) {
                    double score = 0;
                    for (int c = 0; c < dim; c++) score += q[i][h * dim + c] * k[j][kv * dim + c];
                    score *= f.scoreScale * heat;
                    if (f.scoreCap != 0) score = f.scoreCap * Math.tanh(score / f.scoreCap);
                    p[j] = Math.exp(score);
                    total += p[j];
                }
                for (int j = first; j <= i; j++) {
                    for (int c = 0; c < dim; c++) mixed[i][h * dim + c] += p[j] / total * v[j][kv * dim + c];
                }
            }
        }
        return linear(mixed, blk + "attn_output");
    }

    private static double[][] columns(double[][] x, int from, int count) {
        double[][] part = new double[x.length][];
        for (int t = 0; t < x.length; t++) part[t] = Arrays.copyOfRange(x[t], from, from + count);
        return part;
    }

    private void position(double[][] x, String name, boolean slides) {
        if (!f.normAfterRotation) headNorms(x, name);
        rotate(x, slides);
        if (f.normAfterRotation) headNorms(x, name);
    }

    private void headNorms(double[][] x, String name) {
        if (f.headNorms.isEmpty()) return;
        double[] weight = w.get(name + ".weight");
        for (double[] row : x) {
            int size = f.headNorms.equals("wide") ? row.length : TinyForm.HEAD_DIM;
            for (int from = 0; from < row.length; from += size) {
                norm(row, from, size, weight, f.headNorms.equals("per head") ? from : 0, null);
            }
        }
    }

    private void rotate(double[][] x, boolean slides) {
        double base = slides ? f.slidingRopeBase : f.ropeBase;
        for (int t = 0; t < x.length; t++) {
            for (int head = 0; head < x[t].length; head += TinyForm.HEAD_DIM) {
                for (int i = 0; i < f.rotated / 2; i++) {
                    double angle = t * Math.pow(base, -2.0 * i / f.rotated);
                    int first = head + (f.adjacent ? 2 * i : i);
                    int second = first + (f.adjacent ? 1 : f.rotated / 2);
                    double a = x[t][first];
                    double b = x[t][second];
                    x[t][first] = a * Math.cos(angle) - b * Math.sin(angle);
                    x[t][second] = a * Math.sin(angle) + b * Math.cos(angle);
                }
            }
        }
    }

    private double[][] feedForward(double[][] x, String blk) {
        double[][] up = linear(x, blk + "ffn_up");
        double[][] gate = up;
        if (f.fusedGate) {
            gate = columns(up, 0, TinyForm.HIDDEN);
            up = columns(up, TinyForm.HIDDEN, TinyForm.HIDDEN);
        } else if (f.gated) {
            gate = linear(x, blk + "ffn_gate");
        }
        double[][] h = new double[x.length][TinyForm.HIDDEN];
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < TinyForm.HIDDEN; i++) {
                h[t][i] = activate(f.activation, gate[t][i]) * (f.gated ? up[t][i] : 1);
            }
        }
        return linear(h, blk + "ffn_down");
    }

    static double activate(Activation f, double x) {
        return switch (f) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU_SQUARED -> x > 0 ? x * x : 0;
            default -> throw new IllegalArgumentException(f + " is in no tiny model");
        };
    }
}

package dev.dalang.train.loop;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.Network;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;

/**
 * The smallest network worth training: {@code logits = W·tanh(E[token]) + b}, with its derivatives written out.
 */
final class TwoLayers implements Network {

    private final Arena arena = Arena.ofShared();
    private final int vocabulary;
    private final int width;
    private final Parameter embedding;
    private final Parameter output;
    private final Parameter bias;

    TwoLayers(int vocabulary, int width, long seed) {
        this.vocabulary = vocabulary;
        this.width = width;
        Random random = new Random(seed);
        embedding = parameter("embedding", List.of(vocabulary, width), true);
        output = parameter("output", List.of(vocabulary, width), true);
        bias = parameter("bias", List.of(vocabulary), false);
        for (Parameter p : List.of(embedding, output)) {
            for (int i = 0; i < p.count(); i++) p.value().set(i, (float) (0.2 * random.nextGaussian()));
        }
    }

    private Parameter parameter(String name, List<Integer> shape, boolean decays) {
        int count = shape.stream().reduce(1, (a, b) -> a * b);
        return new Parameter(name, shape, Floats.allocate(arena, count), Floats.allocate(arena, count), decays);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(embedding, output, bias);
    }

    @Override
    public double forwardBackward(Batch batch, float scale) {
        return run(batch, scale, true);
    }

    @Override
    public double loss(Batch batch) {
        return run(batch, 0, false);
    }

    private double run(Batch batch, float scale, boolean backward) {
        double sum = 0;
        double[] h = new double[width];
        double[] p = new double[vocabulary];
        double[] dh = new double[width];
        for (int t = 0; t < batch.count(); t++) {
            int target = batch.targets()[t];
            if (target == Batch.IGNORED) continue;
            int in = batch.tokens()[t] * width;
            for (int i = 0; i < width; i++) h[i] = Math.tanh(embedding.value().get(in + i));
            double max = Double.NEGATIVE_INFINITY;
            for (int o = 0; o < vocabulary; o++) {
                p[o] = bias.value().get(o);
                for (int i = 0; i < width; i++) p[o] += output.value().get(o * width + i) * h[i];
                max = Math.max(max, p[o]);
            }
            double total = 0;
            for (int o = 0; o < vocabulary; o++) total += p[o] = Math.exp(p[o] - max);
            sum -= Math.log(p[target] / total);
            if (!backward) continue;
            java.util.Arrays.fill(dh, 0);
            for (int o = 0; o < vocabulary; o++) {
                double d = scale * (p[o] / total - (o == target ? 1 : 0));
                add(bias, o, d);
                for (int i = 0; i < width; i++) {
                    dh[i] += d * output.value().get(o * width + i);
                    add(output, o * width + i, d * h[i]);
                }
            }
            for (int i = 0; i < width; i++) add(embedding, in + i, dh[i] * (1 - h[i] * h[i]));
        }
        return sum;
    }

    private static void add(Parameter p, int i, double d) {
        p.gradient().set(i, (float) (p.gradient().get(i) + d));
    }

    /** All numbers that learn, one after the other. */
    float[] weights() {
        float[] all = new float[embedding.count() + output.count() + bias.count()];
        int at = 0;
        for (Parameter p : parameters()) {
            p.value().get(0, all, at, p.count());
            at += p.count();
        }
        return all;
    }

    @Override
    public void close() {
        arena.close();
    }
}

package dev.dalang.train.graph;

import dev.dalang.engine.arch.Norm;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Tensors.Vector;
import org.jspecify.annotations.Nullable;

/** A normalisation over groups of {@code size} elements, by root mean square or by mean and variance. */
final class NormNode {

    private final int size;
    /** After how many groups the weights repeat: heads with weights of their own, else 1. */
    private final int cycle;
    private final boolean centred;
    private final float epsilon;
    private final @Nullable Vector weight;
    private final @Nullable Vector bias;

    NormNode(Norm norm, Tensors tensors) {
        size = norm.size();
        switch (norm) {
            case Norm.Rms n -> {
                centred = false;
                cycle = 1;
                epsilon = n.epsilon();
                weight = tensors.vector(n.weight());
                bias = tensors.vector(n.bias());
            }
            case Norm.GroupedRms n -> {
                centred = false;
                cycle = n.groups();
                epsilon = n.epsilon();
                weight = tensors.vector(n.weights());
                bias = null;
            }
            case Norm.Layer n -> {
                centred = true;
                cycle = 1;
                epsilon = n.epsilon();
                weight = tensors.vector(n.weight());
                bias = tensors.vector(n.bias());
            }
            case Norm.PerHead n -> {
                centred = true;
                cycle = n.groups();
                epsilon = n.epsilon();
                weight = tensors.vector(n.weights());
                bias = null;
            }
        }
    }

    int size() {
        return size;
    }

    /** Normalises {@code groups} successive groups, a multiple of the cycle. */
    void forward(Pass pass, Floats x, int groups, Floats out) {
        var k = pass.kernels();
        pass.forRows(groups, (from, to, part) -> {
            for (int g = from; g < to; g++) {
                Floats w = weight == null ? null : cycle == 1 ? weight.value() : of(weight.value(), g);
                int at = g * size;
                if (centred) {
                    k.layerNorm(x, at, size, w, bias == null ? null : bias.value(), epsilon, out, at);
                } else {
                    k.rmsNorm(x, at, size, w, epsilon, out, at);
                    if (bias != null) k.addScaled(out, at, bias.value(), 0, size, 1);
                }
            }
        });
    }

    /**
     * Adds to {@code dx} and to the gradients of weight and bias.
     *
     * @param x what {@link #forward} was given
     */
    void backward(Pass pass, Floats x, int groups, Floats dOut, Floats dx) {
        var mark = pass.mark();
        int rows = groups / cycle;
        int width = cycle * size;
        // Each part of the rows has sums of its own, which are then put together in order.
        boolean learns = weight != null && weight.gradient() != null;
        int parts = Pass.parts(rows);
        Floats sums = pass.temporary(learns ? 2 * parts * width : 0);
        if (learns) sums.slice(0, 2 * parts * width).fill(0);
        pass.forRows(rows, (from, to, part) -> {
            int at = 2 * part * width;
            if (cycle == 1) {
                backward(pass, x, from, to - from, dOut, dx, weight, learns ? sums : null, at, at + width);
            } else {
                for (int g = from * cycle; g < to * cycle; g++) {
                    int head = g % cycle * size;
                    Vector w = weight == null ? null : new Vector(of(weight.value(), g), null);
                    backward(pass, x, g, 1, dOut, dx, w, learns ? sums : null, at + head, at + width + head);
                }
            }
        });
        if (learns) {
            for (int part = 0; part < parts; part++) {
                add(pass, weight, sums, 2 * part * width, width);
                if (bias != null) add(pass, bias, sums, (2 * part + 1) * width, width);
            }
        }
        pass.release(mark);
    }

    private static void add(Pass pass, @Nullable Vector target, Floats sums, int from, int count) {
        if (target != null && target.gradient() != null) {
            pass.kernels().addScaled(target.gradient(), 0, sums, from, count, 1);
        }
    }

    private void backward(
            Pass pass,
            Floats x,
            int firstGroup,
            int groups,
            Floats dOut,
            Floats dx,
            @Nullable Vector w,
            @Nullable Floats sums,
            int weightAt,
            int biasAt) {
        int at = firstGroup * size;
        Floats values = w == null ? null : w.value();
        Floats dWeight = sums == null ? null : sums.slice(weightAt, size);
        Floats dBias = sums == null || bias == null ? null : sums.slice(biasAt, size);
        if (centred) {
            pass.gradients()
                    .layerNormBackward(x, at, groups, size, values, epsilon, dOut, at, dx, at, dWeight, dBias, 0);
        } else {
            pass.gradients().rmsNormBackward(x, at, groups, size, values, epsilon, dOut, at, dx, at, dWeight, 0);
            if (dBias != null) {
                for (int g = 0; g < groups; g++) pass.kernels().addScaled(dBias, 0, dOut, at + g * size, size, 1);
            }
        }
    }

    /** The weights of a group's head. */
    private Floats of(Floats weights, int group) {
        return weights.slice(group % cycle * size, size);
    }
}

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

    /**
     * Normalises {@code groups} successive groups of each of {@code count} rows.
     *
     * @param groups a multiple of the cycle
     */
    void forward(Pass pass, Rows x, int count, int groups, Rows out) {
        var k = pass.kernels();
        pass.forRows(count, (first, end, part) -> {
            for (int row = first; row < end; row++) {
                for (int g = 0; g < groups; g++) {
                    Floats w = weight == null ? null : cycle == 1 ? weight.value() : of(weight.value(), g);
                    int from = x.at(row) + g * size;
                    int to = out.at(row) + g * size;
                    if (centred) {
                        Floats b = bias == null ? null : bias.value();
                        k.layerNorm(x.data(), from, size, w, b, epsilon, out.data(), to);
                    } else {
                        k.rmsNorm(x.data(), from, size, w, epsilon, out.data(), to);
                        if (bias != null) k.addScaled(out.data(), to, bias.value(), 0, size, 1);
                    }
                }
            }
        });
    }

    /** Of rows of one group without gaps between them. */
    void forward(Pass pass, Floats x, int count, Floats out) {
        forward(pass, Rows.of(x, size), count, 1, Rows.of(out, size));
    }

    /**
     * Adds to {@code dx} and to the gradients of weight and bias.
     *
     * @param x what {@link #forward} was given
     */
    void backward(Pass pass, Rows x, int count, int groups, Rows dOut, Rows dx) {
        var mark = pass.mark();
        int width = cycle * size;
        // Each part of the rows has sums of its own, which are then put together in order.
        boolean learns = weight != null && weight.gradient() != null;
        int parts = Pass.parts(count);
        Floats sums = pass.temporary(learns ? 2 * parts * width : 0);
        if (learns) sums.fill(0);
        boolean dense = groups == 1 && x.stride() == size && dOut.stride() == size && dx.stride() == size;
        pass.forRows(count, (first, end, part) -> {
            int at = 2 * part * width;
            if (dense) {
                backward(pass, x.at(first), end - first, x, dOut.at(first), dOut, dx.at(first), dx, 0, sums, at);
                return;
            }
            for (int row = first; row < end; row++) {
                for (int g = 0; g < groups; g++) {
                    int shift = g * size;
                    backward(
                            pass,
                            x.at(row) + shift,
                            1,
                            x,
                            dOut.at(row) + shift,
                            dOut,
                            dx.at(row) + shift,
                            dx,
                            g % cycle * size,
                            sums,
                            at);
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

    /** Of rows of one group without gaps between them. */
    void backward(Pass pass, Floats x, int count, Floats dOut, Floats dx) {
        backward(pass, Rows.of(x, size), count, 1, Rows.of(dOut, size), Rows.of(dx, size));
    }

    private static void add(Pass pass, @Nullable Vector target, Floats sums, int from, int count) {
        if (target != null && target.gradient() != null) {
            pass.kernels().addScaled(target.gradient(), 0, sums, from, count, 1);
        }
    }

    /**
     * Of successive groups under one weight.
     *
     * @param head where that weight is among the weights
     * @param sums of the weights' gradients and then the biases', from {@code sumsAt} on; empty where nothing learns
     */
    private void backward(
            Pass pass,
            int xAt,
            int count,
            Rows x,
            int dOutAt,
            Rows dOut,
            int dxAt,
            Rows dx,
            int head,
            Floats sums,
            int sumsAt) {
        Floats w = weight == null
                ? null
                : cycle == 1 ? weight.value() : weight.value().slice(head, size);
        boolean learns = sums.length() > 0;
        Floats dWeight = learns ? sums.slice(sumsAt + head, size) : null;
        Floats dBias = learns && bias != null ? sums.slice(sumsAt + cycle * size + head, size) : null;
        var gradients = pass.gradients();
        Floats d = dOut.data();
        if (centred) {
            gradients.layerNormBackward(
                    x.data(), xAt, count, size, w, epsilon, d, dOutAt, dx.data(), dxAt, dWeight, dBias, 0);
        } else {
            gradients.rmsNormBackward(x.data(), xAt, count, size, w, epsilon, d, dOutAt, dx.data(), dxAt, dWeight, 0);
            if (dBias != null) {
                for (int i = 0; i < count; i++) pass.kernels().addScaled(dBias, 0, d, dOutAt + i * size, size, 1);
            }
        }
    }

    /** The weights of a group's head. */
    private Floats of(Floats weights, int group) {
        return weights.slice(group % cycle * size, size);
    }
}

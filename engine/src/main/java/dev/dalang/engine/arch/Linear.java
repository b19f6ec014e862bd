package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import org.jspecify.annotations.Nullable;

/** {@code y = W·x + b}. */
public final class Linear {

    private final Matrix weight;
    private final @Nullable Floats bias;

    public Linear(Matrix weight, @Nullable Floats bias) {
        this.weight = weight;
        this.bias = bias;
    }

    public int inputs() {
        return weight.columns();
    }

    public int outputs() {
        return weight.rows();
    }

    /** From {@code [tokens][inputs]} to {@code [tokens][outputs]}. */
    void forward(Step step, Floats x, Floats out) {
        forward(step, x, step.tokens(), out);
    }

    void forward(Step step, Floats x, int tokens, Floats out) {
        step.compute().multiply(weight, x, tokens, out);
        if (bias != null) {
            for (int t = 0; t < tokens; t++) {
                step.compute().kernels().addScaled(out, t * outputs(), bias, 0, outputs(), 1);
            }
        }
    }
}

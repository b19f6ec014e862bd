package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * Experts that are chosen, plus a network that every token goes through (Dai et al. 2024, DeepSeekMoE):
 * {@code routed(x) + shared(x)}.
 *
 * @param gate one number per token, whose sigmoid is the shared network's weight (Qwen 2 MoE); null for weight 1
 */
public record SharedExperts(
        Sublayer routed, FeedForward shared, @Nullable Linear gate) implements Sublayer {

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int width = shared.down().outputs();
        Kernels k = step.compute().kernels();
        routed.forward(step, in, out);
        Floats y = step.rows(width);
        shared.forward(step, in, y);
        if (gate == null) {
            k.addScaled(out, 0, y, 0, n * width, 1);
        } else {
            Floats open = step.rows(1);
            gate.forward(step, in, open);
            for (int t = 0; t < n; t++) {
                k.activate(Activation.SIGMOID, open, t, 1);
                k.addScaled(out, t * width, y, t * width, width, open.get(t));
            }
        }
        step.release(mark);
    }
}

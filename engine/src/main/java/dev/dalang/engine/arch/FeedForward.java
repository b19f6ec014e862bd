package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * The feed-forward network: {@code down(f(gate(x)) · up(x))} when gated (Shazeer 2020), {@code down(f(up(x)))} when not.
 *
 * @param gate null when not gated, or when {@code up} computes gate and up in one matrix of twice the rows
 */
public record FeedForward(Activation activation, @Nullable Linear gate, Linear up, Linear down) implements Sublayer {

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int hidden = down.inputs();
        Floats h = step.rows(hidden);
        if (gate != null) {
            Floats u = step.rows(hidden);
            Linear.forward(step, in, new Linear[] {gate, up}, new Floats[] {h, u});
            Kernels k = step.compute().kernels();
            if (n == 1) k.gate(activation, h, 0, u, 0, hidden);
            else step.forEachToken((t, worker) -> k.gate(activation, h, t * hidden, u, t * hidden, hidden));
        } else if (up.outputs() == 2 * hidden) {
            Floats both = step.rows(2 * hidden);
            up.forward(step, in, both);
            Kernels k = step.compute().kernels();
            step.forEachToken((t, worker) -> {
                h.copy(t * hidden, both, t * 2 * hidden, hidden);
                k.gate(activation, h, t * hidden, both, t * 2 * hidden + hidden, hidden);
            });
        } else {
            up.forward(step, in, h);
            Kernels k = step.compute().kernels();
            step.forEachToken((t, worker) -> k.activate(activation, h, t * hidden, hidden));
        }
        down.forward(step, h, out);
        step.release(mark);
    }
}

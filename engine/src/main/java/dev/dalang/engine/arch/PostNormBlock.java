package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;

/** {@code x = norm(x + mixer(x)); x = norm'(x + feedForward(x))}: the order of the first transformers. */
record PostNormBlock(Sublayer mixer, Norm mixerNorm, Sublayer feedForward, Norm feedForwardNorm) implements Block {

    @Override
    public void forward(Step step, Floats x) {
        add(step, x, mixer, mixerNorm);
        add(step, x, feedForward, feedForwardNorm);
    }

    private static void add(Step step, Floats x, Sublayer sublayer, Norm norm) {
        int mark = step.mark();
        int n = step.tokens();
        Floats out = step.rows(norm.size());
        sublayer.forward(step, x, out);
        step.compute().kernels().addScaled(x, 0, out, 0, n * norm.size(), 1);
        norm.forward(step, x, n, x);
        step.release(mark);
    }

    @Override
    public LayerMemory memory() {
        return mixer.memory();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;

/** Experts on a narrower copy of the stream: {@code up(experts(down(x)))}, chosen by a router that reads {@code x}. */
record LatentExperts(Linear down, Experts experts, Linear up) implements Sublayer {

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        Floats latent = step.rows(down.outputs());
        Floats mixed = step.rows(down.outputs());
        down.forward(step, in, latent);
        experts.forward(step, in, latent, mixed);
        up.forward(step, mixed, out);
        step.release(mark);
    }
}

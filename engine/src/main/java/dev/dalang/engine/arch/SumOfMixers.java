package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;

/** Attention and a recurrence that read the same input and add up (Falcon-H1, arXiv:2507.22448). */
record SumOfMixers(Attention attention, Mamba2 recurrence) implements Sublayer {

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int count = step.tokens() * recurrence.output().outputs();
        attention.forward(step, in, out);
        Floats second = step.floats(count);
        recurrence.forward(step, in, second);
        step.compute().kernels().addScaled(out, 0, second, 0, count, 1);
        step.release(mark);
    }

    @Override
    public LayerMemory memory() {
        return new LayerMemory.Hybrid((LayerMemory.KeyValue) attention.memory(), recurrence.memory());
    }
}

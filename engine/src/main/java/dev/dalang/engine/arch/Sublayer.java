package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;

/** What a block adds to the residual stream: attention, a feed-forward network, experts, a recurrence. */
public interface Sublayer {

    /** Both are {@code [tokens][embedding]}; {@code in} is not changed, {@code out} is overwritten. */
    void forward(Step step, Floats in, Floats out);

    /** What it must remember of a sequence. */
    default LayerMemory memory() {
        return new LayerMemory.None();
    }
}

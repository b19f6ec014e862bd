package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Floats;

/** {@code x += sublayer(norm(x))}: a layer that is either a mixer or a feed-forward network (Mamba, Nemotron-H). */
record SingleBlock(Norm norm, Sublayer sublayer) implements Block {

    @Override
    public void forward(Step step, Floats x) {
        Block.add(step, x, norm, sublayer, null, 1);
    }

    @Override
    public LayerMemory memory() {
        return sublayer.memory();
    }
}

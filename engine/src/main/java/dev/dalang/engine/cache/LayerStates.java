package dev.dalang.engine.cache;

import dev.dalang.engine.kernel.Floats;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The recurrent states of all layers at one point of a text; zero at the start. Counted in the pool. */
final class LayerStates implements AutoCloseable {

    private final CachePool pool;
    private final Arena arena = Arena.ofShared();
    private final @Nullable Floats[] layers;

    LayerStates(CachePool pool) {
        this.pool = pool;
        List<CachePool.Layer> plan = pool.layers();
        layers = new Floats[plan.size()];
        for (int i = 0; i < layers.length; i++) {
            int floats = plan.get(i).stateFloats();
            if (floats >= 0) layers[i] = Floats.allocate(arena, floats);
        }
        pool.statesTaken();
    }

    Floats layer(int index) {
        Floats state = layers[index];
        if (state == null) throw new IllegalStateException("layer " + index + " keeps no such memory");
        return state;
    }

    void clear() {
        for (Floats f : layers) if (f != null) f.fill(0);
    }

    void copy(LayerStates from) {
        for (int i = 0; i < layers.length; i++) {
            Floats to = layers[i];
            if (to != null) to.copy(0, from.layer(i), 0, to.length());
        }
    }

    @Override
    public void close() {
        arena.close();
        pool.statesReleased();
    }
}

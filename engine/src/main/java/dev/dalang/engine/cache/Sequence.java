package dev.dalang.engine.cache;

import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.KvRows;
import dev.dalang.engine.kernel.WeightMemory;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model remembers of one conversation: keys and values, and recurrent states, of the tokens evaluated so far.
 *
 * <p>One thread at a time.
 */
public final class Sequence implements AutoCloseable {

    private record Layer(
            @Nullable KvPages keys,
            @Nullable KvPages values,
            @Nullable Floats state) {}

    private final Arena arena = Arena.ofShared();
    private final WeightMemory memory = new WeightMemory();
    private final Layer[] layers;
    private final boolean recurrent;
    private final AdapterMix adapters;
    private int length;

    /** Under the base model alone. */
    public Sequence(List<LayerMemory> plan, BlockType type) {
        this(plan, type, AdapterMix.NONE);
    }

    /**
     * @param type of the keys and values
     * @param adapters that all its tokens are evaluated under, as what is remembered holds under these alone
     */
    public Sequence(List<LayerMemory> plan, BlockType type, AdapterMix adapters) {
        this.adapters = adapters;
        layers = new Layer[plan.size()];
        boolean anyRecurrent = false;
        try {
            for (int i = 0; i < layers.length; i++) {
                layers[i] = switch (plan.get(i)) {
                    case LayerMemory.KeyValue kv -> layer(kv, null, type);
                    case LayerMemory.Recurrent r -> layer(null, r, type);
                    case LayerMemory.Hybrid h -> layer(h.attention(), h.recurrence(), type);
                    case LayerMemory.None n -> layer(null, null, type);
                };
                anyRecurrent |= layers[i].state != null;
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        recurrent = anyRecurrent;
    }

    private Layer layer(LayerMemory.@Nullable KeyValue kv, LayerMemory.@Nullable Recurrent r, BlockType type) {
        return new Layer(
                kv == null ? null : new KvPages(type, kv.heads(), kv.keyDim(), memory),
                kv == null || kv.valueDim() == 0 ? null : new KvPages(type, kv.heads(), kv.valueDim(), memory),
                r == null ? null : Floats.allocate(arena, r.floats()));
    }

    /** The adapters that its tokens are evaluated under. */
    public AdapterMix adapters() {
        return adapters;
    }

    /** Tokens evaluated so far. */
    public int length() {
        return length;
    }

    /** Makes room for {@code count} more tokens, before their keys and values are stored. */
    public void reserve(int count) {
        for (Layer l : layers) {
            if (l.keys != null) l.keys.reserve(length + count);
            if (l.values != null) l.values.reserve(length + count);
        }
    }

    /** Counts {@code count} tokens as evaluated, after a forward pass. */
    public void advance(int count) {
        length += count;
    }

    /**
     * Forgets everything from {@code newLength} on.
     *
     * @return the length kept: {@code newLength}, or 0 where a recurrent state cannot be wound back
     */
    public int truncate(int newLength) {
        if (newLength < 0 || newLength > length) throw new IllegalArgumentException(newLength + " of " + length);
        if (newLength == length) return length;
        if (recurrent) {
            newLength = 0;
            for (Layer l : layers) if (l.state != null) l.state.fill(0);
        }
        length = newLength;
        return length;
    }

    /**
     * Forgets a pass that was broken off before {@link #advance}. Keys and values beyond the length will be written
     * again; a recurrent state cannot be wound back, so that such a sequence starts anew.
     */
    public void abandonPass() {
        if (!recurrent) return;
        for (Layer l : layers) if (l.state != null) l.state.fill(0);
        length = 0;
    }

    public KvRows keys(int layer) {
        return present(layers[layer].keys, layer);
    }

    public KvRows values(int layer) {
        return present(layers[layer].values, layer);
    }

    /** The layer's recurrent state; zero at the start. */
    public Floats state(int layer) {
        return present(layers[layer].state, layer);
    }

    /** Stores all heads' keys of one token, {@code [heads][keyDim]} at {@code from}. */
    public void storeKeys(Kernels kernels, int layer, Floats x, int from, int position) {
        present(layers[layer].keys, layer).store(kernels, x, from, position);
    }

    public void storeValues(Kernels kernels, int layer, Floats x, int from, int position) {
        present(layers[layer].values, layer).store(kernels, x, from, position);
    }

    /** Memory held now. */
    public long bytes() {
        long sum = 0;
        for (Layer l : layers) {
            if (l.keys != null) sum += l.keys.bytes();
            if (l.values != null) sum += l.values.bytes();
            if (l.state != null) sum += 4L * l.state.length();
        }
        return sum;
    }

    @Override
    public void close() {
        arena.close();
        memory.close();
    }

    private static <T> T present(@Nullable T memory, int layer) {
        if (memory == null) throw new IllegalStateException("layer " + layer + " keeps no such memory");
        return memory;
    }
}

package dev.dalang.bench;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Phase;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.Random;

/** A sequence with keys and values of many layers, attended to one after the other. */
final class AttentionLayers implements AutoCloseable {

    static final AttentionShape SHAPE = new AttentionShape(32, 8, 64, 64, 0.125f, 0, 0, false, true);

    /** Floats of one position's keys, and of its values. */
    static final int ROW = SHAPE.kvHeads() * SHAPE.keyDim();

    /** Positions whose keys and values are made; the others repeat them. */
    static final int MADE = 128;

    private final Arena arena = Arena.ofShared();
    private final Sequence sequence;
    private final Compute compute;
    private final BlockType type;
    private final int layers;
    private final int length;
    private final Floats keys;
    private final Floats values;
    private final Floats query;
    private final Floats out;
    private int next;

    AttentionLayers(BlockType type, int layers, int length, Kernels kernels, int threads) {
        this.type = type;
        this.layers = layers;
        this.length = length;
        Random random = new Random(1);
        compute = new Compute(kernels, threads);
        keys = Inputs.floats(arena, MADE * ROW, random);
        values = Inputs.floats(arena, MADE * ROW, random);
        query = Inputs.floats(arena, SHAPE.heads() * SHAPE.keyDim(), random);
        out = Floats.allocate(arena, SHAPE.heads() * SHAPE.valueDim());
        LayerMemory plan = new LayerMemory.KeyValue(SHAPE.kvHeads(), SHAPE.keyDim(), SHAPE.valueDim());
        sequence = new Sequence(Collections.nCopies(layers, plan), type);
        sequence.reserve(length);
        for (int layer = 0; layer < layers; layer++) {
            for (int p = 0; p < length; p++) {
                sequence.storeKeys(kernels, layer, keys, p % MADE * ROW, p);
                sequence.storeValues(kernels, layer, values, p % MADE * ROW, p);
            }
        }
        sequence.advance(length);
    }

    /** The token at the last position, in the next layer. */
    Floats attend() {
        int layer = next;
        next = (next + 1) % layers;
        compute.kernels()
                .attention(
                        SHAPE,
                        Phase.ANSWER,
                        query,
                        0,
                        1,
                        length - 1,
                        length,
                        sequence.keys(layer),
                        sequence.values(layer),
                        null,
                        out,
                        compute);
        return out;
    }

    /** Bytes of one layer's keys and values. */
    long layerBytes() {
        return layerBytes(type, length);
    }

    static long layerBytes(BlockType type, int length) {
        return 2 * type.bytesFor((long) length * ROW);
    }

    /** The keys as they were before they were stored, {@code [MADE][ROW]}. */
    Floats keys() {
        return keys;
    }

    Floats values() {
        return values;
    }

    Floats query() {
        return query;
    }

    @Override
    public void close() {
        compute.close();
        sequence.close();
        arena.close();
    }
}

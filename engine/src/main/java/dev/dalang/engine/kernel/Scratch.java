package dev.dalang.engine.kernel;

import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.Map;

/** Working memory of one worker: a few buffers that grow to the largest size asked for and then stay. */
public final class Scratch {

    /** What a buffer is for; two uses of one kind at the same time would overwrite each other. */
    enum Use {
        WEIGHTS,
        KEYS,
        VALUES,
        QUERIES,
        SCORES,
        SUMS,
        TILE,
        /** Where the pages of a cache lie. */
        PAGES,
        /** What each query sees. */
        BOUNDS,
        /** Attention's states of ranges that are put together later. */
        PARTIALS,
        /** Words for a kernel of machine code. */
        ARGUMENTS,
        /** Activations in the form that kernels of machine code read. */
        ACTIVATIONS,
        /** Results of a group of rows of which not all are wanted. */
        RESULTS,
        /** Blocks on their way into a packed matrix. */
        STRIP,
        /** Weights in the form that tile registers read. */
        PANEL,
        /** Sums of products in tiles. */
        SUMS_OF_TILES,
        /** What a kernel that uses tiles passes through memory. */
        TILES,
        /** The first factor of a product, or some of its rows, in the order of the sum. */
        FIRST,
        /** Likewise the second one. */
        SECOND,
        /** Some rows of a frozen matrix as floats, shared by the team. */
        BAND
    }

    private final Map<Use, Floats> buffers = new EnumMap<>(Use.class);
    private float[] row = new float[0];

    Scratch() {}

    /** At least {@code length} floats, of undefined content, valid until the next call with the same use. */
    Floats floats(Use use, int length) {
        Floats f = buffers.get(use);
        if (f == null || f.length() < length) {
            f = Floats.allocate(Arena.ofAuto(), length);
            buffers.put(use, f);
        }
        return f;
    }

    /** At least {@code length} floats on the heap, where the reference dequantisers write. */
    float[] row(int length) {
        if (row.length < length) row = new float[length];
        return row;
    }
}

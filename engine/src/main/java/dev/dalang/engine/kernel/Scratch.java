package dev.dalang.engine.kernel;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** Working memory of one worker: a few buffers that grow to the largest size asked for and then stay. */
public final class Scratch {

    /** What a buffer is for; two uses of one kind at the same time would overwrite each other. */
    enum Use {
        WEIGHTS,
        KEYS,
        VALUES,
        QUERIES,
        SCORES,
        SUMS
    }

    private final @Nullable Floats[] buffers = new Floats[Use.values().length];
    private float[] row = new float[0];

    Scratch() {}

    /** At least {@code length} floats, of undefined content, valid until the next call with the same use. */
    Floats floats(Use use, int length) {
        Floats f = buffers[use.ordinal()];
        if (f == null || f.length() < length) {
            f = Floats.allocate(Arena.ofAuto(), length);
            buffers[use.ordinal()] = f;
        }
        return f;
    }

    /** At least {@code length} floats on the heap, where the reference dequantisers write. */
    float[] row(int length) {
        if (row.length < length) row = new float[length];
        return row;
    }
}

package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generated inputs; the same seed gives the same ones. */
final class Inputs {

    /** Rows that are encoded; the others repeat them, which no kernel notices. */
    private static final int ROWS_MADE = 16;

    private Inputs() {}

    /** Normally distributed. */
    static float[] normal(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
        return values;
    }

    static Floats floats(Arena arena, int count, Random random) {
        return Floats.copyOf(arena, normal(count, random));
    }

    /** Matrices {@code [rows][columns]} that together take at least {@code bytes}: one at the least. */
    static List<Matrix> matrices(Arena arena, BlockType type, int rows, int columns, long bytes, Random random) {
        long rowBytes = type.bytesFor(columns);
        MemorySegment made = arena.allocate(ROWS_MADE * rowBytes, 64);
        for (int r = 0; r < ROWS_MADE; r++) {
            type.quantizer().quantize(normal(columns, random), 0, null, made, r * rowBytes, columns);
        }
        List<Matrix> matrices = new ArrayList<>();
        for (long taken = 0; taken == 0 || taken < bytes; taken += rows * rowBytes) {
            MemorySegment data = arena.allocate(rows * rowBytes, 64);
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(made, r % ROWS_MADE * rowBytes, data, r * rowBytes, rowBytes);
            }
            matrices.add(new Matrix(type, rows, columns, data));
        }
        return matrices;
    }
}

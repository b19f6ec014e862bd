package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Matrices of random blocks whose values are finite and of a sane size. */
final class RandomMatrix {

    private RandomMatrix() {}

    static Matrix of(BlockType type, int rows, int columns, Random random) {
        int blocks = rows * (columns / type.blockElements());
        MemorySegment data = Arena.ofAuto().allocate((long) blocks * type.blockBytes(), 64);
        float[] values = new float[type.blockElements()];
        byte[] bytes = new byte[type.blockBytes()];
        for (int b = 0; b < blocks; b++) {
            long at = (long) b * type.blockBytes();
            do {
                random.nextBytes(bytes);
                MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, at, bytes.length);
                type.dequantizer().dequantize(data, at, values, 0, values.length);
            } while (!sane(values));
        }
        return new Matrix(type, rows, columns, data);
    }

    private static boolean sane(float[] values) {
        for (float v : values) if (!(Math.abs(v) < 1000)) return false;
        return true;
    }

    static Floats floats(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
        return Floats.copyOf(Arena.ofAuto(), values);
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One small product before the native tier is trusted: that code can be loaded and called here at all, and computes what
 * it should. It costs less than a millisecond, and a processor or system that surprises us ends on a slower tier rather
 * than in wrong answers.
 */
final class SelfTest {

    private static final int ROWS = 16;
    private static final int COLUMNS = 64;

    private SelfTest() {}

    /** @throws IllegalStateException if the product is not what it should be */
    static void run(Kernels kernels) {
        try (Arena arena = Arena.ofConfined()) {
            // Numbers that 8 bits hold exactly: the largest of each 32 activations is 127.
            MemorySegment weights = arena.allocate((long) ROWS * COLUMNS / 32 * 34, 64);
            Floats x = Floats.allocate(arena, COLUMNS);
            Floats out = Floats.allocate(arena, ROWS);
            for (int i = 0; i < COLUMNS; i++) x.set(i, i % 32 == 0 ? 127 : i % 32 - 16);
            for (int block = 0; block < ROWS * COLUMNS / 32; block++) {
                weights.set(ValueLayout.JAVA_SHORT_UNALIGNED, block * 34L, Float.floatToFloat16(0.5f));
                for (int i = 0; i < 32; i++) weights.set(ValueLayout.JAVA_BYTE, block * 34L + 2 + i, q(block, i));
            }
            Matrix w = new Matrix(BlockType.Q8_0, ROWS, COLUMNS, weights);
            kernels.multiply(w, 0, ROWS, x, 1, out, new Scratch());
            for (int r = 0; r < ROWS; r++) {
                double sum = 0;
                for (int c = 0; c < COLUMNS; c++) sum += 0.5 * q(r * COLUMNS / 32 + c / 32, c % 32) * x.get(c);
                if (!(Math.abs(out.get(r) - sum) <= 1e-4 * Math.abs(sum) + 1e-2)) {
                    throw new IllegalStateException("a test product is " + out.get(r) + " and should be " + sum);
                }
            }
        }
    }

    private static byte q(int block, int i) {
        return (byte) ((block * 31 + i * 17) % 255 - 127);
    }
}

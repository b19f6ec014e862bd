package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.DotKernel;
import dev.dalang.engine.kernel.machine.TileDotKernel;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers written together in tile registers have the bits that they have without: groups and blocks in any number. */
class TileDotProductsTest {

    private static final CpuFeatures CPU = CpuFeatures.detect();

    static List<BlockType> types() {
        return Arrays.stream(BlockType.values()).filter(DotKernel::supports).toList();
    }

    @ParameterizedTest
    @MethodSource("types")
    void sameBits(BlockType type) {
        assumeTrue(TileDotKernel.supported(type, CPU), "needs AMX, and a type with a scale for 32 elements");
        Random random = new Random(5);
        try (Compute tiles = new Compute(new NativeKernels(CPU), 1);
                Compute two = new Compute(new NativeKernels(CPU), 2);
                Compute without = new Compute(new NativeKernels(CPU.masked("-amx_tile")), 1)) {
            for (int n : new int[] {12, 13, 14, 15, 16, 31}) {
                // Four groups of sixteen rows go through side by side.
                for (int rows : new int[] {1, 16, 17, 48, 64, 65, 80, 131, 160}) {
                    for (int blocks : new int[] {1, 2, 7, 8, 9, 17}) {
                        Matrix w = RandomMatrix.of(type, rows, type.blockElements() * blocks, random);
                        Floats x = RandomMatrix.floats(n * w.columns(), random);
                        float[] expected = product(without, w, x, n);
                        String what = rows + "x" + w.columns() + ", tokens " + n;
                        assertThat(product(tiles, w, x, n)).as(what).isEqualTo(expected);
                        assertThat(product(two, w, x, n)).as(what).isEqualTo(expected);
                    }
                }
            }
        }
    }

    private static float[] product(Compute compute, Matrix w, Floats x, int n) {
        Floats out = Floats.allocate(Arena.ofAuto(), n * w.rows());
        out.fill(Float.NaN);
        compute.multiply(w, x, n, 0, out);
        return out.toArray();
    }
}

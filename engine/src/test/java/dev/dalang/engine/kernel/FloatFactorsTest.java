package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.kernel.machine.FloatFactorKernel;
import dev.dalang.engine.kernel.machine.Simd;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups and panels of all processors' widths, whose packing needs no more than AVX2. */
class FloatFactorsTest {

    private record Name(int width, boolean along) {}

    @ParameterizedTest
    @ValueSource(ints = {6, 12, 16, 32})
    void areInTheOrderOfTheSum(int width) {
        CpuFeatures cpu = CpuFeatures.detect();
        Assumptions.assumeTrue(Simd.supported(cpu));
        MachineKernels machine = MachineKernels.of(cpu);
        Random random = new Random(width);
        Floats words = Floats.allocate(Arena.ofAuto(), 8);
        for (boolean along : new boolean[] {true, false}) {
            for (int depth = along ? FloatFactorKernel.LEAST : 1; depth < 40; depth++) {
                int lines = along ? width : depth;
                int length = along ? depth : width;
                int stride = length + random.nextInt(5);
                Floats from = RandomMatrix.floats((lines - 1) * stride + length, random);
                FloatMatrix factor = new FloatMatrix(from, 0, width, depth, stride, !along);
                Floats to = Floats.allocate(Arena.ofAuto(), width * depth + 16);
                to.fill(7);
                long at = words.address(0);
                Memory.put(at, FloatFactorKernel.Words.SOURCE, factor.address(0, 0));
                Memory.put(at, FloatFactorKernel.Words.STRIDE, 4L * stride);
                Memory.put(at, FloatFactorKernel.Words.DEPTH, depth);
                Memory.put(at, FloatFactorKernel.Words.TARGET, to.address(0));
                boolean lengthwise = along;
                MachineKernels.call(
                        machine.get(
                                new Name(width, along),
                                c -> lengthwise ? FloatFactorKernel.along(width) : FloatFactorKernel.across(width)),
                        at);
                for (int k = 0; k < depth; k++) {
                    for (int i = 0; i < width; i++) {
                        assertThat(to.get(k * width + i))
                                .as("%d of %d, along %s, %d %d", width, depth, along, i, k)
                                .isEqualTo(factor.get(i, k));
                    }
                }
                for (int i = width * depth; i < to.length(); i++)
                    assertThat(to.get(i)).as("behind").isEqualTo(7);
            }
        }
    }
}

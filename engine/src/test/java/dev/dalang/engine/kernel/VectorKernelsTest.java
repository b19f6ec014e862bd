package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The vector tier against the scalar reference, and its promise that company does not change a result. */
class VectorKernelsTest {

    private static final BlockType[] WEIGHTS = {
        BlockType.F32, BlockType.F16, BlockType.BF16, BlockType.Q8_0, BlockType.Q4_0, BlockType.Q4_1, BlockType.Q5_0,
        BlockType.Q5_1, BlockType.Q2_K, BlockType.Q3_K, BlockType.Q4_K, BlockType.Q5_K, BlockType.Q6_K,
                BlockType.IQ4_NL,
        BlockType.IQ4_XS, BlockType.MXFP4, BlockType.TQ2_0
    };

    private final Kernels scalar = new ScalarKernels("test");
    private final Kernels vector = new VectorKernels(null);
    private final Scratch scratch = new Scratch();

    @Property(tries = 150)
    void productsMatchTheReference(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 37) int rows,
            @ForAll @IntRange(min = 1, max = 9) int n) {
        Random random = new Random(seed);
        BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int k = type.blockElements() == 1 ? 1 + random.nextInt(300) : type.blockElements() * (1 + random.nextInt(3));
        Matrix w = RandomMatrix.of(type, rows, k, random);
        Floats x = RandomMatrix.floats(n * k, random);
        Floats expected = Floats.allocate(Arena.ofAuto(), n * rows);
        Floats actual = Floats.allocate(Arena.ofAuto(), n * rows);
        scalar.multiply(w, 0, rows, x, n, expected, scratch);
        vector.multiply(w, 0, rows, x, n, actual, scratch);
        float[] row = new float[k];
        for (int r = 0; r < rows; r++) {
            type.dequantizer().dequantize(w.data(), r * w.rowBytes(), row, 0, k);
            for (int t = 0; t < n; t++) {
                double size = 0;
                for (int c = 0; c < k; c++) size += Math.abs((double) row[c] * x.get(t * k + c));
                assertThat(actual.get(t * rows + r))
                        .as("%s %dx%d row %d token %d", type, rows, k, r, t)
                        .isCloseTo(expected.get(t * rows + r), within((float) (1e-6 * size + 1e-30)));
            }
        }
    }

    @Property(tries = 100)
    void aTokenHasTheSameBitsAloneAndInABatch(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 37) int rows,
            @ForAll @IntRange(min = 2, max = 11) int n) {
        Random random = new Random(seed);
        BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int k = type.blockElements() == 1 ? 1 + random.nextInt(300) : type.blockElements() * (1 + random.nextInt(3));
        Matrix w = RandomMatrix.of(type, rows, k, random);
        Floats x = RandomMatrix.floats(n * k, random);
        Floats together = Floats.allocate(Arena.ofAuto(), n * rows);
        vector.multiply(w, 0, rows, x, n, together, scratch);
        int split = random.nextInt(rows + 1);
        Floats alone = Floats.allocate(Arena.ofAuto(), rows);
        for (int t = 0; t < n; t++) {
            vector.multiply(w, 0, split, x.slice(t * k, k), 1, alone, scratch);
            vector.multiply(w, split, rows, x.slice(t * k, k), 1, alone, scratch);
            assertThat(alone.toArray()).isEqualTo(together.slice(t * rows, rows).toArray());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BlockType.class,
            names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void decodesTheReferencesBits(BlockType type) {
        Random random = new Random(type.number());
        int k = Math.max(512, type.blockElements());
        Matrix w = RandomMatrix.of(type, 20, k, random);
        Floats expected = Floats.allocate(Arena.ofAuto(), k);
        Floats actual = Floats.allocate(Arena.ofAuto(), k);
        for (int r = 0; r < 20; r++) {
            scalar.row(w, r, expected, 0, scratch);
            vector.row(w, r, actual, 0, scratch);
            assertThat(actual.toArray()).isEqualTo(expected.toArray());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Activation.class, mode = EnumSource.Mode.EXCLUDE, names = "SWIGLU_CLAMPED")
    void activationsMatchTheReference(Activation f) {
        float[] values = new float[4003];
        for (int i = 0; i < values.length; i++) values[i] = (i - 2000) * 0.02f;
        Floats expected = Floats.copyOf(Arena.ofAuto(), values);
        Floats actual = Floats.copyOf(Arena.ofAuto(), values);
        scalar.activate(f, expected, 0, values.length);
        vector.activate(f, actual, 0, values.length);
        for (int i = 0; i < values.length; i++) {
            float want = expected.get(i);
            assertThat(actual.get(i))
                    .as("%s(%s)", f, values[i])
                    .isCloseTo(want, within(1e-6f * Math.abs(want) + 4e-7f));
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void gatesMatchTheReference(Activation f) {
        Random random = new Random(f.name().hashCode());
        Floats up = RandomMatrix.floats(1003, random);
        Floats expected = RandomMatrix.floats(1003, random);
        vector.scale(expected, 0, 1003, 5);
        Floats actual = Floats.copyOf(Arena.ofAuto(), expected.toArray());
        scalar.gate(f, expected, 0, up, 0, 1003);
        vector.gate(f, actual, 0, up, 0, 1003);
        for (int i = 0; i < 1003; i++) {
            float want = expected.get(i);
            assertThat(actual.get(i)).as("%s at %d", f, i).isCloseTo(want, within(2e-6f * Math.abs(want) + 4e-6f));
        }
    }

    @Property(tries = 60)
    void normsMatchTheReference(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int size) {
        Random random = new Random(seed);
        Floats x = RandomMatrix.floats(size, random);
        Floats weight = random.nextBoolean() ? RandomMatrix.floats(size, random) : null;
        Floats expected = Floats.allocate(Arena.ofAuto(), size);
        Floats actual = Floats.allocate(Arena.ofAuto(), size);
        scalar.rmsNorm(x, 0, size, weight, 1e-5f, expected, 0);
        vector.rmsNorm(x, 0, size, weight, 1e-5f, actual, 0);
        for (int i = 0; i < size; i++) {
            assertThat(actual.get(i)).isCloseTo(expected.get(i), within(2e-6f * (1 + Math.abs(expected.get(i)))));
        }
    }
}

package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The native tier against the scalar reference, with every set of processor features that changes its code. */
class NativeKernelsTest {

    private static final BlockType[] WEIGHTS = {
        BlockType.F32,
        BlockType.F16,
        BlockType.BF16,
        BlockType.Q8_0,
        BlockType.Q4_0,
        BlockType.Q4_1,
        BlockType.Q5_0,
        BlockType.Q5_1,
        BlockType.Q2_K,
        BlockType.Q3_K,
        BlockType.Q4_K,
        BlockType.Q5_K,
        BlockType.Q6_K,
        BlockType.IQ4_NL,
        BlockType.IQ4_XS,
        BlockType.MXFP4,
        BlockType.TQ2_0
    };

    private static final String[] MASKS = {"", "-avx512f", "-avx512f,-avx_vnni", "-amx_tile"};

    private static CpuFeatures cpu(String mask) {
        CpuFeatures here = CpuFeatures.detect();
        return mask.isEmpty() ? here : here.masked(mask);
    }

    private static CpuFeatures firstCache(CpuFeatures cpu, long bytes) {
        return new CpuFeatures(
                cpu.features(), cpu.brand(), bytes, cpu.l2Bytes(), cpu.l3Bytes(), cpu.readsAhead(), cpu.notes());
    }

    private final Kernels scalar = new ScalarKernels("test");
    private final Scratch scratch = new Scratch();

    @Property(tries = 400)
    void productsMatchTheReference(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 37) int rows,
            @ForAll @IntRange(min = 1, max = 19) int n) {
        Random random = new Random(seed);
        Kernels fast = new NativeKernels(cpu(MASKS[random.nextInt(MASKS.length)]));
        BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int k = type.blockElements() == 1 ? 1 + random.nextInt(300) : type.blockElements() * (1 + random.nextInt(3));
        Matrix w = RandomMatrix.of(type, rows, k, random);
        Floats x = RandomMatrix.floats(n * k, random);
        Floats expected = Floats.allocate(Arena.ofAuto(), n * rows);
        Floats actual = Floats.allocate(Arena.ofAuto(), n * rows);
        int from = random.nextInt(rows);
        scalar.multiply(w, from, rows, x, n, expected, scratch);
        fast.multiply(w, from, rows, x, n, actual, scratch);
        float[] row = new float[k];
        // Rounding to 8 bits moves a number by at most 1/254 of the largest of its block.
        double step = type.blockElements() == 1 ? 1e-6 : 1 / 250.0;
        for (int r = 0; r < rows; r++) {
            type.dequantizer().dequantize(w.data(), r * w.rowBytes(), row, 0, k);
            for (int t = 0; t < n; t++) {
                double size = 0;
                double largest = 0;
                for (int c = 0; c < k; c++) largest = Math.max(largest, Math.abs(x.get(t * k + c)));
                for (int c = 0; c < k; c++) size += Math.abs((double) row[c]) * largest;
                assertThat(actual.get(t * rows + r))
                        .as("%s %dx%d row %d token %d of %d from %d", type, rows, k, r, t, n, from)
                        .isCloseTo(expected.get(t * rows + r), within((float) (step * size + 1e-30)));
            }
        }
        fast.close();
    }

    /** A token that is zero but for one column gets that column's weights, whatever else is in their blocks. */
    @Property(tries = 60)
    void everyWeightComesThrough(@ForAll long seed) {
        Random random = new Random(seed);
        Kernels kernels = new NativeKernels(cpu(MASKS[random.nextInt(MASKS.length)]));
        BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int rows = 17;
        int k = type.blockElements() == 1 ? 40 : type.blockElements() * 2;
        Matrix w = RandomMatrix.of(type, rows, k, random);
        Floats x = Floats.allocate(Arena.ofAuto(), k * k);
        for (int c = 0; c < k; c++) x.set(c * k + c, 1);
        Floats together = Floats.allocate(Arena.ofAuto(), k * rows);
        Floats alone = Floats.allocate(Arena.ofAuto(), k * rows);
        try (Compute compute = new Compute(kernels, 1)) {
            compute.multiply(w, x, k, 0, together);
            for (int c = 0; c < k; c++) compute.multiply(w, x.slice(c * k, k), 1, 0, alone.slice(c * rows, rows));
        }
        float[] row = new float[k];
        for (int r = 0; r < rows; r++) {
            type.dequantizer().dequantize(w.data(), r * w.rowBytes(), row, 0, k);
            float largest = 0;
            for (float v : row) largest = Math.max(largest, Math.abs(v));
            for (int c = 0; c < k; c++) {
                // What scale and minimum round to, less than half a code apart.
                assertThat(together.get(c * rows + r))
                        .as("%s row %d column %d", type, r, c)
                        .isCloseTo(row[c], within(largest * 1e-5f));
                assertThat(alone.get(c * rows + r)).isEqualTo(together.get(c * rows + r));
            }
        }
    }

    /** Different kernels serve one token, a few and many; none of them may be told from its result. */
    @Property(tries = 200)
    void aTokenHasTheSameBitsAloneAndTogether(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 150) int rows,
            @ForAll @IntRange(min = 2, max = 110) int n) {
        Random random = new Random(seed);
        CpuFeatures cpu = cpu(MASKS[random.nextInt(MASKS.length)]);
        // The size of the first cache decides from how many tokens on panels are used.
        Kernels kernels = new NativeKernels(random.nextBoolean() ? cpu : firstCache(cpu, 48 << 10));
        BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int k = type.blockElements() == 1 ? 1 + random.nextInt(300) : type.blockElements() * (1 + random.nextInt(9));
        // Long rows of blocks go through in columns of 2048, whose sums go on from one to the next.
        if (type.blockElements() > 1 && random.nextInt(3) == 0) k += 2048;
        Matrix w = RandomMatrix.of(type, rows, k, random);
        Floats x = RandomMatrix.floats(n * k, random);
        Floats together = Floats.allocate(Arena.ofAuto(), n * rows);
        Floats alone = Floats.allocate(Arena.ofAuto(), rows);
        int threads = 1 + random.nextInt(2);
        try (Compute compute = new Compute(kernels, threads)) {
            compute.multiply(w, x, n, 0, together);
            for (int t = 0; t < n; t++) {
                compute.multiply(w, x.slice(t * k, k), 1, 0, alone);
                assertThat(together.slice(t * rows, rows).toArray())
                        .as("%s %dx%d token %d of %d", type, rows, k, t, n)
                        .isEqualTo(alone.toArray());
            }
        }
    }

    /** Matrices that read the same input go through in one region, or one by one where they read it in other forms. */
    @Property(tries = 150)
    void severalProductsOfOneInputAreThoseOfEach(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int n,
            @ForAll @IntRange(min = 1, max = 6) int count) {
        Random random = new Random(seed);
        Kernels kernels = new NativeKernels(cpu(MASKS[random.nextInt(MASKS.length)]));
        BlockType first = WEIGHTS[random.nextInt(WEIGHTS.length)];
        int k = 256 * (1 + random.nextInt(3));
        int prompt = random.nextInt(3) == 0 ? random.nextInt(n + 1) : 0;
        Matrix[] ws = new Matrix[count];
        Floats[] together = new Floats[count];
        for (int i = 0; i < count; i++) {
            BlockType type = random.nextInt(4) > 0 ? first : WEIGHTS[random.nextInt(WEIGHTS.length)];
            ws[i] = RandomMatrix.of(type, 1 + random.nextInt(100), k, random);
            together[i] = Floats.allocate(Arena.ofAuto(), n * ws[i].rows());
        }
        Floats x = RandomMatrix.floats(n * k, random);
        try (Compute compute = new Compute(kernels, 1 + random.nextInt(3))) {
            compute.multiply(ws, x, n, prompt, together);
            for (int i = 0; i < count; i++) {
                Floats alone = Floats.allocate(Arena.ofAuto(), n * ws[i].rows());
                compute.multiply(ws[i], x, n, prompt, alone);
                assertThat(together[i].toArray())
                        .as("%s %d of %d, %d tokens, %d of a prompt", ws[i].type(), i, count, n, prompt)
                        .isEqualTo(alone.toArray());
            }
        }
    }
}

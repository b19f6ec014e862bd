package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Products of prompts by the native tier: against sums in doubles, and the same bits whoever goes along. */
class PromptProductsTest {

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
        BlockType.TQ2_0,
        BlockType.IQ3_S
    };

    private static final String[] MASKS = {"", "-amx_tile", "-amx_tile,-avx512_bf16", "-avx512f", "-avx512f,-avx_vnni"};

    private record Case(BlockType type, int rows, int columns, Matrix w, Floats x, CpuFeatures cpu, Random random) {
        static Case of(long seed, int rows, int tokens) {
            Random random = new Random(seed);
            CpuFeatures here = CpuFeatures.detect();
            String mask = MASKS[random.nextInt(MASKS.length)];
            BlockType type = WEIGHTS[random.nextInt(WEIGHTS.length)];
            // Below and above the columns that tile registers take in one go.
            int columns = type.blockElements() == 1
                    ? 1 + random.nextInt(1300)
                    : type.blockElements() * (1 + random.nextInt(1300 / type.blockElements()));
            return new Case(
                    type,
                    rows,
                    columns,
                    RandomMatrix.of(type, rows, columns, random),
                    RandomMatrix.floats(tokens * columns, random),
                    mask.isEmpty() ? here : here.masked(mask),
                    random);
        }

        Floats multiply(int firstToken, int tokens, int prompt, int threads) {
            Floats out = Floats.allocate(Arena.ofAuto(), tokens * rows);
            // What was there before must not show.
            out.fill(Float.NaN);
            try (Compute compute = new Compute(new NativeKernels(cpu), threads)) {
                compute.multiply(w, x.slice(firstToken * columns, tokens * columns), tokens, prompt, out);
            }
            return out;
        }
    }

    @Property(tries = 300)
    void matchSumsInDoubles(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 131) int rows,
            @ForAll @IntRange(min = 1, max = 75) int tokens) {
        Case c = Case.of(seed, rows, tokens);
        int prompt = 1 + c.random.nextInt(tokens);
        float[] actual = c.multiply(0, tokens, prompt, 1 + c.random.nextInt(2)).toArray();
        float[] row = new float[c.columns];
        // Of 8 bits for 32 numbers, relative to the largest; of BF16, to each; of a sum of floats in any order.
        double step = c.type == BlockType.F32 || c.type == BlockType.F16 ? 1e-4 : 1 / 250.0;
        for (int r = 0; r < rows; r++) {
            c.type.dequantizer().dequantize(c.w.data(), r * c.w.rowBytes(), row, 0, c.columns);
            for (int t = 0; t < tokens; t++) {
                double expected = 0;
                double size = 0;
                double largest = 0;
                for (int i = 0; i < c.columns; i++) largest = Math.max(largest, Math.abs(c.x.get(t * c.columns + i)));
                for (int i = 0; i < c.columns; i++) {
                    double x = c.x.get(t * c.columns + i);
                    expected += row[i] * x;
                    size += Math.abs(row[i]) * (step == 1e-4 ? Math.abs(x) : largest);
                }
                assertThat((double) actual[t * rows + r])
                        .as("%s %dx%d row %d token %d of %d/%d", c.type, rows, c.columns, r, t, prompt, tokens)
                        .isCloseTo(expected, within(step * size + 1e-30));
            }
        }
    }

    @Property(tries = 100)
    void sameBitsInAnyBatchOnAnyNumberOfThreads(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 131) int rows,
            @ForAll @IntRange(min = 2, max = 75) int tokens) {
        Case c = Case.of(seed, rows, tokens);
        float[] whole = c.multiply(0, tokens, tokens, 1).toArray();
        int from = c.random.nextInt(tokens);
        int count = 1 + c.random.nextInt(tokens - from);
        float[] part = c.multiply(from, count, count, 3).toArray();
        assertThat(part)
                .as("%s %dx%d tokens %d+%d of %d", c.type, rows, c.columns, from, count, tokens)
                .isEqualTo(Arrays.copyOfRange(whole, from * rows, (from + count) * rows));
    }

    @Property(tries = 50)
    void answersBesideAPromptKeepTheirBits(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 67) int rows,
            @ForAll @IntRange(min = 2, max = 40) int tokens) {
        Case c = Case.of(seed, rows, tokens);
        int prompt = 1 + c.random.nextInt(tokens - 1);
        float[] together = c.multiply(0, tokens, prompt, 2).toArray();
        float[] alone = c.multiply(prompt, tokens - prompt, 0, 1).toArray();
        assertThat(Arrays.copyOfRange(together, prompt * rows, tokens * rows)).isEqualTo(alone);
        boolean agree = new NativeKernels(c.cpu).phasesAgree(c.type);
        if (agree)
            assertThat(c.multiply(0, tokens, tokens, 1).toArray())
                    .isEqualTo(c.multiply(0, tokens, 0, 1).toArray());
    }
}

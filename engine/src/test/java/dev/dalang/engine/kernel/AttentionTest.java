package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The tiled attention with running softmax against the plain one, on random shapes, windows and cache types. */
class AttentionTest {

    /** Cached rows filled with random numbers. */
    private static final class Rows implements KvRows {
        private final BlockType type;
        private final int elements;
        private final List<MemorySegment> pages = new ArrayList<>();

        Rows(BlockType type, int heads, int elements, int length, Kernels kernels, Random random) {
            this.type = type;
            this.elements = elements;
            for (int p = 0; p * PAGE < length; p++) {
                pages.add(Arena.ofAuto().allocate((long) heads * PAGE * rowBytes() + SLACK, 64));
            }
            for (int p = 0; p < length; p++) {
                kernels.store(RandomMatrix.floats(heads * elements, random), 0, heads, this, p);
            }
        }

        @Override
        public BlockType type() {
            return type;
        }

        @Override
        public int rowElements() {
            return elements;
        }

        @Override
        public MemorySegment page(int index) {
            return pages.get(index);
        }
    }

    private final Kernels scalar = new ScalarKernels("test");
    private final Kernels vector = new VectorKernels(null);

    @Property(tries = 120)
    void tiledMatchesPlainAndDoesNotDependOnTheTile(@ForAll long seed) {
        Random random = new Random(seed);
        BlockType type =
                new BlockType[] {BlockType.F32, BlockType.F16, BlockType.BF16, BlockType.Q8_0}[random.nextInt(4)];
        int kvHeads = 1 + random.nextInt(2);
        int heads = kvHeads * (1 + random.nextInt(4));
        int dk = type == BlockType.Q8_0 ? 32 : 1 + random.nextInt(70);
        int dv = type == BlockType.Q8_0 ? 64 : 1 + random.nextInt(70);
        int length = 1 + random.nextInt(150);
        int tokens = 1 + random.nextInt(Math.min(40, length));
        int position = length - tokens;
        boolean causal = random.nextInt(5) != 0;
        int window = causal && random.nextBoolean() ? 1 + random.nextInt(60) : 0;
        AttentionShape shape = new AttentionShape(
                heads, kvHeads, dk, dv, 0.3f, random.nextBoolean() ? 0 : 5, window, random.nextBoolean(), causal);
        Rows keys = new Rows(type, kvHeads, dk, length, scalar, random);
        Rows values = new Rows(type, kvHeads, dv, length, scalar, random);
        Floats q = RandomMatrix.floats(tokens * heads * dk, random);
        Floats sinks = random.nextBoolean() ? RandomMatrix.floats(heads, random) : null;
        Floats expected = Floats.allocate(Arena.ofAuto(), tokens * heads * dv);
        Floats actual = Floats.allocate(Arena.ofAuto(), tokens * heads * dv);
        Floats alone = Floats.allocate(Arena.ofAuto(), tokens * heads * dv);
        Scratch s = new Scratch();
        for (int h = 0; h < kvHeads; h++) {
            scalar.attention(shape, Phase.PROMPT, h, q, 0, tokens, position, length, keys, values, sinks, expected, s);
            vector.attention(shape, Phase.PROMPT, h, q, 0, tokens, position, length, keys, values, sinks, actual, s);
            for (int t = 0; t < tokens; t++) {
                vector.attention(shape, Phase.PROMPT, h, q, t, 1, position + t, length, keys, values, sinks, alone, s);
            }
        }
        for (int i = 0; i < expected.length(); i++) {
            assertThat(actual.get(i)).as("%s element %d", shape, i).isCloseTo(expected.get(i), within(2e-5f));
        }
        assertThat(alone.toArray()).isEqualTo(actual.toArray());
    }

    private static final BlockType[] TYPES = {
        BlockType.F32, BlockType.F16, BlockType.BF16, BlockType.Q8_0, BlockType.Q4_0
    };

    private static final Kernels[] NATIVE = {
        new NativeElements(CpuFeatures.detect()),
        new NativeElements(CpuFeatures.detect().masked("-avx512f")),
        new NativeElements(CpuFeatures.detect().masked("-amx_tile"))
    };

    /** Long contexts, shared out over threads, values that are the first of the keys, and every phase. */
    @Property(tries = 250)
    void machineCodeMatchesPlain(@ForAll long seed) {
        Random random = new Random(seed);
        BlockType type = TYPES[random.nextInt(TYPES.length)];
        int block = type.blockElements();
        boolean shared = random.nextInt(4) == 0;
        // Sizes that tiles can take, every other time.
        if (random.nextBoolean()) block = 32;
        int kvHeads = 1 + random.nextInt(2);
        int heads = kvHeads * (1 + random.nextInt(7));
        int dv = block * (1 + random.nextInt(70 / block));
        int dk = shared ? dv + block * random.nextInt(40 / block + 1) : block * (1 + random.nextInt(70 / block));
        int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 1200 : 150);
        int tokens = 1 + random.nextInt(Math.min(random.nextBoolean() ? 40 : 3, length));
        int position = length - tokens;
        boolean causal = random.nextInt(5) != 0;
        int window = causal && random.nextBoolean() ? 1 + random.nextInt(600) : 0;
        AttentionShape shape = new AttentionShape(
                heads, kvHeads, dk, dv, 0.3f, random.nextBoolean() ? 0 : 5, window, random.nextBoolean(), causal);
        Rows keys = new Rows(type, kvHeads, dk, length, scalar, random);
        Rows values = shared ? keys : new Rows(type, kvHeads, dv, length, scalar, random);
        Floats q = RandomMatrix.floats(tokens * heads * dk, random);
        Floats sinks = random.nextBoolean() ? RandomMatrix.floats(heads, random) : null;
        Phase phase = random.nextBoolean() ? Phase.PROMPT : Phase.ANSWER;
        Floats expected = Floats.allocate(Arena.ofAuto(), tokens * heads * dv);
        Scratch s = new Scratch();
        for (int h = 0; h < kvHeads; h++) {
            scalar.attention(shape, phase, h, q, 0, tokens, position, length, keys, values, sinks, expected, s);
        }
        Kernels kernels = NATIVE[random.nextInt(NATIVE.length)];
        boolean tiles = phase == Phase.PROMPT && type != BlockType.F32 && kernels == NATIVE[0];
        float[] together = attend(kernels, 2, shape, phase, q, tokens, tokens, position, length, keys, values, sinks);
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length(); i++) {
            error += Math.pow(together[i] - expected.get(i), 2);
            size += Math.pow(expected.get(i), 2);
        }
        // BF16 has eight bits: roundings of queries, keys, weights and values together.
        assertThat(Math.sqrt(error))
                .as("%s %s", type, shape)
                .isLessThan((tiles ? 0.01 : 1e-5) * Math.sqrt(size) + 1e-6);
        for (int i = 0; i < expected.length(); i++) {
            assertThat(together[i])
                    .as("%s %s of %d from %d, element %d", type, shape, length, position, i)
                    .isCloseTo(expected.get(i), within(tiles ? 0.05f : 3e-5f));
        }
        int batch = 1 + random.nextInt(tokens);
        assertThat(attend(kernels, 1, shape, phase, q, tokens, batch, position, length, keys, values, sinks))
                .as("%s, %d of %d tokens together", phase, batch, tokens)
                .isEqualTo(together);
    }

    private static float[] attend(
            Kernels kernels,
            int threads,
            AttentionShape shape,
            Phase phase,
            Floats q,
            int tokens,
            int batch,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            Floats sinks) {
        Floats out = Floats.allocate(Arena.ofAuto(), tokens * shape.heads() * shape.valueDim());
        Compute compute = new Compute(kernels, threads);
        for (int t = 0; t < tokens; t += batch) {
            int n = Math.min(batch, tokens - t);
            kernels.attention(shape, phase, q, t, n, position + t, length, keys, values, sinks, out, compute);
        }
        compute.close();
        return out.toArray();
    }
}

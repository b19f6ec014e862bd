package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** General products against sums in doubles: all tiers, every orientation, sizes with tails in all dimensions. */
class GemmTest {

    /**
     * BF16 has 8 bits of mantissa, so rounding moves a factor by at most 2⁻⁸ of itself and a product of two by 2⁻⁷
     * and a little; a sum of floats in any order is within k·2⁻²⁴ of the sum of the sizes.
     */
    private static final double BF16 = 1 / 126.0;

    private static final double F32 = 1e-5;

    /** A way to multiply, and how far it may be from the truth, relative to the sum of the products' sizes. */
    private record Way(String name, String mask, boolean exact) {
        Kernels kernels() {
            return switch (name) {
                case "scalar" -> new ScalarKernels(null);
                case "vector" -> new VectorKernels(null);
                default -> new NativeKernels(cpu());
            };
        }

        CpuFeatures cpu() {
            CpuFeatures here = CpuFeatures.detect();
            return mask.isEmpty() ? here : here.masked(mask);
        }

        double error() {
            return name.equals("native") && !exact ? BF16 : F32;
        }
    }

    private static final List<Way> WAYS = List.of(
            new Way("scalar", "", true),
            new Way("vector", "", true),
            new Way("native", "", false),
            new Way("native", "", true),
            new Way("native", "-amx_tile", false),
            new Way("native", "-amx_tile,-avx512_bf16", false),
            new Way("native", "-avx512f", false),
            new Way("native", "-avx512f", true),
            new Way("native", "-avx512f,-avx_vnni", false));

    /** A part of a larger buffer, so that neighbours could be hit. */
    private static FloatMatrix matrix(int rows, int columns, boolean transposed, Random random) {
        int lines = transposed ? columns : rows;
        int width = transposed ? rows : columns;
        int stride = width + random.nextInt(3);
        int from = random.nextInt(5);
        Floats data = RandomMatrix.floats(from + lines * stride + 7, random);
        return new FloatMatrix(data, from, rows, columns, stride, transposed);
    }

    private record Product(FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        static Product of(int m, int n, int k, Random random) {
            return new Product(
                    matrix(m, k, random.nextBoolean(), random),
                    matrix(k, n, random.nextBoolean(), random),
                    matrix(m, n, false, random),
                    random.nextBoolean());
        }

        /** What the whole buffer of the result holds after the product. */
        float[] run(Gemm gemm, Kernels kernels, int threads, boolean alone) {
            float[] before = out.data().toArray();
            Floats data = Floats.copyOf(Arena.ofAuto(), before);
            FloatMatrix target =
                    new FloatMatrix(data, out.from(), out.rows(), out.columns(), out.stride(), out.transposed());
            if (!add) {
                // What was there before must not show.
                for (int i = 0; i < out.rows(); i++) {
                    for (int j = 0; j < out.columns(); j++) target.set(i, j, Float.NaN);
                }
            }
            try (Compute compute = new Compute(kernels, threads)) {
                if (alone) gemm.multiply(compute.scratch(0), a, b, target, add);
                else gemm.multiply(compute, a, b, target, add);
            }
            return data.toArray();
        }

        void check(float[] actual, double step, String what) {
            check(actual, step, 0, what);
        }

        /** @param weight by how much a number of {@code b} may be off besides */
        void check(float[] actual, double step, double weight, String what) {
            float[] expected = out.data().toArray();
            boolean[] inside = new boolean[expected.length];
            for (int i = 0; i < out.rows(); i++) {
                for (int j = 0; j < out.columns(); j++) {
                    double sum = add ? out.get(i, j) : 0;
                    double size = Math.abs(sum);
                    double off = 0;
                    for (int k = 0; k < a.columns(); k++) {
                        off += weight * Math.abs(a.get(i, k));
                        sum += (double) a.get(i, k) * b.get(k, j);
                        size += Math.abs((double) a.get(i, k) * b.get(k, j));
                    }
                    int at = out.index(i, j);
                    inside[at] = true;
                    assertThat((double) actual[at])
                            .as("%s: %s, element %d %d", what, this, i, j)
                            .isCloseTo(sum, within(step * size + off + 1e-30));
                }
            }
            for (int i = 0; i < expected.length; i++) {
                if (!inside[i])
                    assertThat(actual[i]).as("%s: beside, %d", what, i).isEqualTo(expected[i]);
            }
        }

        @Override
        public String toString() {
            return "%dx%d (%s %d) times %dx%d (%s %d)%s"
                    .formatted(
                            a.rows(),
                            a.columns(),
                            a.transposed(),
                            a.stride(),
                            b.rows(),
                            b.columns(),
                            b.transposed(),
                            b.stride(),
                            add ? " added" : "");
        }
    }

    @Property(tries = 400)
    void matchesSumsInDoubles(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 130) int m,
            @ForAll @IntRange(min = 1, max = 130) int n,
            @ForAll @IntRange(min = 1, max = 200) int k) {
        Random random = new Random(seed);
        Way way = WAYS.get(random.nextInt(WAYS.size()));
        Product p = Product.of(m, n, k, random);
        Gemm gemm = Gemm.of(way.kernels(), way.exact());
        float[] actual = p.run(gemm, way.kernels(), 1 + random.nextInt(3), false);
        p.check(actual, way.error(), way.toString());
        // Alone on a worker, and on any number of threads: the same bits.
        assertThat(p.run(gemm, way.kernels(), 1 + random.nextInt(3), true)).isEqualTo(actual);
        assertThat(p.run(gemm, way.kernels(), 1 + random.nextInt(3), false)).isEqualTo(actual);
    }

    /** Both chain fused multiplications and additions in the order of the sum, however their groups and panels differ. */
    @Property(tries = 100)
    void machineCodeHasTheBitsOfPortableVectors(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 140) int m,
            @ForAll @IntRange(min = 1, max = 140) int n,
            @ForAll @IntRange(min = 1, max = 700) int k) {
        Random random = new Random(seed);
        Product p = Product.of(m, n, k, random);
        Way vector = new Way("vector", "", true);
        Gemm portable = Gemm.of(vector.kernels(), true);
        float[] expected = p.run(portable, vector.kernels(), 2, false);
        for (Way way : WAYS) {
            if (!way.name().equals("native") || !way.exact()) continue;
            Gemm gemm = Gemm.of(way.kernels(), true);
            assertThat(p.run(gemm, way.kernels(), 2, false))
                    .as("%s, %s", way, p)
                    .isEqualTo(expected);
        }
    }

    /** Sizes beyond every block that the implementations cut. */
    @Test
    void blocksOfAllDimensions() {
        int[][] shapes = {{3, 5, 4999}, {1300, 40, 33}, {37, 4500, 70}, {70, 70, 2305}, {600, 33, 1100}};
        for (Way way : WAYS) {
            Random random = new Random(7);
            for (int[] s : shapes) {
                for (int turn = 0; turn < (way.name().equals("scalar") ? 1 : 4); turn++) {
                    FloatMatrix a = matrix(s[0], s[2], turn % 2 > 0, random);
                    FloatMatrix b = matrix(s[2], s[1], turn > 1, random);
                    Product p = new Product(a, b, matrix(s[0], s[1], false, random), turn == 0 || turn == 3);
                    Gemm gemm = Gemm.of(way.kernels(), way.exact());
                    float[] actual = p.run(gemm, way.kernels(), 2, false);
                    p.check(actual, way.error(), way.toString());
                    assertThat(p.run(gemm, way.kernels(), 3, false)).isEqualTo(actual);
                    assertThat(p.run(gemm, way.kernels(), 1, true)).isEqualTo(actual);
                }
            }
        }
    }

    /** A row of the result does not know which other rows were asked for. */
    @Property(tries = 60)
    void aPartHasTheBitsOfTheWhole(@ForAll long seed, @ForAll @IntRange(min = 2, max = 150) int m) {
        Random random = new Random(seed);
        Way way = WAYS.get(random.nextInt(WAYS.size()));
        int n = 1 + random.nextInt(90);
        Product whole = Product.of(m, n, 1 + random.nextInt(900), random);
        Gemm gemm = Gemm.of(way.kernels(), way.exact());
        float[] expected = whole.run(gemm, way.kernels(), 2, false);
        int first = random.nextInt(m);
        int rows = 1 + random.nextInt(m - first);
        int left = random.nextInt(n);
        int columns = 1 + random.nextInt(n - left);
        FloatMatrix out = whole.out.rows(first, rows).columns(left, columns);
        Product part = new Product(whole.a.rows(first, rows), whole.b.columns(left, columns), out, whole.add);
        float[] actual = part.run(gemm, way.kernels(), 2, random.nextBoolean());
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                assertThat(actual[out.index(i, j)])
                        .as("%s %s part %d+%d %d+%d, %d %d", way, whole, first, rows, left, columns, i, j)
                        .isEqualTo(expected[out.index(i, j)]);
            }
        }
    }

    private static final BlockType[] FROZEN = {
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

    private static final Set<BlockType> WITH_MINIMUM =
            Set.of(BlockType.Q4_1, BlockType.Q5_1, BlockType.Q2_K, BlockType.Q4_K, BlockType.Q5_K);

    @Property(tries = 150)
    void frozenWeightsOfAnyType(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 100) int rows,
            @ForAll @IntRange(min = 1, max = 70) int tokens) {
        Random random = new Random(seed);
        BlockType type = FROZEN[random.nextInt(FROZEN.length)];
        int blocks = 1 + random.nextInt(Math.max(1, 600 / type.blockElements()));
        frozen(type, rows, blocks * type.blockElements(), tokens, WAYS.get(random.nextInt(WAYS.size())), random);
    }

    /** More rows than are decoded at once. */
    @Test
    void frozenWeightsInSeveralBands() {
        for (Way way : WAYS) {
            frozen(BlockType.Q8_0, 70, 65536, 3, way, new Random(1));
            frozen(BlockType.Q4_K, 2200, 512, 5, way, new Random(2));
            frozen(BlockType.IQ3_S, 2200, 512, 5, way, new Random(3));
        }
    }

    private static void frozen(BlockType type, int rows, int columns, int tokens, Way way, Random random) {
        Matrix w = RandomMatrix.of(type, rows, columns, random);
        float[] values = new float[rows * columns];
        type.dequantizer().dequantize(w.data(), 0, values, 0, values.length);
        FloatMatrix weights = FloatMatrix.of(Floats.copyOf(Arena.ofAuto(), values), rows, columns);
        String what = "%s %s %dx%d, %d tokens".formatted(way, type, rows, columns, tokens);
        float[][] results = new float[4][];
        Product forward = new Product(
                matrix(tokens, columns, false, random),
                weights.transpose(),
                matrix(tokens, rows, false, random),
                random.nextBoolean());
        Product backward = new Product(
                matrix(tokens, rows, false, random),
                weights,
                matrix(tokens, columns, false, random),
                random.nextBoolean());
        for (int i = 0; i < 4; i++) {
            Product p = i < 2 ? forward : backward;
            Floats data = Floats.copyOf(Arena.ofAuto(), p.out.data().toArray());
            FloatMatrix out = new FloatMatrix(data, p.out.from(), p.out.rows(), p.out.columns(), p.out.stride(), false);
            try (Compute compute = new Compute(way.kernels(), i % 2 == 0 ? 1 : 3)) {
                Gemm gemm = Gemm.of(compute.kernels(), way.exact());
                if (i < 2) gemm.multiplyByColumns(compute, p.a, w, out, p.add);
                else gemm.multiplyByRows(compute, p.a, w, out, p.add);
            }
            results[i] = data.toArray();
        }
        double weight = 0;
        if (WITH_MINIMUM.contains(type) && !way.exact()) {
            // Scale and minimum go into one float beside 256 times the scale, which moves a weight that they cancel in.
            for (float v : values) weight = Math.max(weight, Math.abs(v) / (1 << 15));
        }
        forward.check(results[0], way.error(), weight, what);
        assertThat(results[1]).isEqualTo(results[0]);
        backward.check(results[2], way.error(), weight, what);
        assertThat(results[3]).isEqualTo(results[2]);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        Random random = new Random(3);
        Kernels kernels = new ScalarKernels(null);
        Gemm gemm = Gemm.of(kernels, true);
        FloatMatrix a = matrix(3, 4, false, random);
        FloatMatrix b = matrix(4, 5, true, random);
        FloatMatrix out = matrix(3, 5, false, random);
        Scratch scratch = new Scratch();
        assertThatThrownBy(() -> gemm.multiply(scratch, b, a, out, false)).hasMessageContaining("4x5 times 3x4");
        assertThatThrownBy(() -> gemm.multiply(scratch, a, b, out.transpose(), false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> out.rows(1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> FloatMatrix.of(Floats.allocate(Arena.ofAuto(), 11), 3, 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aSumOfNothingIsZero() {
        for (Way way : WAYS) {
            Gemm gemm = Gemm.of(way.kernels(), way.exact());
            FloatMatrix nothing = FloatMatrix.of(Floats.allocate(Arena.ofAuto(), 0), 3, 0);
            FloatMatrix out = matrix(3, 3, false, new Random(5));
            float before = out.get(1, 1);
            gemm.multiply(new Scratch(), nothing, nothing.transpose(), out, true);
            assertThat(out.get(1, 1)).isEqualTo(before);
            gemm.multiply(new Scratch(), nothing, nothing.transpose(), out, false);
            assertThat(out.get(1, 1)).isZero();
        }
    }
}

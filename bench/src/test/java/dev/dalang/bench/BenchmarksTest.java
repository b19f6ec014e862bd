package dev.dalang.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.DalangException;
import dev.dalang.bench.ElementWork.Buffers;
import dev.dalang.bench.TrainingProducts.Product;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.FloatMatrix;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Matrix;
import dev.dalang.engine.kernel.MemoryBandwidth;
import dev.dalang.engine.kernel.ProductPeak;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Param;

/** That what is timed computes the right thing, by plain arithmetic in doubles; nothing is timed here. */
class BenchmarksTest {

    private static final int ROWS = 48;
    private static final int COLUMNS = 512;

    /** The tiers that this machine has. */
    private static List<String> tiers() {
        List<String> tiers = new ArrayList<>();
        for (String tier : List.of("scalar", "vector", "native")) {
            try {
                KernelTier.named(tier).close();
                tiers.add(tier);
            } catch (DalangException e) {
                assertThat(tier).isNotEqualTo("scalar");
            }
        }
        return tiers;
    }

    private static String[] values(Class<?> benchmark, String field) throws ReflectiveOperationException {
        return benchmark.getDeclaredField(field).getAnnotation(Param.class).value();
    }

    @Test
    void productsAreProducts() throws ReflectiveOperationException {
        assertThat(values(PromptProducts.class, "type")).isEqualTo(values(AnswerProducts.class, "type"));
        for (String tier : tiers()) {
            for (String name : values(AnswerProducts.class, "type")) {
                BlockType type = BlockType.ofName(name);
                for (int tokens : new int[] {1, 4, 8, 20}) products(type, tier, tokens, tokens > 8);
            }
        }
    }

    private static void products(BlockType type, String tier, int tokens, boolean prompt) {
        long bytes = 3 * ROWS * type.bytesFor(COLUMNS);
        try (Arena arena = Arena.ofConfined();
                MatrixSet set = new MatrixSet(type, ROWS, COLUMNS, bytes, KernelTier.named(tier), 2, tokens)) {
            assertThat(set.size()).isEqualTo(3);
            assertThat(set.matrix().bytes()).isEqualTo(bytes / 3);
            Floats weights = Floats.allocate(arena, ROWS * COLUMNS);
            rows(set.matrix(), weights);
            for (int i = 0; i < 3; i++) {
                Floats out = set.multiply(prompt);
                for (int t = 0; t < tokens; t++) {
                    for (int r = 0; r < ROWS; r++) {
                        double sum = 0;
                        for (int c = 0; c < COLUMNS; c++) {
                            sum += (double) weights.get(r * COLUMNS + c)
                                    * set.x().get(t * COLUMNS + c);
                        }
                        // Activations of 8 bits move a sum of so many normal numbers, about 23 large, by about a tenth.
                        assertThat((double) out.get(t * ROWS + r))
                                .as("%s %s token %d of %d, row %d", tier, type, t, tokens, r)
                                .isCloseTo(sum, within(1.0));
                    }
                }
            }
        }
    }

    @Test
    void trainingProductsAreProducts() {
        for (String tier : tiers()) {
            try (TrainingProducts.Layer layer = TrainingProducts.Layer.of(KernelTier.named(tier), 2, 40, 33, 50)) {
                product(tier + " weights", layer.y().transpose(), layer.x(), layer.multiply(Product.WEIGHT));
                product(tier + " input", layer.y(), layer.w(), layer.multiply(Product.INPUT));
                product(tier + " forward", layer.x(), layer.w().transpose(), layer.multiply(Product.FORWARD));
            }
        }
    }

    private static void product(String what, FloatMatrix a, FloatMatrix b, FloatMatrix out) {
        for (int i = 0; i < out.rows(); i++) {
            for (int j = 0; j < out.columns(); j++) {
                double sum = 0;
                for (int k = 0; k < a.columns(); k++) sum += (double) element(a, i, k) * element(b, k, j);
                // BF16 moves a sum of so many normal numbers, about 6 large, by about a fiftieth.
                assertThat((double) element(out, i, j))
                        .as("%s %d %d", what, i, j)
                        .isCloseTo(sum, within(0.2));
            }
        }
    }

    private static float element(FloatMatrix m, int row, int column) {
        int at = m.transposed() ? column * m.stride() + row : row * m.stride() + column;
        return m.data().get(m.from() + at);
    }

    private static void rows(Matrix w, Floats weights) {
        try (Compute scalar = new Compute(KernelTier.named("scalar"), 1)) {
            for (int r = 0; r < ROWS; r++) scalar.kernels().row(w, r, weights, r * COLUMNS, scalar.scratch(0));
        }
    }

    @Test
    void attentionIsAttention() throws ReflectiveOperationException {
        int length = 300;
        for (String tier : tiers()) {
            for (String name : values(AnswerAttention.class, "type")) {
                BlockType type = BlockType.ofName(name);
                try (AttentionLayers layers = new AttentionLayers(type, 2, length, KernelTier.named(tier), 2)) {
                    assertThat(layers.layerBytes()).isEqualTo(2 * type.bytesFor(300L * 512));
                    double[] expected = attention(layers, length);
                    for (int layer = 0; layer < 3; layer++) {
                        Floats out = layers.attend();
                        assertThat(out.length()).isEqualTo(expected.length);
                        // The results are about 0.1 large; four bits keep keys and values to about a tenth.
                        double error = type == BlockType.Q4_0 ? 0.15 : 0.02;
                        for (int i = 0; i < expected.length; i++) {
                            assertThat((double) out.get(i))
                                    .as("%s %s element %d", tier, type, i)
                                    .isCloseTo(expected[i], within(error));
                        }
                    }
                }
            }
        }
    }

    /** The results {@code [32][64]} of the formula, from keys and values as they were before they were stored. */
    private static double[] attention(AttentionLayers layers, int length) {
        double[] out = new double[32 * 64];
        for (int head = 0; head < 32; head++) {
            int at = head / 4 * 64;
            double sum = 0;
            for (int p = 0; p < length; p++) {
                int row = p % AttentionLayers.MADE * AttentionLayers.ROW + at;
                double score = 0;
                for (int i = 0; i < 64; i++) {
                    score += (double) layers.query().get(head * 64 + i)
                            * layers.keys().get(row + i);
                }
                double weight = Math.exp(score / 8);
                sum += weight;
                for (int i = 0; i < 64; i++)
                    out[head * 64 + i] += weight * layers.values().get(row + i);
            }
            for (int i = 0; i < 64; i++) out[head * 64 + i] /= sum;
        }
        return out;
    }

    @Test
    void elementWorkIsWhatItsNamesSay() {
        for (String tier : tiers()) {
            try (Buffers b = Buffers.of(KernelTier.named(tier))) {
                float[] in = b.in().toArray();
                float[] up = b.up().toArray();
                double squares = 0;
                for (int i = 0; i < 2048; i++) squares += (double) in[i] * in[i];
                double norm = 1 / Math.sqrt(squares / 2048 + 1e-5);
                check(tier + " norm", b.norm(), 2048, i -> in[i] * norm * up[i]);
                check(tier + " rope", b.rope(), 2048, i -> {
                    int pair = i % 32;
                    int first = i / 64 * 64 + pair;
                    double x = in[first];
                    double y = in[first + 32];
                    return i % 64 < 32
                            ? x * Math.cos(pair) - y * Math.sin(pair)
                            : x * Math.sin(pair) + y * Math.cos(pair);
                });
                check(tier + " gate", b.gate(), 8192, i -> in[i] / (1 + Math.exp(-in[i])) * up[i]);
                double sum = 0;
                for (int i = 0; i < 4096; i++) sum += Math.exp(in[i]);
                double total = sum;
                check(tier + " softmax", b.softmax(), 4096, i -> Math.exp(in[i]) / total);
            }
        }
    }

    private static void check(String what, Floats out, int count, IntToDoubleFunction expected) {
        for (int i = 0; i < count; i++) {
            double e = expected.applyAsDouble(i);
            assertThat((double) out.get(i))
                    .as("%s %d", what, i)
                    .isCloseTo(e, within(1e-5 * Math.max(0.01, Math.abs(e))));
        }
    }

    @Test
    void samplingDrawsWhatTheChainLeaves() {
        for (Sampling.Chain chain : Sampling.Chain.values()) {
            Sampling.Draws draws = Sampling.Draws.of(chain);
            float[] logits = draws.logits().clone();
            float best = Float.NEGATIVE_INFINITY;
            for (float l : logits) best = Math.max(best, l);
            for (int i = 0; i < 20; i++) {
                float drawn = logits[draws.sample()];
                switch (chain) {
                    case GREEDY -> assertThat(drawn).isEqualTo(best);
                    // At least a twentieth as likely as the likeliest.
                    case DEFAULT -> assertThat(drawn).isGreaterThan(best - 3);
                    case SIGMA -> assertThat(drawn).isGreaterThan(best - 3.1f);
                }
            }
            assertThat(draws.logits()).isEqualTo(logits);
        }
    }

    @Test
    void textComesBack() {
        for (Tokenizing.Kind kind : Tokenizing.Kind.values()) {
            Tokenizing.Task task = Tokenizing.Task.of(kind);
            assertThat(task.decode()).as("%s", kind).isEqualTo(task.text());
            assertThat(task.encode()).isEqualTo(task.ids());
            // Frequent words are one token, so that merges are what is timed.
            assertThat(task.ids().length).isLessThan(task.text().length() / 3);
            assertThat(task.bytes()).isEqualTo(task.text().length());
        }
    }

    @Test
    void rooflinesAreKnownWhereMachineCodeRuns() {
        boolean here = tiers().contains("native");
        assertThat(MemoryBandwidth.read(1 << 20, 1, 1).isPresent()).isEqualTo(here);
        assertThat(ProductPeak.ofFloats(1, 1).isPresent()).isEqualTo(here);
    }
}

package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every family against logits, hidden states and greedy continuations of the reference implementation, on both tiers;
 * and that batches and threads change nothing: the same bits.
 */
class GoldenLogitsTest {

    private static final List<String> TIERS = List.of("scalar", "vector");
    private static final double EXACT = 1e-4;
    private static final double QUANTISED = 1e-3;
    /** Recurrences carry rounding from token to token. */
    private static final Set<String> RECURRENT = Set.of(
            "falcon-h1-dense",
            "granitehybrid-dense",
            "jamba-dense",
            "kimi-linear-moe",
            "lfm2-dense",
            "lfm2moe-moe",
            "mamba2-dense",
            "nemotron_h-dense",
            "nemotron_h_moe-dense",
            "plamo2-dense",
            "qwen35-dense",
            "qwen35moe-moe",
            "qwen3next-moe");

    @TestFactory
    List<DynamicTest> modelsOfRealTokenizers() throws IOException {
        List<Golden> goldens = Golden.in(Shared.require("golden"));
        List<DynamicTest> tests = tests(goldens);
        for (Golden g : goldens) {
            // An encoder's places have other names.
            if (g.hidden().stream().noneMatch(h -> h.name().equals("result_norm"))) continue;
            for (String tier : TIERS)
                tests.add(DynamicTest.dynamicTest(title(g, "hidden states", tier), () -> hidden(g, tier)));
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> modelOfEveryFamily(@TempDir Path folder) throws Exception {
        return tests(Golden.in(unpacked(Shared.require("golden/zoo.tar.xz"), folder)));
    }

    /** Keys and values kept in fewer bits move the logits, but not far. */
    @ParameterizedTest
    @CsvSource({
        "F16, scalar, 0.01",
        "F16, vector, 0.01",
        "BF16, scalar, 0.08",
        "BF16, vector, 0.08",
        "Q8_0, scalar, 0.4",
        "Q8_0, vector, 0.4"
    })
    void roundedCaches(BlockType type, String tier, double allowed) throws IOException {
        Golden g = Golden.in(Shared.require("golden")).stream()
                .filter(golden -> golden.name().equals("tiny-llama.f32"))
                .findFirst()
                .orElseThrow();
        double worst = worst(g, logits(g, options(g, tier, 1, 16).withCacheType(type)));
        assertThat(worst).isBetween(EXACT, allowed);
    }

    private static List<DynamicTest> tests(List<Golden> goldens) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Golden g : goldens) {
            tests.add(DynamicTest.dynamicTest(title(g, "logits", "scalar"), () -> scalar(g)));
            tests.add(DynamicTest.dynamicTest(title(g, "logits", "vector"), () -> vector(g)));
            if (g.greedy().isEmpty()) continue;
            for (String tier : TIERS)
                tests.add(DynamicTest.dynamicTest(title(g, "greedy", tier), () -> greedy(g, tier)));
        }
        return tests;
    }

    private static String title(Golden g, String what, String tier) {
        return g.name() + ", " + what + ", " + tier;
    }

    static Path unpacked(Path archive, Path folder) throws InterruptedException {
        int status;
        try {
            status = new ProcessBuilder("tar", "xJf", archive.toString(), "-C", folder.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            status = -1;
        }
        Assumptions.assumeTrue(status == 0, "tar cannot unpack " + archive);
        return folder.resolve("zoo");
    }

    private static void scalar(Golden g) {
        close(g, logits(g, options(g, "scalar", 1, 512)));
    }

    private static void vector(Golden g) {
        float[] whole = logits(g, options(g, "vector", 1, 512));
        close(g, whole);
        assertThat(logits(g, options(g, "vector", 2, 7)))
                .as("by sevens on two threads")
                .isEqualTo(whole);
    }

    private static void close(Golden g, float[] logits) {
        assertThat(worst(g, logits))
                .as(g.name() + ": largest difference of a logit")
                .isLessThan(tolerance(g));
    }

    static double worst(Golden g, float[] logits) {
        double worst = 0;
        for (int i = 0; i < logits.length; i++) {
            double difference = Math.abs(logits[i] - g.logits().get(i));
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return worst;
    }

    static double tolerance(Golden g) {
        return g.name().endsWith(".f32ref") || RECURRENT.contains(g.name()) ? QUANTISED : EXACT;
    }

    /** The residual stream after every layer, so that a wrong model shows where it goes wrong. */
    private static void hidden(Golden g, String tier) {
        Map<String, float[]> seen = new LinkedHashMap<>();
        try (ModelRunner runner = open(g, options(g, tier, 1, 512));
                Sequence sequence = runner.newSequence()) {
            runner.evaluateAll(sequence, g.tokens(), (i, row) -> {}, (name, rows, width, x) -> {
                float[] copy = new float[rows * width];
                x.get(0, copy, 0, copy.length);
                seen.put(name, copy);
            });
        }
        boolean scaled = g.hidden().stream().anyMatch(h -> h.name().equals("inp_scaled"));
        for (Golden.Hidden h : g.hidden()) {
            // Where the embeddings are scaled, ours are looked at after that.
            if (scaled && h.name().equals("embd")) continue;
            float[] ours = seen.get(h.name().equals("inp_scaled") ? "embd" : h.name());
            assertThat(ours).as(h.name()).hasSize(h.values().capacity());
            for (int i = 0; i < ours.length; i++) {
                float theirs = h.values().get(i);
                double allowed = tolerance(g) * Math.max(1, Math.abs(theirs));
                assertThat((double) ours[i]).as(h.name() + " at " + i).isCloseTo(theirs, Offset.offset(allowed));
            }
        }
    }

    /** Token by token, as far as no margin is so small that rounding decides. */
    private static void greedy(Golden g, String tier) {
        try (ModelRunner runner = open(g, options(g, tier, 1, 512));
                Sequence sequence = runner.newSequence()) {
            int[] ids = g.tokens();
            for (Golden.Choice choice : g.greedy()) {
                if (choice.margin() < 10 * tolerance(g)) return;
                float[] logits = runner.evaluate(sequence, ids, ModelRunner.Progress.NONE, Cancellation.NONE);
                int best = 0;
                for (int i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
                assertThat(best).as("after %d tokens", sequence.length()).isEqualTo(choice.token());
                ids = new int[] {best};
            }
        }
    }

    static float[] logits(Golden g, LoadOptions options) {
        try (ModelRunner runner = open(g, options);
                Sequence sequence = runner.newSequence()) {
            int width = runner.decoder().outputs();
            assertThat(g.logits().capacity()).isEqualTo(g.tokens().length * width);
            float[] all = new float[g.logits().capacity()];
            runner.evaluateAll(sequence, g.tokens(), (i, row) -> System.arraycopy(row, 0, all, i * width, width));
            return all;
        }
    }

    static LoadOptions options(Golden g, String tier, int threads, int batch) {
        return LoadOptions.DEFAULT
                .withKernels(tier)
                .withThreads(threads)
                .withBatch(batch)
                .withCacheType(BlockType.F32)
                .withContextLength(g.context());
    }

    static ModelRunner open(Golden g, LoadOptions options) {
        Gguf file = Gguf.open(g.model());
        String family = file.metadata().string("general.architecture");
        boolean known = Families.knows(family);
        if (!known) file.close();
        Assumptions.assumeTrue(known, "no family " + family);
        return new ModelRunner(file, options);
    }
}

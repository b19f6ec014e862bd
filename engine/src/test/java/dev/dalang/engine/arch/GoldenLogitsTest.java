package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.testing.NativeTier;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every family against logits of the reference implementation, on every tier; and that batches and threads change
 * nothing: the same bits. On the native tier tokens are also evaluated one by one, as those of an answer.
 */
class GoldenLogitsTest {

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
        return tests(Shared.require("golden"));
    }

    @TestFactory
    List<DynamicTest> modelOfEveryFamily(@TempDir Path folder) throws Exception {
        return tests(unpacked(Shared.require("golden/zoo.tar.xz"), folder));
    }

    private static List<DynamicTest> tests(Path folder) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Golden g : Golden.in(folder)) {
            tests.add(DynamicTest.dynamicTest(g.name() + ", scalar", () -> scalar(g)));
            tests.add(DynamicTest.dynamicTest(g.name() + ", vector", () -> vector(g)));
            tests.add(DynamicTest.dynamicTest(g.name() + ", native", () -> inMachineCode(g)));
        }
        return tests;
    }

    private static Path unpacked(Path archive, Path folder) throws InterruptedException {
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
        close(g, logits(g, "scalar", 1, 512));
    }

    private static void vector(Golden g) {
        float[] whole = logits(g, "vector", 1, 512);
        close(g, whole);
        assertThat(logits(g, "vector", 2, 7)).as("by sevens on two threads").isEqualTo(whole);
    }

    private static void inMachineCode(Golden g) throws IOException {
        Assumptions.assumeTrue(NativeTier.isHere(), "no native tier on this machine");
        float[] whole = logits(g, "native", 1, 512);
        double allowed = g.name().endsWith(".f32ref") ? 2 * g.roundingOfReference() : allowed(g);
        close(g, whole, allowed);
        assertThat(logits(g, "native", 2, 7)).as("by sevens on two threads").isEqualTo(whole);
        float[] answers = answers(g);
        if (answers != null) close(g, answers, allowed);
    }

    private static double allowed(Golden g) {
        return g.name().endsWith(".f32ref") || RECURRENT.contains(g.name()) ? QUANTISED : EXACT;
    }

    private static void close(Golden g, float[] logits) {
        close(g, logits, allowed(g));
    }

    private static void close(Golden g, float[] logits, double allowed) {
        double worst = 0;
        for (int i = 0; i < logits.length; i++) {
            double difference = Math.abs(logits[i] - g.logits().get(i));
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst).as(g.name() + ": largest difference of a logit").isLessThan(allowed);
    }

    /** Token by token; null for an encoder, which has no answers. */
    private static float @Nullable [] answers(Golden g) {
        try (ModelRunner runner = open(g, "native", 2, 1);
                Sequence sequence = runner.newSequence()) {
            if (runner.decoder().bidirectional()) return null;
            int width = runner.decoder().outputs();
            float[] all = new float[g.logits().capacity()];
            for (int i = 0; i < g.tokens().length; i++) {
                System.arraycopy(runner.next(sequence, g.tokens()[i]), 0, all, i * width, width);
            }
            return all;
        }
    }

    private static ModelRunner open(Golden g, String tier, int threads, int batch) {
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels(tier)
                .withThreads(threads)
                .withBatch(batch)
                .withCacheType(BlockType.F32)
                .withContextLength(g.context());
        Gguf file = Gguf.open(g.model());
        String family = file.metadata().string("general.architecture");
        boolean known = Families.knows(family);
        if (!known) file.close();
        Assumptions.assumeTrue(known, "no family " + family);
        return new ModelRunner(file, options);
    }

    private static float[] logits(Golden g, String tier, int threads, int batch) {
        try (ModelRunner runner = open(g, tier, threads, batch);
                Sequence sequence = runner.newSequence()) {
            int width = runner.decoder().outputs();
            assertThat(g.logits().capacity()).isEqualTo(g.tokens().length * width);
            float[] all = new float[g.logits().capacity()];
            runner.evaluateAll(sequence, g.tokens(), (i, row) -> System.arraycopy(row, 0, all, i * width, width));
            return all;
        }
    }
}

package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.testing.NativeTier;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every family in machine code, as prompts and token by token as answers, on the whole processor and on lesser ones:
 * models of 32-bit floats as exact as on the other tiers, the others within twice of what the reference implementation
 * loses by rounding activations. And that batches and threads change nothing: the same bits.
 */
@EnabledIf("nativeTier")
class NativeLogitsTest {

    /** Sets of processor features that lead to other code: all of them, no tiles, AVX2. */
    private static final List<String> MASKS = List.of("", "-amx_tile", "-avx512f,-avx_vnni,-amx_tile");

    static boolean nativeTier() {
        return NativeTier.isHere();
    }

    @TestFactory
    List<DynamicTest> modelsOfRealTokenizers() throws IOException {
        return tests(Golden.in(Shared.require("golden")));
    }

    @TestFactory
    List<DynamicTest> modelOfEveryFamily(@TempDir Path folder) throws Exception {
        return tests(Golden.in(GoldenLogitsTest.unpacked(Shared.require("golden/zoo.tar.xz"), folder)));
    }

    private static List<DynamicTest> tests(List<Golden> goldens) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Golden g : goldens) {
            for (String mask : MASKS) {
                tests.add(DynamicTest.dynamicTest(g.name() + " " + mask, () -> inMachineCode(g, mask)));
            }
        }
        return tests;
    }

    private static void inMachineCode(Golden g, String mask) throws IOException {
        double allowed = g.name().endsWith(".f32ref") ? 2 * g.roundingOfReference() : GoldenLogitsTest.tolerance(g);
        float[] whole = GoldenLogitsTest.logits(g, options(g, mask, 1, 512));
        assertThat(GoldenLogitsTest.worst(g, whole)).as("as a prompt").isLessThan(allowed);
        assertThat(GoldenLogitsTest.logits(g, options(g, mask, 2, 7)))
                .as("by sevens on two threads")
                .isEqualTo(whole);
        float[] answers = answers(g, mask);
        if (answers != null) {
            assertThat(GoldenLogitsTest.worst(g, answers)).as("as an answer").isLessThan(allowed);
        }
    }

    /** Token by token; null for an encoder, which has no answers. */
    private static float @Nullable [] answers(Golden g, String mask) {
        try (ModelRunner runner = GoldenLogitsTest.open(g, options(g, mask, 2, 1));
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

    private static LoadOptions options(Golden g, String mask, int threads, int batch) {
        return GoldenLogitsTest.options(g, "native", threads, batch).withCpuFeatures(mask);
    }
}

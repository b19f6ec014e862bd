package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.testing.Shared;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every family whose logits are known, in blocks of several kinds, against the same numbers as 32-bit floats; both are
 * computed in floats, so that no more may differ than the order of sums.
 */
class FamilyBlockTypesTest {

    private static final List<Quantization> KINDS = List.of(
            Quantization.BF16,
            Quantization.F16,
            Quantization.Q8_0,
            Quantization.Q5_1,
            Quantization.Q4_K_M,
            Quantization.IQ4_NL,
            Quantization.MXFP4_MOE);

    private static final double FLOATS = 1e-3;
    /** Where gates are cut off, what is near the edge passes or not by the last bit. */
    private static final double CUT_OFF = 2e-2;

    private static final int[] PROMPT = {5, 40, 3, 77, 12, 60, 9};

    @TempDir
    Path folder;

    static Stream<String> families() {
        return TinyModelTest.expected().map(a -> (String) a.get()[0]);
    }

    @ParameterizedTest
    @MethodSource("families")
    void blocksGiveTheLogitsOfTheirNumbers(String family) {
        compare(TinyFamilies.of(family).write(folder), KINDS, family.equals("gemma3n") ? CUT_OFF : FLOATS);
    }

    /** The families of the shared models, whose rows are long enough for none but small blocks either. */
    @TestFactory
    List<DynamicTest> theZooInBlocks() throws Exception {
        Path zoo = GoldenLogitsTest.unpacked(Shared.require("golden/zoo.tar.xz"), folder);
        List<Quantization> kinds = List.of(Quantization.Q8_0, Quantization.Q4_K_M, Quantization.MXFP4_MOE);
        return Golden.in(zoo).stream()
                .map(g -> DynamicTest.dynamicTest(g.name(), () -> compare(g.model(), kinds, FLOATS)))
                .toList();
    }

    private void compare(Path exact, List<Quantization> kinds, double allowed) {
        for (Quantization kind : kinds) {
            Path blocks = folder.resolve("blocks.gguf");
            Path floats = folder.resolve("floats.gguf");
            try (Gguf gguf = Gguf.open(exact)) {
                new ModelQuantizer(gguf, kind)
                        .write(blocks, gguf.metadata(), 1, (i, n, t, to) -> {}, new Cancellation());
            }
            try (Gguf gguf = Gguf.open(blocks)) {
                decoded(gguf).write(floats);
            }
            float[] expected = logits(floats, "scalar");
            for (String tier : List.of("scalar", "vector")) {
                float[] ours = logits(blocks, tier);
                double worst = 0;
                for (int i = 0; i < ours.length; i++) worst = Math.max(worst, Math.abs(ours[i] - expected[i]));
                assertThat(worst).as("%s, %s", kind, tier).isLessThan(allowed);
            }
        }
    }

    private static GgufWriter decoded(Gguf gguf) {
        GgufWriter copy = new GgufWriter().putAll(gguf.metadata());
        for (TensorInfo t : gguf.tensors().values()) {
            float[] values = new float[(int) t.elements()];
            t.type().dequantizer().dequantize(gguf.data(t), 0, values, 0, values.length);
            copy.tensor(t.name(), values, t.shape());
        }
        return copy;
    }

    private static float[] logits(Path file, String tier) {
        LoadOptions options =
                LoadOptions.DEFAULT.withKernels(tier).withThreads(1).withCacheType(BlockType.F32);
        try (ModelRunner runner = new ModelRunner(Gguf.open(file), options);
                Sequence sequence = runner.newSequence()) {
            float[][] last = new float[1][];
            runner.evaluateAll(sequence, PROMPT, (i, row) -> last[0] = row.clone());
            return last[0];
        }
    }
}

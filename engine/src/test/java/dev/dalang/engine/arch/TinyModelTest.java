package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.DalangException;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Families on models made here; the expected logits (for encoders, embeddings) are llama.cpp's for the same files, in
 * 32-bit floats and with GELU computed instead of looked up in a table of halves.
 */
class TinyModelTest {

    /** Longer than the windows and than the original context of the stretched rotations. */
    private static final int[] PROMPT =
            IntStream.range(0, 70).map(i -> i * 37 % TinyModel.VOCABULARY).toArray();

    private static final double EXACT = 5e-5;
    /** 22 layers that cut their gates off: what is near the edge passes or not by the last bit. */
    private static final double TOUCHY = 3e-3;

    @TempDir
    Path folder;

    static Stream<Arguments> expected() {
        return Stream.of(
                Arguments.of("qwen2", EXACT, new float[] {-1.18003f, -1.32702f, 0.19243f, 0.96143f}, 74),
                Arguments.of("qwen3moe", EXACT, new float[] {1.80628f, 0.03112f, -0.59284f, -0.00968f}, 91),
                Arguments.of("gpt-oss", EXACT, new float[] {0.57510f, -0.82123f, -0.41565f, 2.07479f}, 51),
                Arguments.of("olmo2", EXACT, new float[] {0.79887f, -0.56781f, -1.14189f, -1.27764f}, 9),
                Arguments.of("granite", EXACT, new float[] {0.20502f, -0.13646f, 0.01469f, -0.08878f}, 52),
                Arguments.of("glm4", EXACT, new float[] {-1.61325f, -0.39398f, 1.39575f, 2.64066f}, 3),
                Arguments.of("internlm2", EXACT, new float[] {-1.59966f, 1.08723f, -0.37572f, -1.10202f}, 43),
                Arguments.of("exaone", EXACT, new float[] {-0.68070f, 1.18119f, -1.53771f, -0.23634f}, 83),
                Arguments.of("minicpm", EXACT, new float[] {0.14739f, -0.03898f, -0.03340f, -0.00090f}, 36),
                Arguments.of("qwen3vl", EXACT, new float[] {-0.27708f, -1.31568f, 0.77753f, -0.13078f}, 46),
                Arguments.of("chatglm", EXACT, new float[] {-1.62060f, 1.82985f, -1.31092f, -0.41232f}, 19),
                Arguments.of("hunyuan-moe", EXACT, new float[] {-0.48195f, 0.34726f, 0.04412f, 1.35212f}, 17),
                Arguments.of("olmo", EXACT, new float[] {-0.24311f, -0.68494f, 0.41537f, -0.83401f}, 9),
                Arguments.of("command-r", EXACT, new float[] {0.21546f, -0.16222f, -0.00784f, 0.31818f}, 88),
                Arguments.of("orion", EXACT, new float[] {-1.39601f, 0.61100f, 0.93219f, 1.04157f}, 48),
                Arguments.of("nemotron", EXACT, new float[] {0.71748f, -1.06518f, 0.04563f, -1.31097f}, 70),
                Arguments.of("codeshell", EXACT, new float[] {1.58205f, -1.06496f, 0.22581f, -0.47945f}, 54),
                Arguments.of("gptneox", EXACT, new float[] {0.44321f, -0.28062f, -0.04482f, 0.57604f}, 15),
                Arguments.of("starcoder", EXACT, new float[] {1.37960f, -0.41264f, 0.47543f, -0.70473f}, 90),
                Arguments.of("qwen2vl", EXACT, new float[] {-0.57438f, -0.88280f, 0.69889f, 0.92527f}, 70),
                Arguments.of("xverse", EXACT, new float[] {-1.59966f, 1.08723f, -0.37572f, -1.10202f}, 43),
                Arguments.of("qwen3vlmoe", EXACT, new float[] {1.78720f, 0.03649f, -0.63404f, -0.03484f}, 91),
                Arguments.of("gemma3n", TOUCHY, new float[] {0.59654f, -0.99071f, -0.22444f, -0.83001f}, 13),
                Arguments.of("mamba", EXACT, new float[] {0.67951f, 0.67353f, -0.62887f, 1.78499f}, 79),
                Arguments.of("nemotron_h_moe", EXACT, new float[] {1.15360f, -0.64127f, 0.08501f, -0.06403f}, 87),
                Arguments.of("nomic-bert", EXACT, new float[] {1.76710f, -0.27486f, -0.04796f, 0.82044f}, 33),
                Arguments.of("nomic-bert-moe", EXACT, new float[] {0.88417f, -0.51408f, 0.68505f, 2.10365f}, 56),
                Arguments.of("jina-bert-v3", EXACT, new float[] {2.22933f, 0.43602f, -0.51498f, -1.42442f}, 0),
                Arguments.of("eurobert", EXACT, new float[] {0.30386f, -1.09312f, 1.12351f, 1.46934f}, 15));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expected")
    void logitsAfterThePrompt(String family, double tolerance, float[] first, int best) {
        Path file = TinyFamilies.of(family).write(folder);
        for (String tier : List.of("scalar", "vector")) {
            float[] logits = logits(file, tier, 1, 512);
            for (int i = 0; i < first.length; i++) {
                assertThat((double) logits[i]).as(tier + ", token " + i).isCloseTo(first[i], within(tolerance));
            }
            int largest = 0;
            for (int i = 0; i < logits.length; i++) if (logits[i] > logits[largest]) largest = i;
            assertThat(largest).isEqualTo(best);
            // An encoder takes its input in one pass.
            assertThat(logits(file, tier, 2, family.contains("bert") ? 512 : 9))
                    .as(tier + ", by nines on two threads")
                    .isEqualTo(logits);
        }
    }

    private static float[] logits(Path file, String tier, int threads, int batch) {
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels(tier)
                .withThreads(threads)
                .withBatch(batch)
                .withCacheType(BlockType.F32);
        try (ModelRunner runner = new ModelRunner(Gguf.open(file), options);
                Sequence sequence = runner.newSequence()) {
            float[][] last = new float[1][];
            runner.evaluateAll(sequence, PROMPT, (i, row) -> last[0] = row.clone());
            return last[0];
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3moe", "gpt-oss", "olmo2", "granite", "glm4"})
    void refusesNumbersThatDoNotFit(String family) {
        List<String> numbers = List.of(
                "context_length",
                "embedding_length",
                "block_count",
                "feed_forward_length",
                "attention.head_count",
                "attention.head_count_kv",
                "attention.key_length",
                "attention.value_length",
                "attention.sliding_window",
                "attention.sliding_window_pattern",
                "rope.dimension_count",
                "rope.scaling.original_context_length",
                "expert_count",
                "expert_used_count",
                "expert_group_count",
                "expert_feed_forward_length");
        for (String number : numbers) {
            for (int value : new int[] {0, 1, 3, 7, 1 << 20, Integer.MAX_VALUE}) {
                Path file = TinyFamilies.of(family).put(number, value).write(folder);
                try (Gguf gguf = Gguf.open(file)) {
                    Families.assemble(gguf, 0);
                } catch (DalangException e) {
                    assertThat(e).hasMessageContaining(family);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"blk.0.attn_q.weight", "blk.4.ffn_norm.weight", "output_norm.weight", "token_embd.weight"})
    void namesTheTensorThatIsMissing(String tensor) {
        Path file = TinyFamilies.of("qwen2").without(tensor).write(folder);
        try (Gguf gguf = Gguf.open(file)) {
            assertThatThrownBy(() -> Families.assemble(gguf, 0))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining(tensor);
        }
    }
}

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

/** Families on models made here; the expected logits are llama.cpp's for the same files. */
class TinyModelTest {

    /** Longer than the windows and than the original context of the stretched rotations. */
    private static final int[] PROMPT =
            IntStream.range(0, 70).map(i -> i * 37 % TinyModel.VOCABULARY).toArray();

    private static final double TOLERANCE = 5e-5;

    @TempDir
    Path folder;

    static Stream<Arguments> expected() {
        return Stream.of(
                Arguments.of("qwen2", new float[] {-1.18003f, -1.32702f, 0.19243f, 0.96143f, -0.08169f, -0.81653f}, 74),
                Arguments.of(
                        "qwen3moe", new float[] {1.80628f, 0.03112f, -0.59284f, -0.00968f, -0.69095f, -1.87054f}, 91),
                Arguments.of(
                        "gpt-oss", new float[] {0.57510f, -0.82123f, -0.41565f, 2.07479f, -0.50289f, -1.07347f}, 51),
                Arguments.of("olmo2", new float[] {0.79887f, -0.56781f, -1.14189f, -1.27764f, 0.19418f, -0.97802f}, 9),
                Arguments.of(
                        "granite", new float[] {0.20502f, -0.13646f, 0.01469f, -0.08878f, 0.24308f, -0.12272f}, 52),
                Arguments.of("glm4", new float[] {-1.61325f, -0.39398f, 1.39575f, 2.64066f, -0.40536f, -1.08482f}, 3));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expected")
    void logitsAfterThePrompt(String family, float[] first, int best) {
        Path file = TinyModel.of(family).write(folder);
        for (String tier : List.of("scalar", "vector")) {
            float[] logits = logits(file, tier, 1, 512);
            for (int i = 0; i < first.length; i++) {
                assertThat((double) logits[i]).as(tier + ", token " + i).isCloseTo(first[i], within(TOLERANCE));
            }
            int largest = 0;
            for (int i = 0; i < logits.length; i++) if (logits[i] > logits[largest]) largest = i;
            assertThat(largest).isEqualTo(best);
            assertThat(logits(file, tier, 2, 9))
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
                Path file = TinyModel.of(family).put(number, value).write(folder);
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
        Path file = TinyModel.of("qwen2").without(tensor).write(folder);
        try (Gguf gguf = Gguf.open(file)) {
            assertThatThrownBy(() -> Families.assemble(gguf, 0))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining(tensor);
        }
    }
}

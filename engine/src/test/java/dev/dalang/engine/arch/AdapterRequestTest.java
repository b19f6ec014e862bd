package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters chosen by a request. */
class AdapterRequestTest {

    private static final int[] PROMPT =
            IntStream.range(0, 30).map(i -> i * 7 % 90).toArray();

    private static final LoadOptions OPTIONS =
            LoadOptions.DEFAULT.withKernels("vector").withThreads(1).withCacheType(BlockType.F32);

    /** @param scores the log-probabilities of what was chosen */
    private record Result(List<Double> scores, int cached) {}

    @TempDir
    Path folder;

    private Path file;
    private Path a;
    private Path b;

    @BeforeEach
    void files() {
        Path bare = TinyFamilies.of("qwen2").write(folder);
        file = TinyModel.withVocabulary(bare, folder.resolve("model.gguf"));
        a = new SeededAdapter(bare, SeededAdapter.everything(bare), 2, 2, 1).gguf(folder.resolve("a.gguf"));
        b = new SeededAdapter(bare, SeededAdapter.everything(bare), 4, 4, 2).gguf(folder.resolve("b.gguf"));
    }

    private static Result ask(LocalModel model, Map<String, Float> adapters) {
        ChatRequest request = ChatRequest.builder("m", new Prompt.Tokens(PROMPT))
                .maxTokens(4)
                .topLogprobs(0)
                .sampling(Sampling.builder().temperature(0f).build())
                .adapters(adapters)
                .build();
        List<Double> scores = new ArrayList<>();
        int[] cached = new int[1];
        model.chat(request, Cancellation.NONE, event -> {
            if (event instanceof ChatEvent.TokenScores s) s.tokens().forEach(t -> scores.add((double) t.logprob()));
            if (event instanceof ChatEvent.Finished f) cached[0] = f.usage().cachedTokens();
        });
        return new Result(scores, cached[0]);
    }

    private List<Double> alone(Map<String, Float> adapters) {
        try (LocalModel model = LocalModel.open(file, OPTIONS.withAdapters(Map.of("a", a, "b", b)))) {
            return ask(model, adapters).scores;
        }
    }

    @Test
    void nothingComputedUnderOtherAdaptersIsUsed() {
        int again = PROMPT.length - 1;
        try (LocalModel model = LocalModel.open(file, OPTIONS)) {
            assertThat(model.adapters()).isEmpty();
            Result base = ask(model, Map.of());
            assertThat(base.scores).isNotEmpty();
            assertThat(ask(model, Map.of())).isEqualTo(new Result(base.scores, again));
            model.addAdapter("b", b);
            model.addAdapter("a", a);
            assertThat(model.adapters()).containsExactly("a", "b");
            List<Double> underA = alone(Map.of("a", 1f));
            assertThat(underA).isNotEqualTo(base.scores);
            assertThat(ask(model, Map.of("a", 1f))).isEqualTo(new Result(underA, 0));
            assertThat(ask(model, Map.of("a", 1f))).isEqualTo(new Result(underA, again));
            assertThat(ask(model, Map.of("a", 1f, "b", 0f))).isEqualTo(new Result(underA, again));
            assertThat(ask(model, Map.of("a", 0.5f))).isEqualTo(new Result(alone(Map.of("a", 0.5f)), 0));
            Map<String, Float> both = Map.of("b", -0.25f, "a", 0.5f);
            assertThat(ask(model, both)).isEqualTo(new Result(alone(both), 0));
            // What was computed under the base model and under a alone is still there, each for itself.
            assertThat(ask(model, Map.of("b", 0f))).isEqualTo(new Result(base.scores, again));
            assertThat(ask(model, Map.of("a", 1f))).isEqualTo(new Result(underA, again));
        }
    }

    @Test
    void anUnknownNameListsTheLoadedOnes() {
        try (LocalModel model = LocalModel.open(file, OPTIONS)) {
            refused(model, "no adapter named 'c' is loaded (none is)");
            model.addAdapter("b", b);
            model.addAdapter("a", a);
            refused(model, "no adapter named 'c' is loaded (there are a, b)");
            assertThatThrownBy(() -> model.addAdapter("a", b)).hasMessageContaining("named a is loaded already");
            assertThatThrownBy(() -> model.addAdapter("d", folder.resolve("none.gguf")))
                    .hasMessageContaining("no such file");
            assertThat(model.adapters()).containsExactly("a", "b");
        }
    }

    private static void refused(LocalModel model, String message) {
        assertThatThrownBy(() -> ask(model, Map.of("c", 1f)))
                .hasMessage(message)
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class));
    }

    @Test
    void anAdapterThatDoesNotFitLeavesNoModelOpen() {
        Path other = TinyFamilies.of("llama").write(folder);
        Path foreign = new SeededAdapter(other, List.of("output.weight"), 1, 1, 1).gguf(folder.resolve("f.gguf"));
        assertThatThrownBy(() -> LocalModel.open(file, OPTIONS.withAdapters(Map.of("f", foreign))))
                .hasMessageContaining("'llama'")
                .hasMessageContaining("'qwen2'");
    }
}

package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.api.Sampling;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.Speculation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guessed tokens change how fast an answer comes, and nothing else. */
class SpeculationTest {

    /** Twice the same, so that a look-up has something to find. */
    private static final int[] PROMPT =
            IntStream.range(0, 60).map(i -> i % 30 * 7 % 90).toArray();

    /** What an answer is to the bit: its tokens and the log-probabilities that they were drawn with. */
    private record Token(int id, double score) {}

    @TempDir
    Path folder;

    private Path model;
    private Path other;

    @BeforeEach
    void files() {
        model = TinyModel.withVocabulary(TinyFamilies.of("llama").write(folder), folder.resolve("model.gguf"));
        other = TinyModel.withVocabulary(TinyFamilies.of("qwen2").write(folder), folder.resolve("other.gguf"));
    }

    private static List<Token> ask(LocalModel model, Sampling sampling, int most) {
        ChatRequest request = ChatRequest.builder("m", new Prompt.Tokens(PROMPT))
                .maxTokens(most)
                .topLogprobs(0)
                .sampling(sampling)
                .build();
        List<Token> tokens = new ArrayList<>();
        model.chat(request, Cancellation.NONE, event -> {
            if (event instanceof ChatEvent.TokenScores s) {
                s.tokens().forEach(t -> tokens.add(new Token(t.id(), t.logprob())));
            }
        });
        return tokens;
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "auto"})
    void anAnswerIsTheSameWithAndWithoutGuesses(String kernels) {
        LoadOptions options = LoadOptions.DEFAULT.withKernels(kernels).withThreads(2);
        for (int seed = 0; seed < 4; seed++) {
            Sampling sampling = Sampling.builder()
                    .temperature(seed == 0 ? 0f : 0.7f)
                    .seed((long) seed)
                    .repeatPenalty(1.1f)
                    .build();
            List<Token> plain;
            try (LocalModel m = LocalModel.open(model, options)) {
                plain = ask(m, sampling, 40);
            }
            assertThat(plain).isNotEmpty();
            for (Speculation s : List.of(
                    new Speculation.Lookup(1),
                    new Speculation.Lookup(9),
                    // By itself, so that every guess of a greedy answer is right; and by a stranger, mostly wrong.
                    new Speculation.Draft(model, 5),
                    new Speculation.Draft(other, 3))) {
                try (LocalModel m = LocalModel.open(model, options, s)) {
                    assertThat(ask(m, sampling, 40)).as("%s, seed %d", s, seed).isEqualTo(plain);
                    // And once more, on what the first answer left behind.
                    assertThat(ask(m, sampling, 40))
                            .as("%s, seed %d, again", s, seed)
                            .isEqualTo(plain);
                }
            }
        }
    }

    @Test
    void theContextsEndIsTheSameWithGuesses() {
        LoadOptions options = LoadOptions.DEFAULT.withThreads(1).withContextLength(PROMPT.length + 7);
        Sampling greedy = Sampling.builder().temperature(0f).build();
        List<Token> plain;
        try (LocalModel m = LocalModel.open(model, options)) {
            plain = ask(m, greedy, 100);
        }
        try (LocalModel m = LocalModel.open(model, options, new Speculation.Draft(model, 5))) {
            assertThat(ask(m, greedy, 100)).isEqualTo(plain);
        }
    }

    @Test
    void whatCannotBeTakenBackIsRefused() {
        assertThatThrownBy(() -> new Speculation.Lookup(0)).isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> new Speculation.Draft(model, 65)).isInstanceOf(DalangException.class);
    }
}

package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A really trained model of 260 thousand weights, through the doorway, against a reference in double precision. */
class StoriesTest {

    private static final String FOLDER = "external/models/stories260K/";

    /**
     * @param text of prompt and continuation
     * @param lastLogits after the prompt
     */
    private record Case(String prompt, int[] ids, int[] greedy, String text, float[] lastLogits) {}

    private static LocalModel open(String form, LoadOptions options) {
        return LocalModel.open(Shared.require(FOLDER + "stories260K-" + form + ".gguf"), options);
    }

    private static ChatRequest.Builder greedy(Prompt prompt, int tokens) {
        return ChatRequest.builder("stories", prompt)
                .sampling(Sampling.builder().temperature(0f).build())
                .maxTokens(tokens);
    }

    /** The tolerances of the rounded forms are what rounding moves the logits (of 5 to 15), and no more. */
    @ParameterizedTest
    @CsvSource({
        "f32, scalar, 2e-4", "f32, vector, 2e-4", "f16, scalar, 0.02", "f16, vector, 0.02",
        "q8_0, scalar, 0.3", "q8_0, vector, 0.3", "q4_0, scalar, 4.5", "q4_0, vector, 4.5"
    })
    void idsLogitsAndTextsAreTheReferences(String form, String kernels, float tolerance) throws IOException {
        List<Case> cases = cases();
        assertThat(cases).hasSize(10);
        List<float[]> onOneThread = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            LoadOptions options = LoadOptions.DEFAULT
                    .withKernels(kernels)
                    .withThreads(threads)
                    .withCacheType(BlockType.F32);
            try (LocalModel model = open(form, options)) {
                for (Case c : cases) {
                    assertThat(model.tokenizer().withSpecials(model.tokenizer().encode(c.prompt, true)))
                            .as("ids of '%s'", c.prompt)
                            .isEqualTo(c.ids);
                    float[] logits = lastLogits(model, c.ids);
                    float worst = 0;
                    for (int i = 0; i < logits.length; i++)
                        worst = Math.max(worst, Math.abs(logits[i] - c.lastLogits[i]));
                    assertThat(worst)
                            .as("largest difference after '%s'", c.prompt)
                            .isLessThan(tolerance);
                    if (threads == 1) onOneThread.add(logits);
                    else assertThat(logits).isEqualTo(onOneThread.get(cases.indexOf(c)));
                    assertThat(model.tokenizer().decode(concat(c.ids, c.greedy), false))
                            .isEqualTo(c.text);
                    // The whole continuation only where rounding cannot turn a choice.
                    if (form.equals("f32")) {
                        ChatResponse answer = model.complete(greedy(new Prompt.Tokens(c.ids), c.greedy.length)
                                .build());
                        // An answer goes on from what was there, so it keeps the space that begins its first word.
                        assertThat(c.prompt + answer.text()).isEqualTo(c.prompt.isEmpty() ? " " + c.text : c.text);
                    }
                }
            }
        }
    }

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }

    private static float[] lastLogits(LocalModel model, int[] ids) {
        try (Sequence sequence = model.runner().newSequence()) {
            float[] logits = model.runner().evaluate(sequence, ids, ModelRunner.Progress.NONE, Cancellation.NONE);
            return Objects.requireNonNull(logits).clone();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "q8_0", "q4_0"})
    void everyFormTellsTheStory(String form) {
        try (LocalModel model = open(form, LoadOptions.DEFAULT)) {
            ChatResponse answer = model.complete(
                    greedy(new Prompt.Raw("Once upon a time"), 24).build());
            assertThat(answer.text()).startsWith(", there was a little girl named Lily.");
        }
    }

    @Test
    void aSeedFixesTheAnswerOnAnyThreadsAndAfterAnyOther() {
        ChatRequest request = ChatRequest.builder("stories", new Prompt.Raw("The dog"))
                .sampling(Sampling.builder().temperature(1f).seed(42L).build())
                .maxTokens(40)
                .build();
        List<String> answers = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            try (LocalModel model = open("q8_0", LoadOptions.DEFAULT.withThreads(threads))) {
                answers.add(model.complete(request).text());
                model.complete(greedy(new Prompt.Raw("The dog was"), 5).build());
                answers.add(model.complete(request).text());
            }
        }
        assertThat(answers).allMatch(answers.getFirst()::equals);
    }

    @Test
    void aPromptThatBeginsLikeTheLastOneIsNotReadAgain() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            model.complete(greedy(new Prompt.Raw("Once upon a time"), 8).build());
            ChatResponse second = model.complete(
                    greedy(new Prompt.Raw("Once upon a time, there"), 8).build());
            assertThat(second.usage().cachedTokens()).isGreaterThan(4);
            try (LocalModel fresh = open("f32", LoadOptions.DEFAULT)) {
                assertThat(second.text())
                        .isEqualTo(fresh.complete(greedy(new Prompt.Raw("Once upon a time, there"), 8)
                                        .build())
                                .text());
            }
        }
    }

    @Test
    void aStopStringThatStraddlesTokensEndsTheAnswerBeforeIt() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            ChatResponse answer = model.complete(greedy(new Prompt.Raw("Once upon a time"), 60)
                    .stop(List.of("named Lily. She"))
                    .build());
            assertThat(answer.text()).isEqualTo(", there was a little girl ");
            assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP_SEQUENCE);
            assertThat(answer.stopSequence()).isEqualTo("named Lily. She");
        }
    }

    @Test
    void limitsEndTheAnswerWithTheirReason() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT.withContextLength(16))) {
            ChatResponse few =
                    model.complete(greedy(new Prompt.Raw("Once upon a time"), 3).build());
            assertThat(few.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(few.usage().completionTokens()).isEqualTo(3);
            ChatResponse full = model.complete(
                    greedy(new Prompt.Raw("Once upon a time"), 100).build());
            assertThat(full.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
            assertThat(full.usage().promptTokens() + full.usage().completionTokens())
                    .isEqualTo(17);
        }
    }

    @Test
    void theModelsOwnEndEndsTheAnswerAndIsNoPartOfIt() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            int end = model.tokenizer().special().eos();
            // Pushed so far that it comes first; forbidden so that it never comes.
            ChatResponse ended = model.complete(greedy(new Prompt.Raw("Once upon a time"), 9)
                    .sampling(Sampling.GREEDY.toBuilder()
                            .logitBias(Map.of(end, 100f))
                            .build())
                    .build());
            assertThat(ended.finishReason()).isEqualTo(FinishReason.END_OF_TURN);
            assertThat(ended.text()).isEmpty();
            assertThat(ended.usage().completionTokens()).isEqualTo(1);
            ChatResponse endless = model.complete(greedy(new Prompt.Raw("Once upon a time"), 1000)
                    .sampling(Sampling.GREEDY.toBuilder()
                            .logitBias(Map.of(end, Float.NEGATIVE_INFINITY))
                            .build())
                    .build());
            assertThat(endless.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
        }
    }

    @Test
    void aPromptTooLongIsRefusedWithTheNumbersAndTheWayOut() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT.withContextLength(8))) {
            assertThatThrownBy(
                            () -> model.complete(greedy(new Prompt.Raw("Once upon a time there was a dog and a cat"), 3)
                                    .build()))
                    .isInstanceOfSatisfying(DalangException.class, e -> {
                        assertThat(e.failure()).isInstanceOf(Failure.ContextOverflow.class);
                        assertThat(e.getMessage()).contains("tokens", "8", "--context");
                    });
        }
    }

    @Test
    void tokensAreCountedAsAnAnswerWouldCountThem() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT.withContextLength(8))) {
            for (Prompt prompt : List.of(
                    new Prompt.Raw("Once upon"), new Prompt.Tokens(new int[] {1, 403}), Prompt.user("Once upon"))) {
                ChatRequest request = greedy(prompt, 1).build();
                assertThat(model.countTokens(request))
                        .isEqualTo(model.complete(request).usage().promptTokens());
            }
            // Counting is how a caller finds out that a prompt does not fit.
            Prompt.Raw tooLong = new Prompt.Raw("Once upon a time there was a dog and a cat");
            assertThat(model.countTokens(greedy(tooLong, 1).build())).isGreaterThan(8);
        }
    }

    @Test
    void aContextBeyondWhatTheModelWasTrainedForIsSaidOnceItIsReached() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT.withContextLength(520))) {
            int[] ids = new int[509];
            Arrays.fill(ids, 403);
            assertThat(model.complete(greedy(new Prompt.Tokens(ids), 3).build()).notices())
                    .isEmpty();
            assertThat(model.complete(greedy(new Prompt.Tokens(ids), 6).build()).notices())
                    .extracting(ChatEvent.Notice::code)
                    .containsExactly("beyond_training");
            assertThat(model.complete(greedy(new Prompt.Tokens(Arrays.copyOf(ids, 515)), 2)
                                    .build())
                            .notices())
                    .extracting(ChatEvent.Notice::code)
                    .containsExactly("beyond_training");
        }
    }

    @Test
    void whatHasNoEffectIsSaid() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            ChatResponse answer = model.complete(greedy(new Prompt.Raw("Once upon"), 1)
                    .extensions(Map.of("store", "true"))
                    .serviceTier("scale")
                    .tools(List.of(new Tool.Function("f", null, null)))
                    .build());
            assertThat(answer.notices())
                    .allMatch(n -> n.code().equals("parameter_without_effect"))
                    .extracting(ChatEvent.Notice::message)
                    .allMatch(m -> m.endsWith(" has no effect on a local model"))
                    .extracting(m -> m.split("[ ,:]")[0])
                    .containsExactly("store", "service_tier", "tools");
            assertThat(model.complete(greedy(new Prompt.Raw("Once upon"), 1).build())
                            .notices())
                    .isEmpty();
        }
    }

    @Test
    void whatIsTheTemplatesHasNoEffectOnAPlainPromptAndThatIsSaid() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            ChatRequest.Builder plain = greedy(new Prompt.Raw("Once"), 1);
            assertThat(model.complete(plain.build()).notices()).isEmpty();
            ChatRequest asked = plain.reasoning(ReasoningOptions.of(true))
                    .templateArguments(Map.of("tone", "\"dry\""))
                    .build();
            assertThat(model.complete(asked).notices())
                    .extracting(ChatEvent.Notice::message)
                    .containsExactly(
                            "reasoning, where the prompt has no messages, has no effect on a local model",
                            "chat_template_kwargs, where the prompt has no messages, has no effect on a local model");
        }
    }

    @Test
    void cancellationTakesEffectWithinOneToken() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            Cancellation cancellation = new Cancellation();
            AtomicInteger pieces = new AtomicInteger();
            List<FinishReason> reasons = new ArrayList<>();
            model.chat(greedy(new Prompt.Raw("Once upon a time"), 200).build(), cancellation, e -> {
                if (e instanceof ChatEvent.TextDelta && pieces.incrementAndGet() == 3) cancellation.cancel();
                if (e instanceof ChatEvent.Finished f) reasons.add(f.reason());
            });
            assertThat(pieces.get()).isEqualTo(3);
            assertThat(reasons).containsExactly(FinishReason.CANCELLED);
        }
    }

    @Test
    void scoresAreLogProbabilitiesAndTheBestIsWhatGreedyTakes() {
        try (LocalModel model = open("f32", LoadOptions.DEFAULT)) {
            List<dev.dalang.api.TokenScore> scores = new ArrayList<>();
            model.chat(
                    greedy(new Prompt.Raw("Once upon a time"), 10)
                            .topLogprobs(3)
                            .build(),
                    Cancellation.NONE,
                    e -> {
                        if (e instanceof ChatEvent.TokenScores s) scores.addAll(s.tokens());
                    });
            assertThat(scores).hasSize(10).allSatisfy(s -> {
                assertThat(s.logprob()).isLessThanOrEqualTo(0);
                assertThat(s.top()).hasSize(3);
                assertThat(s.top().getFirst().id()).isEqualTo(s.id());
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16", "Q8_0"})
    void everyCacheTypeTellsTheStory(String type) {
        // Where it is not at hand, neither a story nor a refusal can be had.
        Shared.require(FOLDER + "stories260K-f32.gguf");
        // Q8_0 blocks are 32 elements and this model's heads are 8: refused by name.
        LoadOptions options = LoadOptions.DEFAULT.withCacheType(BlockType.valueOf(type));
        if (type.equals("Q8_0")) {
            assertThatThrownBy(() -> open("f32", options))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("Q8_0");
            return;
        }
        try (LocalModel model = open("f32", options)) {
            ChatRequest request = greedy(new Prompt.Raw("Once upon a time"), 24).build();
            assertThat(model.complete(request).text()).startsWith(", there was a little girl named Lily.");
        }
    }

    private static List<Case> cases() throws IOException {
        Path file = Shared.require(FOLDER + "golden.json");
        List<Case> cases = new ArrayList<>();
        try (JsonParser p = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readAllBytes(file))) {
            String prompt = "";
            int[] ids = {};
            int[] greedy = {};
            float[] logits = {};
            String text = "";
            while (p.nextToken() != null) {
                if (p.currentToken() == JsonToken.END_OBJECT && ids.length > 0) {
                    cases.add(new Case(prompt, ids, greedy, text, logits));
                    ids = new int[0];
                }
                if (p.currentToken() != JsonToken.PROPERTY_NAME) continue;
                String name = p.currentName();
                p.nextToken();
                switch (name) {
                    case "prompt" -> prompt = p.getString();
                    case "ids" ->
                        ids = Arrays.stream(numbers(p)).mapToInt(d -> (int) d).toArray();
                    case "greedy_ids" ->
                        greedy =
                                Arrays.stream(numbers(p)).mapToInt(d -> (int) d).toArray();
                    case "last_logits" -> {
                        double[] all = numbers(p);
                        logits = new float[all.length];
                        for (int i = 0; i < all.length; i++) logits[i] = (float) all[i];
                    }
                    case "text" -> text = p.getString();
                    default -> {}
                }
            }
        }
        return cases;
    }

    private static double[] numbers(JsonParser p) {
        List<Double> all = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) all.add(p.getDoubleValue());
        return all.stream().mapToDouble(d -> d).toArray();
    }
}

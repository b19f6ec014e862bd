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
import dev.dalang.api.Sampling;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

    private record Case(String prompt, int[] ids, int[] greedy, float[] lastLogits, double gap) {}

    private static LocalModel open(String form, LoadOptions options) {
        return LocalModel.open(Shared.require(FOLDER + "stories260K-" + form + ".gguf"), options);
    }

    private static ChatRequest.Builder greedy(Prompt prompt, int tokens) {
        return ChatRequest.builder("stories", prompt)
                .sampling(Sampling.builder().temperature(0f).build())
                .maxTokens(tokens);
    }

    @ParameterizedTest
    @CsvSource({"f32, scalar, 1", "f32, scalar, 2", "f32, vector, 1", "f32, vector, 2"})
    void idsLogitsAndGreedyTextAreTheReferences(String form, String kernels, int threads) throws IOException {
        LoadOptions options =
                LoadOptions.DEFAULT.withKernels(kernels).withThreads(threads).withCacheType(BlockType.F32);
        List<Case> cases = cases();
        assertThat(cases).hasSizeGreaterThan(5);
        try (LocalModel model = open(form, options)) {
            for (Case c : cases) {
                assertThat(model.tokenizer().withSpecials(model.tokenizer().encode(c.prompt, true)))
                        .as("ids of '%s'", c.prompt)
                        .isEqualTo(c.ids);
                try (Sequence sequence = model.runner().newSequence()) {
                    float[] logits =
                            model.runner().evaluate(sequence, c.ids, ModelRunner.Progress.NONE, Cancellation.NONE);
                    for (int i = 0; i < c.lastLogits.length; i++) {
                        assertThat(logits[i])
                                .as("logit %d", i)
                                .isCloseTo(c.lastLogits[i], org.assertj.core.api.Assertions.within(2e-4f));
                    }
                }
                // As far as the smallest margin of the reference is clear of rounding.
                if (c.gap > 0.1) {
                    ChatResponse answer = model.complete(
                            greedy(new Prompt.Tokens(c.ids), c.greedy.length).build());
                    assertThat(answer.text()).isEqualTo(text(model, c.greedy));
                }
            }
        }
    }

    private static String text(LocalModel model, int[] ids) {
        var decoder = model.tokenizer().continuation(false);
        StringBuilder text = new StringBuilder();
        for (int id : ids) text.append(decoder.feed(id));
        return text.append(decoder.flush()).toString();
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
        // Q8_0 blocks are 32 elements and this model's heads are 8: refused by name.
        LoadOptions options = LoadOptions.DEFAULT.withCacheType(BlockType.valueOf(type));
        try (LocalModel model = open("f32", options)) {
            ChatRequest request = greedy(new Prompt.Raw("Once upon a time"), 24).build();
            if (type.equals("Q8_0")) {
                assertThatThrownBy(() -> model.complete(request))
                        .isInstanceOf(DalangException.class)
                        .hasMessageContaining("Q8_0");
            } else {
                assertThat(model.complete(request).text()).startsWith(", there was a little girl named Lily.");
            }
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
            double gap = 0;
            while (p.nextToken() != null) {
                if (p.currentToken() == JsonToken.END_OBJECT && ids.length > 0) {
                    cases.add(new Case(prompt, ids, greedy, logits, gap));
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
                    case "top2_gap" -> gap = p.getDoubleValue();
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

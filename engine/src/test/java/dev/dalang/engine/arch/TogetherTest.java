package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.Sampling;
import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.SchedulerStats;
import dev.dalang.engine.generate.ServingOptions;
import dev.dalang.engine.generate.Speculation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An answer is the same to the bit, alone on a model that was just loaded and among others on one that served before. */
class TogetherTest {

    private static final int REQUESTS = 12;

    /** What an answer is: its tokens with their log-probabilities, its text, and how it ended. */
    private record Result(List<Double> scores, List<Integer> ids, String text, FinishReason reason, int tokens) {}

    @TempDir
    Path folder;

    private static Result ask(LocalModel model, ChatRequest request) {
        List<Double> scores = new ArrayList<>();
        List<Integer> ids = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        ChatEvent.Finished[] end = new ChatEvent.Finished[1];
        model.chat(request, Cancellation.NONE, event -> {
            switch (event) {
                case ChatEvent.TokenScores s ->
                    s.tokens().forEach(t -> {
                        scores.add((double) t.logprob());
                        ids.add(t.id());
                    });
                case ChatEvent.TextDelta t -> text.append(t.text());
                case ChatEvent.Finished f -> end[0] = f;
                default -> {}
            }
        });
        return new Result(
                scores, ids, text.toString(), end[0].reason(), end[0].usage().completionTokens());
    }

    /** Prompts that share beginnings of all lengths, also across pages, with all that can change an answer. */
    private static List<ChatRequest> requests(boolean adapters) {
        Random random = new Random(7);
        int[] common = random.ints(400, 0, 90).toArray();
        List<ChatRequest> all = new ArrayList<>();
        int[] shared = {0, 3, 40, 256, 300, 399, 400, 257, 300, 256, 40, 300};
        for (int i = 0; i < REQUESTS; i++) {
            int[] ids = new int[shared[i] + 1 + random.nextInt(60)];
            System.arraycopy(common, 0, ids, 0, shared[i]);
            for (int k = shared[i]; k < ids.length; k++) ids[k] = random.nextInt(90);
            all.add(ChatRequest.builder("m", new Prompt.Tokens(ids))
                    .maxTokens(4 + random.nextInt(12))
                    .topLogprobs(2)
                    .user("user-" + i % 3)
                    .serviceTier(i % 4 == 0 ? "priority" : null)
                    .stop(i % 5 == 0 ? List.of("a", "7") : List.of())
                    .adapters(adapters && i % 3 == 1 ? Map.of("x", 0.75f) : Map.of())
                    .sampling(Sampling.builder()
                            .temperature(i % 3 == 0 ? 0f : 0.9f)
                            .topP(i % 2 == 0 ? 0.9f : 1f)
                            .repeatPenalty(i % 4 == 1 ? 1.3f : 1f)
                            .frequencyPenalty(i % 4 == 2 ? 0.4f : 0f)
                            .seed((long) i)
                            .build())
                    .build());
        }
        return all;
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "llama, auto",
        "qwen3moe, auto",
        "gpt-oss, auto",
        "olmo2, vector",
        "gemma3n, auto",
        "mamba, auto",
        "mamba, scalar",
        "nemotron_h_moe, auto",
        "nemotron_h_moe, vector"
    })
    void theSameAsAlone(String family, String kernels) throws Exception {
        Path bare = TinyFamilies.of(family).write(folder);
        Path file = TinyModel.withVocabulary(bare, folder.resolve("model.gguf"));
        boolean adapted = family.equals("llama");
        LoadOptions options =
                LoadOptions.DEFAULT.withKernels(kernels).withThreads(2).withBatch(96);
        if (adapted) {
            Path x = new SeededAdapter(bare, SeededAdapter.everything(bare), 2, 2, 1).gguf(folder.resolve("x.gguf"));
            options = options.withAdapters(Map.of("x", x));
        }
        List<ChatRequest> requests = requests(adapted);
        List<Result> alone = new ArrayList<>();
        for (ChatRequest r : requests) {
            try (LocalModel model = LocalModel.open(file, options)) {
                alone.add(ask(model, r));
            }
        }
        assertThat(alone).anyMatch(r -> r.reason == FinishReason.LENGTH);
        assertThat(alone).allMatch(r -> r.tokens > 0);
        // With plenty of memory, with so little that some must give way, and with guessed tokens.
        List<Long> memories = List.of(0L, room(file, 9));
        for (long memory : memories) {
            try (LocalModel model =
                    LocalModel.open(file, options, Speculation.NONE, ServingOptions.DEFAULT.withCacheBytes(memory))) {
                for (int round = 0; round < 2; round++) {
                    assertThat(together(model, requests))
                            .as("round %d with %d bytes", round, memory)
                            .isEqualTo(alone);
                }
                SchedulerStats stats = idle(model);
                assertThat(stats.activeBytes()).isZero();
                assertThat(stats.cachedTokens()).isPositive();
                if (memory > 0) assertThat(stats.usedBytes()).isLessThanOrEqualTo(memory);
            }
        }
    }

    /** The figures once the last answer's memory is given back, which is just after its end is told. */
    private static SchedulerStats idle(LocalModel model) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            SchedulerStats stats = model.stats();
            if (stats.running() == 0 && stats.waiting() == 0) return stats;
            Thread.sleep(10);
        }
        throw new AssertionError("still busy: " + model.stats());
    }

    /** Answers that outgrow the memory together: some give way in the middle and are read again. */
    @ParameterizedTest
    @CsvSource({"llama, auto", "nemotron_h_moe, vector"})
    void whoGaveWayGoesOnTheSame(String family, String kernels) throws Exception {
        Path file = TinyModel.withVocabulary(TinyFamilies.of(family).write(folder), folder.resolve("model.gguf"));
        LoadOptions options =
                LoadOptions.DEFAULT.withKernels(kernels).withThreads(1).withContextLength(1024);
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            requests.add(ChatRequest.builder(
                            "m", new Prompt.Tokens(new Random(i).ints(20, 0, 90).toArray()))
                    .maxTokens(800)
                    .topLogprobs(0)
                    .sampling(Sampling.builder()
                            .temperature(0.8f)
                            .seed((long) i)
                            .logitBias(Map.of(95, -100f))
                            .build())
                    .build());
        }
        List<Result> alone = new ArrayList<>();
        try (LocalModel model = LocalModel.open(file, options)) {
            for (ChatRequest r : requests) alone.add(ask(model, r));
        }
        long memory = room(file, 7);
        try (LocalModel model =
                LocalModel.open(file, options, Speculation.NONE, ServingOptions.DEFAULT.withCacheBytes(memory))) {
            assertThat(together(model, requests)).isEqualTo(alone);
            SchedulerStats stats = idle(model);
            assertThat(stats.preemptions()).isPositive();
            assertThat(stats.usedBytes()).isLessThanOrEqualTo(memory);
        }
    }

    /** Room for so many pages, and for the states of some sequences and checkpoints. */
    private static long room(Path file, int pages) {
        long page = 0;
        long states = 0;
        try (LocalModel model = LocalModel.open(file, LoadOptions.DEFAULT.withThreads(1))) {
            for (LayerMemory m : model.runner().decoder().memory()) {
                LayerMemory.KeyValue kv = switch (m) {
                    case LayerMemory.KeyValue k -> k;
                    case LayerMemory.Hybrid h -> h.attention();
                    default -> new LayerMemory.KeyValue(0, 0, 0);
                };
                // Halves, and what lies between the layers.
                page += 256L * kv.heads() * (kv.keyDim() + kv.valueDim()) * 2 + 256;
                states += switch (m) {
                    case LayerMemory.Recurrent r -> 4L * r.floats();
                    case LayerMemory.Hybrid h -> 4L * h.recurrence().floats();
                    default -> 0;
                };
            }
        }
        return pages * page + 8 * states;
    }

    private static List<Result> together(LocalModel model, List<ChatRequest> requests) throws Exception {
        List<Future<Result>> futures = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (ChatRequest r : requests) futures.add(callers.submit(() -> ask(model, r)));
        }
        List<Result> results = new ArrayList<>();
        for (Future<Result> f : futures) results.add(f.get());
        return results;
    }

    @Test
    void guessedTokensChangeNothingAmongOthers() throws Exception {
        Path file = TinyModel.withVocabulary(TinyFamilies.of("llama").write(folder), folder.resolve("model.gguf"));
        LoadOptions options = LoadOptions.DEFAULT.withThreads(1);
        List<ChatRequest> requests = requests(false);
        List<Result> plain = new ArrayList<>();
        try (LocalModel model = LocalModel.open(file, options)) {
            for (ChatRequest r : requests) plain.add(ask(model, r));
        }
        for (Speculation s : List.of(new Speculation.Lookup(5), new Speculation.Draft(file, 3))) {
            try (LocalModel model = LocalModel.open(file, options, s)) {
                assertThat(together(model, requests)).isEqualTo(plain);
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(ask(model, requests.get(i))).isEqualTo(plain.get(i));
                }
            }
        }
    }
}

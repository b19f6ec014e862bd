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
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.Sampling;
import dev.dalang.engine.arch.TinyFamilies;
import dev.dalang.engine.arch.TinyModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that are slow, fail, lose patience, or come when the model goes: none of them troubles another. */
class ServingTest {

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() {
        file = TinyModel.withVocabulary(TinyFamilies.of("llama").write(folder), folder.resolve("model.gguf"));
    }

    private LocalModel open() {
        return LocalModel.open(file, LoadOptions.DEFAULT.withThreads(1).withContextLength(4096));
    }

    private static ChatRequest.Builder request(int answer) {
        return ChatRequest.builder("m", new Prompt.Raw("hello"))
                .maxTokens(answer)
                .sampling(Sampling.builder()
                        .temperature(0.7f)
                        .seed(3L)
                        .logitBias(Map.of(95, -100f))
                        .build());
    }

    private static void idle(LocalModel model) throws InterruptedException {
        for (int i = 0; i < 2000 && model.stats().running() > 0; i++) Thread.sleep(5);
        assertThat(model.stats().running()).isZero();
        assertThat(model.stats().activeBytes()).isZero();
    }

    /** The cache takes half of what the weights leave of the memory that models may have, or what is said. */
    @Test
    void theCacheKeepsToTheMemoryThatModelsMayTake() {
        LoadOptions options = LoadOptions.DEFAULT.withThreads(1).withContextLength(4096);
        ServingOptions some = ServingOptions.DEFAULT.withMemoryBytes(1L << 30);
        try (LocalModel model = LocalModel.open(file, options, Speculation.NONE, some)) {
            assertThat(model.stats().limitBytes()).isEqualTo(((1L << 30) - model.bytes()) / 2);
        }
        try (LocalModel model = LocalModel.open(file, options, Speculation.NONE, some.withCacheBytes(100 << 20))) {
            assertThat(model.stats().limitBytes()).isEqualTo(100 << 20);
        }
    }

    @Test
    void aSlowReaderHoldsNobodyUpAndLosesNothing() throws Exception {
        try (LocalModel model = open();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch read = new CountDownLatch(1);
            ResponseCollector slowOnes = new ResponseCollector();
            Future<?> slow = callers.submit(() -> model.chat(request(60).build(), Cancellation.NONE, e -> {
                try {
                    read.await();
                } catch (InterruptedException x) {
                    throw new IllegalStateException(x);
                }
                slowOnes.accept(e);
            }));
            ChatResponse other = model.complete(request(80).build());
            assertThat(other.finishReason()).isEqualTo(FinishReason.LENGTH);
            idle(model);
            assertThat(slow.isDone()).isFalse();
            read.countDown();
            slow.get();
            assertThat(other.text()).startsWith(slowOnes.response().text());
            assertThat(slowOnes.response().usage().completionTokens()).isEqualTo(60);
        }
    }

    @Test
    void aReaderThatFailsEndsItsAnswerAndNoOther() throws Exception {
        try (LocalModel model = open()) {
            assertThatThrownBy(() -> model.chat(request(4000).build(), Cancellation.NONE, e -> {
                        if (e instanceof ChatEvent.TextDelta) throw new IllegalStateException("gone");
                    }))
                    .hasMessage("gone");
            idle(model);
            assertThat(model.stats().answerTokens()).isLessThan(4000);
            assertThat(model.complete(request(5).build()).usage().completionTokens())
                    .isEqualTo(5);
        }
    }

    @Test
    void whoIsInterruptedGetsTheAnswersEnd() throws Exception {
        try (LocalModel model = open();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch writes = new CountDownLatch(1);
            ResponseCollector collector = new ResponseCollector();
            Future<?> caller = callers.submit(() -> {
                model.chat(request(4000).build(), Cancellation.NONE, e -> {
                    collector.accept(e);
                    if (e instanceof ChatEvent.TextDelta) writes.countDown();
                });
                return Thread.currentThread().isInterrupted();
            });
            writes.await();
            caller.cancel(true);
            idle(model);
        }
    }

    @Test
    void anAnswerThatTakesTooLongFails() throws Exception {
        try (LocalModel model = open()) {
            assertThatThrownBy(() -> model.complete(
                            request(4000).timeout(Duration.ofNanos(1)).build()))
                    .isInstanceOfSatisfying(
                            DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.TimedOut.class));
            idle(model);
            assertThat(model.complete(request(3).timeout(Duration.ofDays(9)).build())
                            .usage()
                            .completionTokens())
                    .isEqualTo(3);
        }
    }

    @Test
    void aModelThatGoesAnswersFirst() throws Exception {
        LocalModel model = open();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch writes = new CountDownLatch(1);
            Future<ChatResponse> answer = callers.submit(() -> {
                ResponseCollector collector = new ResponseCollector();
                model.chat(request(300).build(), Cancellation.NONE, e -> {
                    collector.accept(e);
                    if (e instanceof ChatEvent.TextDelta) writes.countDown();
                });
                return collector.response();
            });
            writes.await();
            model.close();
            assertThat(answer.get().usage().completionTokens()).isEqualTo(300);
        }
        assertThatThrownBy(() -> model.complete(request(1).build()))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class));
        model.close();
    }

    @Test
    void aPromptBeyondTheCachesMemoryIsRefusedWithTheFigures() {
        ServingOptions small = ServingOptions.DEFAULT.withCacheBytes(700_000);
        try (LocalModel model = LocalModel.open(
                file, LoadOptions.DEFAULT.withThreads(1).withContextLength(4096), Speculation.NONE, small)) {
            assertThat(model.contextLength()).isBetween(256, 1024).isLessThan(4096);
            ChatRequest request =
                    ChatRequest.builder("m", new Prompt.Tokens(new int[2000])).build();
            assertThatThrownBy(() -> model.complete(request))
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.ContextOverflow.class));
        }
    }
}

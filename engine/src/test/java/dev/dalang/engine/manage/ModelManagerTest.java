package dev.dalang.engine.manage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.Test;

/** Models come when they are asked for, share the room, and are never taken away under an answer. */
class ModelManagerTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Models of given sizes, whose loading takes as long as a clock says; names that begin with "bad" do not load. */
    private final class Shelf implements ModelLoader {
        final Map<String, Long> sizes = new ConcurrentHashMap<>();
        final Map<String, Long> loadNanos = new ConcurrentHashMap<>();
        final AtomicInteger loads = new AtomicInteger();
        final AtomicLong inMemory = new AtomicLong();
        final AtomicLong most = new AtomicLong();
        final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
        volatile boolean broken;

        Shelf with(String name, long bytes, long nanos) {
            sizes.put(name, bytes);
            loadNanos.put(name, nanos);
            return this;
        }

        @Override
        public long bytes(String name) {
            Long size = sizes.get(name);
            if (size == null) throw new DalangException(new Failure.ModelUnavailable("no model " + name, name));
            return size;
        }

        @Override
        public Resident load(String name, DoubleConsumer progress) {
            loads.incrementAndGet();
            progress.accept(0.5);
            if (broken) throw DalangException.badModelFile(name + " is broken", name, null);
            now.addAndGet(loadNanos.get(name));
            long size = sizes.get(name);
            most.accumulateAndGet(inMemory.addAndGet(size), Math::max);
            return new Loaded(name, size);
        }

        final class Loaded implements Resident, ChatModel {
            final String name;
            final long size;
            final AtomicInteger answering = new AtomicInteger();
            volatile boolean closed;

            Loaded(String name, long size) {
                this.name = name;
                this.size = size;
            }

            @Override
            public ChatModel model() {
                return this;
            }

            @Override
            public long bytes() {
                return size;
            }

            @Override
            public void close() {
                assertThat(closed).isFalse();
                assertThat(answering.get()).as("unloaded under an answer").isZero();
                closed = true;
                inMemory.addAndGet(-size);
            }

            @Override
            public String name() {
                return name;
            }

            @Override
            public void chat(ChatRequest r, Cancellation cancellation, Consumer<? super ChatEvent> to) {
                answering.incrementAndGet();
                try {
                    if (closed) throw new AssertionError("asked after it was unloaded");
                    to.accept(new ChatEvent.Started("id", name, Instant.EPOCH));
                    CountDownLatch gate = gates.get(name);
                    if (gate != null) gate.await();
                    if (closed) throw new AssertionError("unloaded under an answer");
                    to.accept(new ChatEvent.TextDelta(name));
                    to.accept(new ChatEvent.Finished(
                            FinishReason.END_OF_TURN, null, Usage.ZERO, Timings.of(Duration.ZERO)));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                } finally {
                    answering.decrementAndGet();
                }
            }
        }
    }

    private final AtomicLong now = new AtomicLong();
    private final Shelf shelf = new Shelf();
    private final List<ModelEvent> events = java.util.Collections.synchronizedList(new ArrayList<>());

    private ModelManager manager(long bytes) {
        return new ModelManager(shelf, new ModelManager.Options(bytes, MINUTE), events::add, now::get);
    }

    private static ChatResponse ask(ModelManager manager, String name) {
        return manager.model(name)
                .complete(ChatRequest.builder(name, Prompt.user("hello")).build());
    }

    private static List<String> names(ModelManager manager) {
        return manager.list().stream().map(LoadedModel::name).toList();
    }

    private static Failure failureOf(Throwable e) {
        return ((DalangException) e).failure();
    }

    @Test
    void aModelIsLoadedOnceAndStaysForAWhile() {
        shelf.with("a", 10, 5);
        try (ModelManager manager = manager(100)) {
            assertThat(names(manager)).isEmpty();
            assertThat(ask(manager, "a").text()).isEqualTo("a");
            assertThat(ask(manager, "a").text()).isEqualTo("a");
            assertThat(shelf.loads).hasValue(1);
            assertThat(manager.list())
                    .containsExactly(new LoadedModel("a", LoadedModel.State.READY, 10, 0, false, MINUTE));
            now.addAndGet(MINUTE.toNanos() - 1);
            manager.sweep();
            assertThat(names(manager)).containsExactly("a");
            now.addAndGet(1);
            manager.sweep();
            assertThat(names(manager)).isEmpty();
            assertThat(ask(manager, "a").text()).isEqualTo("a");
            assertThat(shelf.loads).hasValue(2);
        }
        assertThat(shelf.inMemory).hasValue(0);
        assertThat(events)
                .containsExactly(
                        new ModelEvent.Loading("a", 0.5),
                        new ModelEvent.Loaded("a", 10, Duration.ofNanos(5), null),
                        new ModelEvent.Unloaded("a", ModelEvent.Reason.IDLE),
                        new ModelEvent.Loading("a", 0.5),
                        new ModelEvent.Loaded("a", 10, Duration.ofNanos(5), null),
                        new ModelEvent.Unloaded("a", ModelEvent.Reason.STOPPED));
    }

    @Test
    void aRequestSaysHowLongItsModelStays() {
        shelf.with("a", 10, 5);
        ChatRequest request = ChatRequest.builder("a", Prompt.user("hello")).build();
        try (ModelManager manager = manager(100)) {
            manager.model("a", Duration.ZERO).complete(request);
            assertThat(names(manager)).isEmpty();
            manager.model("a", Duration.ofSeconds(-1)).complete(request);
            now.addAndGet(Duration.ofDays(100).toNanos());
            manager.sweep();
            assertThat(names(manager)).containsExactly("a");
            manager.load("a", Duration.ofSeconds(1), Cancellation.NONE);
            now.addAndGet(Duration.ofSeconds(1).toNanos());
            manager.sweep();
            assertThat(names(manager)).isEmpty();
        }
    }

    @Test
    void whatIsLargeAndQuicklyLoadedGoesFirst() {
        shelf.with("large", 50, 100)
                .with("slow", 20, 100_000)
                .with("small", 10, 100)
                .with("next", 40, 100);
        try (ModelManager manager = manager(100)) {
            ask(manager, "large");
            ask(manager, "slow");
            ask(manager, "small");
            ask(manager, "next");
            assertThat(names(manager)).containsExactly("slow", "small", "next");
            ask(manager, "large");
            assertThat(names(manager)).containsExactly("slow", "small", "large");
        }
    }

    @Test
    void whatWasNotUsedForLongGoesAtLast() {
        shelf.with("slow", 40, 1000);
        for (int i = 0; i < 50; i++) shelf.with("m" + i, 40, 100);
        try (ModelManager manager = manager(100)) {
            ask(manager, "slow");
            for (int i = 0; i < 3; i++) ask(manager, "m" + i);
            assertThat(names(manager)).contains("slow");
            for (int i = 3; i < 50; i++) ask(manager, "m" + i);
            assertThat(names(manager)).doesNotContain("slow");
        }
    }

    @Test
    void aPinnedModelStaysAndWhatCannotFitIsRefused() {
        shelf.with("a", 60, 5).with("b", 60, 5).with("huge", 101, 5);
        try (ModelManager manager = manager(100)) {
            manager.pin("a", true);
            assertThatThrownBy(() -> ask(manager, "b"))
                    .hasMessage("b takes 60 bytes, but models may take 100, of which pinned ones have 60")
                    .satisfies(e -> assertThat(failureOf(e)).isInstanceOf(Failure.DoesNotFit.class));
            assertThatThrownBy(() -> ask(manager, "huge"))
                    .satisfies(e -> assertThat(failureOf(e)).isInstanceOf(Failure.DoesNotFit.class));
            now.addAndGet(Duration.ofDays(1).toNanos());
            manager.sweep();
            assertThat(names(manager)).containsExactly("a");
            manager.pin("a", false);
            assertThat(ask(manager, "b").text()).isEqualTo("b");
            assertThat(names(manager)).containsExactly("b");
        }
    }

    @Test
    void aModelThatDoesNotLoadTakesNoRoomAndMayLoadLater() {
        shelf.with("a", 60, 5);
        try (ModelManager manager = manager(100)) {
            shelf.broken = true;
            assertThatThrownBy(() -> ask(manager, "a")).hasMessage("a is broken");
            assertThatThrownBy(() -> ask(manager, "nobody")).hasMessage("no model nobody");
            assertThat(names(manager)).isEmpty();
            assertThat(events).contains(new ModelEvent.LoadFailed("a", "a is broken"));
            shelf.broken = false;
            assertThat(ask(manager, "a").text()).isEqualTo("a");
        }
    }

    @Test
    void stoppingWaitsForTheAnswerUnderWay() throws Exception {
        shelf.with("a", 60, 5).with("b", 60, 5);
        CountDownLatch gate = new CountDownLatch(1);
        shelf.gates.put("a", gate);
        try (ModelManager manager = manager(100);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ChatResponse> answer = callers.submit(() -> ask(manager, "a"));
            until(() -> manager.list().stream().anyMatch(m -> m.requests() == 1));
            assertThat(manager.stop("a")).isTrue();
            assertThat(manager.stop("b")).isFalse();
            assertThat(names(manager)).containsExactly("a");
            // Another model needs the room: it waits too.
            Future<ChatResponse> other = callers.submit(() -> ask(manager, "b"));
            until(() -> names(manager).contains("b"));
            assertThat(other.isDone()).isFalse();
            gate.countDown();
            assertThat(answer.get().text()).isEqualTo("a");
            assertThat(other.get().text()).isEqualTo("b");
            assertThat(names(manager)).containsExactly("b");
            assertThat(ask(manager, "a").text()).isEqualTo("a");
        }
    }

    @Test
    void whoWaitsForRoomMayChangeHisMind() throws Exception {
        shelf.with("a", 60, 5).with("b", 60, 5);
        CountDownLatch gate = new CountDownLatch(1);
        shelf.gates.put("a", gate);
        try (ModelManager manager = manager(100);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ChatResponse> answer = callers.submit(() -> ask(manager, "a"));
            until(() -> manager.list().stream().anyMatch(m -> m.requests() == 1));
            Cancellation cancellation = new Cancellation();
            Future<ChatResponse> other = callers.submit(() -> manager.model("b")
                    .complete(ChatRequest.builder("b", Prompt.user("hello")).build(), cancellation));
            until(() -> names(manager).contains("b"));
            cancellation.cancel();
            assertThat(other.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
            gate.countDown();
            answer.get();
            assertThat(names(manager)).containsExactly("a");
        }
    }

    private static void until(java.util.function.BooleanSupplier holds) throws InterruptedException {
        for (int i = 0; i < 2000 && !holds.getAsBoolean(); i++) Thread.sleep(5);
        assertThat(holds.getAsBoolean()).isTrue();
    }

    /** Many at once, with models that come, go, fail and are stopped; the shelf watches. */
    @Test
    void manyAtOnce() throws Exception {
        for (int i = 0; i < 6; i++) shelf.with("m" + i, 20 + 5 * i, 100 * i);
        ModelManager manager =
                new ModelManager(shelf, new ModelManager.Options(100, Duration.ofNanos(2_000_000)), events::add);
        try (manager;
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int seed = t;
                all.add(callers.submit(() -> {
                    Random random = new Random(seed);
                    int answers = 0;
                    for (int i = 0; i < 300; i++) {
                        String name = "m" + random.nextInt(6);
                        if (random.nextInt(20) == 0) manager.stop(name);
                        if (random.nextInt(50) == 0) shelf.broken = !shelf.broken;
                        try {
                            if (ask(manager, name).text().equals(name)) answers++;
                        } catch (DalangException e) {
                            assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class);
                        }
                    }
                    return answers;
                }));
            }
            int answers = 0;
            for (Future<Integer> f : all) answers += f.get();
            assertThat(answers).isPositive();
        }
        assertThat(shelf.inMemory).hasValue(0);
        assertThat(shelf.most.get()).isLessThanOrEqualTo(100);
        assertThat(names(manager)).isEmpty();
        assertThatThrownBy(() -> ask(manager, "m1"))
                .satisfies(e -> assertThat(failureOf(e)).isInstanceOf(Failure.Overloaded.class));
    }
}

package dev.dalang.clients;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Real models, of which some are asked under a name that makes their answers fail: {@code busy-twice} is overloaded the
 * first two times, {@code broken} always fails for good, {@code cut-off} fails in the middle, {@code held} stops in the middle
 * until nobody wants its answer any more. All else is the real thing.
 */
final class FaultyModels implements ServedModels {

    static final String BUSY_TWICE = "busy-twice";
    static final String BROKEN = "broken";
    static final String CUT_OFF = "cut-off";
    static final String HELD = "held";

    private final ServedModels real;
    private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

    FaultyModels(ServedModels real) {
        this.real = real;
    }

    int asked(String name) {
        return asked.computeIfAbsent(name, n -> new AtomicInteger()).get();
    }

    @Override
    public ChatModel chat(String name, Duration keepAlive, Caller caller) {
        if (!List.of(BUSY_TWICE, BROKEN, CUT_OFF, HELD).contains(name)) return real.chat(name, keepAlive, caller);
        return new Faulty(name, real.chat(RunningServer.MINI, keepAlive, caller));
    }

    private final class Faulty implements ChatModel {
        private final String name;
        private final ChatModel model;

        Faulty(String name, ChatModel model) {
            this.name = name;
            this.model = model;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
            int time = asked.computeIfAbsent(name, n -> new AtomicInteger()).incrementAndGet();
            if (name.equals(BROKEN)) throw DalangException.badModelFile("broken.gguf: cut off", "broken.gguf", null);
            if (name.equals(BUSY_TWICE) && time <= 2) {
                throw new DalangException(new Failure.Overloaded("too busy", Duration.ofMillis(10)));
            }
            model.chat(request, cancellation, e -> {
                events.accept(name.equals(HELD) && e instanceof ChatEvent.Finished f ? cancelled(f) : e);
                if (name.equals(CUT_OFF) && e instanceof ChatEvent.TextDelta) {
                    throw new DalangException(new Failure.Upstream("the line went dead", 502));
                }
                if (name.equals(HELD) && e instanceof ChatEvent.TextDelta) hold(cancellation);
            });
        }
    }

    /** The model may have written all of it by then. */
    private static ChatEvent cancelled(ChatEvent.Finished f) {
        return new ChatEvent.Finished(FinishReason.CANCELLED, null, f.usage(), f.timings());
    }

    /** Waits until the answer is not wanted any more, which a test's own time limit bounds. */
    private static void hold(Cancellation cancellation) {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (Cancellation.Registration _ = cancellation.onCancel(cancelled::countDown)) {
            cancelled.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ------------------------------------------------------------------ all else

    @Override
    public EmbeddingModel embedding(String name, Duration keepAlive, Caller caller) {
        return real.embedding(name, keepAlive, caller);
    }

    @Override
    public List<ServedModel> list(Caller caller) {
        return real.list(caller);
    }

    @Override
    public ServedModel find(String name, Caller caller) {
        return real.find(List.of(BUSY_TWICE, BROKEN, CUT_OFF, HELD).contains(name) ? RunningServer.MINI : name, caller);
    }

    @Override
    public Path file(String name, Caller caller) {
        return real.file(name, caller);
    }

    @Override
    public <T> T withLocal(String name, Caller caller, Cancellation cancellation, Function<? super LocalModel, T> use) {
        return real.withLocal(name, caller, cancellation, use);
    }

    @Override
    public void load(String name, Duration keepAlive, Caller caller, Cancellation cancellation) {
        real.load(name, keepAlive, caller, cancellation);
    }

    @Override
    public boolean unload(String name, Caller caller) {
        return real.unload(name, caller);
    }

    @Override
    public List<LoadedModel> loaded(Caller caller) {
        return real.loaded(caller);
    }
}

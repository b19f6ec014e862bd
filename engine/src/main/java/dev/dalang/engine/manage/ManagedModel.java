package dev.dalang.engine.manage;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A model that may or may not be in memory; each request brings it there, and keeps it there while it is answered. */
final class ManagedModel implements ChatModel {

    private final ModelManager manager;
    private final String name;
    private final @Nullable Duration keepAlive;

    ManagedModel(ModelManager manager, String name, @Nullable Duration keepAlive) {
        this.manager = manager;
        this.name = name;
        this.keepAlive = keepAlive;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        long start = System.nanoTime();
        ChatModel model = manager.acquire(name, cancellation);
        Duration waited = Duration.ofNanos(System.nanoTime() - start);
        if (model == null) {
            events.accept(new ChatEvent.Started("chatcmpl-" + UUID.randomUUID(), name, Instant.now()));
            events.accept(new ChatEvent.Finished(FinishReason.CANCELLED, null, Usage.ZERO, Timings.of(waited)));
            return;
        }
        try {
            model.chat(
                    request,
                    cancellation,
                    e -> events.accept(e instanceof ChatEvent.Finished f ? later(f, waited) : e));
        } finally {
            manager.release(name, keepAlive);
        }
    }

    /** What was waited for the model counts as loading. */
    private static ChatEvent later(ChatEvent.Finished f, Duration waited) {
        Timings t = f.timings();
        Timings all = new Timings(
                t.total().plus(waited),
                t.load() == null ? waited : t.load().plus(waited),
                t.promptEval(),
                t.generation(),
                t.timeToFirstToken() == null ? null : t.timeToFirstToken().plus(waited));
        return new ChatEvent.Finished(f.reason(), f.stopSequence(), f.usage(), all, f.details());
    }

    @Override
    public int countTokens(ChatRequest request) {
        ChatModel model = manager.acquire(name, Cancellation.NONE);
        if (model == null) throw new IllegalStateException("interrupted while " + name + " was loaded");
        try {
            return model.countTokens(request);
        } finally {
            manager.release(name, keepAlive);
        }
    }
}

package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A model that says what a test wrote down, and remembers what it was asked. */
final class ScriptedModel implements ChatModel, ModelOpener {

    /** The middle of an answer; what it throws is the failure. */
    interface Script {
        void play(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events);
    }

    final List<ChatRequest> requests = new ArrayList<>();
    final List<Options> opened = new ArrayList<>();
    final List<Path> paths = new ArrayList<>();
    boolean closed;
    private final Script script;

    ScriptedModel(Script script) {
        this.script = script;
    }

    static ScriptedModel saying(ChatEvent... events) {
        return new ScriptedModel((request, cancellation, to) -> {
            for (ChatEvent e : events) to.accept(e);
        });
    }

    static ScriptedModel saying(String text) {
        return saying(new ChatEvent.TextDelta(text));
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        requests.add(request);
        events.accept(new ChatEvent.Started("a1", "scripted", Instant.parse("2026-01-02T03:04:05Z")));
        script.play(request, cancellation, events);
        events.accept(new ChatEvent.Finished(
                cancellation.isCancelled() ? FinishReason.CANCELLED : FinishReason.END_OF_TURN,
                null,
                new Usage(10, 4, 0, 20, 0, Map.of()),
                new Timings(
                        Duration.ofSeconds(3),
                        Duration.ZERO,
                        Duration.ofMillis(500),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(600))));
    }

    @Override
    public Opened open(Path model, Options options) {
        opened.add(options);
        paths.add(model);
        return new Opened(this, 4096, Duration.ofMillis(100), null, () -> closed = true);
    }
}

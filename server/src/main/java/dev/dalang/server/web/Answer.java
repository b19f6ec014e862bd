package dev.dalang.server.web;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import dev.dalang.ledger.Conversation;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer under way. It runs whether somebody watches or not; what it says is in its {@link AnswerLog} for whoever does,
 * and now and then, and at the end, goes to {@code keeper}.
 */
final class Answer {

    private static final System.Logger LOG = System.getLogger(Answer.class.getName());
    private static final long KEEP_EVERY_NANOS = 2_000_000_000L;

    private final String id = UUID.randomUUID().toString();
    private final String owner;
    private final AnswerLog log = new AnswerLog();
    private final Cancellation cancellation = new Cancellation();
    private final BiConsumer<Conversation.State, Answer> keeper;
    private final StringBuilder body;
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder refusal = new StringBuilder();
    private final ObjectNode detail;
    private final ArrayNode calls = Json.array();
    private final ArrayNode notices = Json.array();
    private long lastKept = System.nanoTime();
    private long thinkingSince;
    private volatile long endedNanos;
    private volatile boolean ended;

    /**
     * @param body what is there already, when an answer goes on
     * @param detail as kept so far, with the model
     * @param keeper told of each state that is worth keeping
     */
    Answer(String owner, String body, ObjectNode detail, BiConsumer<Conversation.State, Answer> keeper) {
        this.owner = owner;
        this.body = new StringBuilder(body);
        this.detail = detail;
        this.keeper = keeper;
        if (detail.path("reasoning").isString())
            reasoning.append(detail.path("reasoning").stringValue());
        for (String old : new String[] {"error", "finish", "usage", "timings", "notices", "refusal"})
            detail.remove(old);
        ObjectNode begin = Json.object().put("body", body);
        begin.set("detail", detail.deepCopy());
        log.event("begin", begin);
    }

    String id() {
        return id;
    }

    String owner() {
        return owner;
    }

    AnswerLog log() {
        return log;
    }

    boolean isRunning() {
        return !ended;
    }

    /** Nanoseconds since it ended. */
    long endedFor() {
        return ended ? System.nanoTime() - endedNanos : 0;
    }

    void stop() {
        cancellation.cancel();
    }

    String body() {
        return body.toString();
    }

    /** As it is kept with the message. */
    ObjectNode detail() {
        ObjectNode d = detail.deepCopy();
        if (!reasoning.isEmpty()) d.put("reasoning", reasoning.toString());
        if (!refusal.isEmpty()) d.put("refusal", refusal.toString());
        if (!calls.isEmpty()) d.set("calls", calls.deepCopy());
        if (!notices.isEmpty()) d.set("notices", notices.deepCopy());
        return d;
    }

    /** Asks the model, on the calling thread, to its end. */
    void run(ChatModel model, ChatRequest request) {
        Conversation.State state;
        try {
            model.chat(request, cancellation, this::take);
            state = cancellation.isCancelled() || !detail.has("finish")
                    ? Conversation.State.INTERRUPTED
                    : Conversation.State.COMPLETE;
        } catch (DalangException e) {
            detail.put("error", e.failure().message());
            state = Conversation.State.INTERRUPTED;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "answer " + id + " failed", e);
            detail.put("error", "internal error; the server's log has it under " + id);
            state = Conversation.State.INTERRUPTED;
        }
        try {
            keeper.accept(state, this);
        } catch (DalangException e) {
            // The reader has the answer on the screen, and is told that it will not be there tomorrow.
            detail.put("error", "this answer could not be kept: " + e.failure().message());
        }
        endedNanos = System.nanoTime();
        ended = true;
        ObjectNode end = Json.object().put("state", word(state));
        end.set("detail", detail());
        log.close("end", end);
    }

    static String word(Conversation.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private void take(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {
                if (!e.model().equals(detail.path("model").asString(""))) detail.put("answered_by", e.model());
            }
            case ChatEvent.PromptProgress e ->
                log.event("progress", Json.object().put("done", e.done()).put("total", e.total()));
            case ChatEvent.TextDelta e -> {
                thought();
                body.append(e.text());
                log.text("text", 0, e.text());
            }
            case ChatEvent.ReasoningDelta e -> {
                if (thinkingSince == 0) thinkingSince = System.nanoTime();
                reasoning.append(e.text());
                log.text("reasoning", 0, e.text());
            }
            case ChatEvent.ToolCallStarted e -> {
                thought();
                calls.add(Json.object().put("id", e.id()).put("name", e.name()).put("arguments", ""));
                log.event(
                        "call",
                        Json.object().put("index", e.index()).put("id", e.id()).put("name", e.name()));
            }
            case ChatEvent.ToolCallDelta e -> {
                ObjectNode call = (ObjectNode) calls.get(e.index());
                call.put("arguments", call.path("arguments").asString("") + e.arguments());
                log.text("arguments", e.index(), e.arguments());
            }
            case ChatEvent.RefusalDelta e -> refusal.append(e.text());
            case ChatEvent.Notice e -> notice(e.message());
            case ChatEvent.MediaPart e -> notice("the model made a picture or a sound, which this page cannot show");
            case ChatEvent.Finished e -> finished(e);
            case ChatEvent.TextStarted e -> {}
            case ChatEvent.TextAnnotation e -> {}
            case ChatEvent.ReasoningSignature e -> {}
            case ChatEvent.ReasoningRedacted e -> {}
            case ChatEvent.ToolCallFinished e -> {}
            case ChatEvent.OpaquePart e -> {}
            case ChatEvent.TokenScores e -> {}
        }
        long now = System.nanoTime();
        if (now - lastKept > KEEP_EVERY_NANOS && !(event instanceof ChatEvent.Finished)) {
            lastKept = now;
            keeper.accept(Conversation.State.RUNNING, this);
        }
    }

    private void notice(String message) {
        notices.add(message);
        log.event("notice", Json.object().put("message", message));
    }

    private void thought() {
        if (thinkingSince == 0 || detail.has("reasoning_ms")) return;
        detail.put("reasoning_ms", (System.nanoTime() - thinkingSince) / 1_000_000);
    }

    private void finished(ChatEvent.Finished e) {
        thought();
        detail.put(
                "finish",
                e.reason() == FinishReason.END_OF_TURN
                        ? "stop"
                        : e.reason().name().toLowerCase(Locale.ROOT));
        Usage u = e.usage();
        detail.set(
                "usage",
                Json.object()
                        .put("prompt", u.promptTokens())
                        .put("cached", u.cachedTokens())
                        .put("completion", u.completionTokens())
                        .put("reasoning", u.reasoningTokens()));
        Timings t = e.timings();
        ObjectNode timings = Json.object().put("total", t.total().toMillis());
        put(timings, "load", t.load());
        put(timings, "prompt", t.promptEval());
        put(timings, "generation", t.generation());
        put(timings, "first", t.timeToFirstToken());
        detail.set("timings", timings);
    }

    private static void put(ObjectNode node, String name, @Nullable Duration time) {
        if (time != null) node.put(name, time.toNanos() / 1e6);
    }
}

package dev.dalang.server.openai;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of one choice as {@code chat.completion.chunk} objects: first the role, then pieces with one kind of thing
 * in each, then an empty delta with the reason for the end. All choices of a stream share its {@link Head}.
 */
final class ChatChunks implements Consumer<ChatEvent> {

    /** What all chunks of a stream have in common, taken from the first answer that begins. */
    static final class Head {
        private final String object;
        private final boolean withUsage;
        private ChatEvent.@Nullable Started first;

        Head(String object, boolean withUsage) {
            this.object = object;
            this.withUsage = withUsage;
        }

        synchronized void begin(ChatEvent.Started started) {
            if (first == null) first = started;
        }

        /** A chunk without choices. */
        synchronized ObjectNode chunk() {
            ChatEvent.Started s = first;
            if (s == null) throw new IllegalStateException("the answer has not begun");
            return Json.object()
                    .put("id", s.id())
                    .put("object", object)
                    .put("created", s.created().getEpochSecond())
                    .put("model", s.model());
        }

        /** The last chunk: no choices, all tokens. */
        ObjectNode last(List<Usage> answers) {
            ObjectNode chunk = chunk();
            chunk.putArray("choices");
            chunk.set("usage", Said.total(List.of(Said.together(answers))));
            return chunk;
        }

        ObjectNode finished(ObjectNode chunk) {
            // Before the one that counts, all chunks say that they do not.
            if (withUsage) chunk.putNull("usage");
            return chunk;
        }
    }

    private final Head head;
    private final int index;
    private final boolean logprobs;
    private final Consumer<ObjectNode> out;
    private final Scores scores = new Scores();
    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private final Map<Integer, Boolean> freeform = new HashMap<>();

    ChatChunks(Head head, int index, boolean logprobs, Consumer<ObjectNode> out) {
        this.head = head;
        this.index = index;
        this.logprobs = logprobs;
        this.out = out;
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {
                head.begin(e);
                send(Json.object().put("role", "assistant").put("content", ""));
            }
            case ChatEvent.TextDelta e -> {
                if (!e.text().isEmpty()) send(Json.object().put("content", e.text()), "content", scores.take(e.text()));
            }
            case ChatEvent.RefusalDelta e ->
                send(Json.object().put("refusal", e.text()), "refusal", scores.take(e.text()));
            case ChatEvent.ReasoningDelta e -> {
                scores.drop();
                if (!e.text().isEmpty()) send(Json.object().put("reasoning_content", e.text()));
            }
            case ChatEvent.TextAnnotation e -> {
                ObjectNode delta = Json.object();
                delta.putArray("annotations").add(Json.parse(e.json()));
                send(delta);
            }
            case ChatEvent.ToolCallStarted e -> {
                scores.drop();
                freeform.put(e.index(), e.freeform());
                call(e.index(), call -> {
                    call.put("id", e.id()).put("type", e.freeform() ? "custom" : "function");
                    call.putObject(e.freeform() ? "custom" : "function")
                            .put("name", e.name())
                            .put(e.freeform() ? "input" : "arguments", "");
                });
            }
            case ChatEvent.ToolCallDelta e -> {
                scores.drop();
                boolean free = freeform.getOrDefault(e.index(), false);
                if (e.arguments().isEmpty()) return;
                call(
                        e.index(),
                        call -> call.putObject(free ? "custom" : "function")
                                .put(free ? "input" : "arguments", e.arguments()));
            }
            case ChatEvent.MediaPart e -> ChatWriter.medium(e.part(), Json.object(), this::send, notices::add);
            case ChatEvent.OpaquePart e -> notices.add(Notices.notShown(e.part()));
            case ChatEvent.TokenScores e -> {
                if (logprobs) scores.add(e.tokens());
            }
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.Finished e -> finish(e);
            case ChatEvent.PromptProgress e -> {}
            case ChatEvent.TextStarted e -> {}
            case ChatEvent.ReasoningSignature e -> {}
            case ChatEvent.ReasoningRedacted e -> {}
            case ChatEvent.ToolCallFinished e -> {}
        }
    }

    private void call(int number, Consumer<ObjectNode> fill) {
        ObjectNode delta = Json.object();
        ObjectNode call = delta.putArray("tool_calls").addObject().put("index", number);
        fill.accept(call);
        send(delta);
    }

    private void send(ObjectNode delta) {
        send(delta, "content", List.of());
    }

    private void send(ObjectNode delta, String scored, List<TokenScore> tokens) {
        ObjectNode chunk = head.chunk();
        ObjectNode choice = choice(chunk, delta);
        if (!tokens.isEmpty()) {
            ObjectNode where = choice.putObject("logprobs");
            where.putNull("content").putNull("refusal").set(scored, Scores.json(tokens));
        }
        choice.putNull("finish_reason");
        emit(chunk);
    }

    private void finish(ChatEvent.Finished e) {
        ObjectNode chunk = head.chunk();
        choice(chunk, Json.object()).put("finish_reason", Said.finish(e.reason()));
        Said.details(chunk, e.details());
        emit(chunk);
    }

    private ObjectNode choice(ObjectNode chunk, ObjectNode delta) {
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", index);
        choice.set("delta", delta);
        return choice;
    }

    private void emit(ObjectNode chunk) {
        Notices.write(chunk, notices);
        notices.clear();
        out.accept(head.finished(chunk));
    }
}

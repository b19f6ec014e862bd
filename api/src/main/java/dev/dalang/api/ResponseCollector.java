package dev.dalang.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the events of one answer together again: neighbouring deltas of a kind become one part, parts keep the order in
 * which they began. Not for use by several threads at once.
 */
public final class ResponseCollector implements Consumer<ChatEvent> {

    /** What the open part is made of, when it is one that deltas make. */
    private enum Kind {
        TEXT,
        REASONING,
        SUMMARY,
        REFUSAL
    }

    /** A finished part, or a call whose arguments still grow. */
    private sealed interface Slot {
        record Done(Part part) implements Slot {}

        record Call(ChatEvent.ToolCallStarted start, StringBuilder arguments) implements Slot {}
    }

    private final List<Slot> slots = new ArrayList<>();
    private final Map<Integer, Slot.Call> calls = new LinkedHashMap<>();
    private final List<TokenScore> scores = new ArrayList<>();
    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private final List<String> annotations = new ArrayList<>();
    private final StringBuilder open = new StringBuilder();
    private @Nullable Kind kind;

    /** What is known of the open part when it is text. */
    private ChatEvent.@Nullable TextStarted text;

    private ChatEvent.@Nullable Started started;
    private ChatEvent.@Nullable Finished finished;

    public ResponseCollector() {}

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> started = e;
            case ChatEvent.PromptProgress e -> {}
            case ChatEvent.TextStarted e -> {
                close(null, null);
                append(Kind.TEXT, "");
                text = e;
            }
            case ChatEvent.TextDelta e -> append(Kind.TEXT, e.text());
            case ChatEvent.TextAnnotation e -> {
                append(Kind.TEXT, "");
                annotations.add(e.json());
            }
            case ChatEvent.ReasoningDelta e -> append(e.summary() ? Kind.SUMMARY : Kind.REASONING, e.text());
            case ChatEvent.ReasoningSignature e -> {
                if (kind != Kind.SUMMARY) append(Kind.REASONING, "");
                close(e.signature(), e.itemId());
            }
            case ChatEvent.ReasoningRedacted e -> add(new Part.RedactedReasoning(e.data(), e.itemId()));
            case ChatEvent.ToolCallStarted e -> {
                close(null, null);
                Slot.Call call = new Slot.Call(e, new StringBuilder());
                if (calls.putIfAbsent(e.index(), call) != null) {
                    throw new IllegalStateException("tool call " + e.index() + " started twice");
                }
                slots.add(call);
            }
            case ChatEvent.ToolCallDelta e -> {
                Slot.Call call = calls.get(e.index());
                if (call == null) throw new IllegalStateException("tool call " + e.index() + " never started");
                call.arguments().append(e.arguments());
            }
            case ChatEvent.ToolCallFinished e -> {}
            case ChatEvent.RefusalDelta e -> append(Kind.REFUSAL, e.text());
            case ChatEvent.MediaPart e -> add(e.part());
            case ChatEvent.OpaquePart e -> add(e.part());
            case ChatEvent.TokenScores e -> scores.addAll(e.tokens());
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.Finished e -> finished = e;
        }
    }

    /** The message so far: all of it once {@link ChatEvent.Finished} came, what there is before. */
    public Message message() {
        List<Part> parts = new ArrayList<>();
        for (Slot slot : slots) {
            parts.add(
                    switch (slot) {
                        case Slot.Done d -> d.part();
                        case Slot.Call(ChatEvent.ToolCallStarted s, StringBuilder arguments) ->
                            new Part.ToolCall(s.id(), s.name(), arguments.toString(), s.itemId(), s.freeform(), null);
                    });
        }
        Part last = openPart(null, null);
        if (last != null) parts.add(last);
        return new Message(Role.ASSISTANT, parts, null);
    }

    /** @throws IllegalStateException before the answer is complete */
    public ChatResponse response() {
        ChatEvent.Started start = started;
        ChatEvent.Finished finish = finished;
        if (start == null || finish == null) throw new IllegalStateException("the answer is not complete");
        return new ChatResponse(
                start.id(),
                start.model(),
                start.created(),
                message(),
                finish.reason(),
                finish.stopSequence(),
                finish.usage(),
                finish.timings(),
                scores,
                notices,
                finish.details());
    }

    private void append(Kind next, String text) {
        if (kind != next) close(null, null);
        kind = next;
        open.append(text);
    }

    private void add(Part part) {
        close(null, null);
        slots.add(new Slot.Done(part));
    }

    private void close(@Nullable String signature, @Nullable String itemId) {
        Part part = openPart(signature, itemId);
        if (part != null) slots.add(new Slot.Done(part));
        open.setLength(0);
        annotations.clear();
        text = null;
        kind = null;
    }

    private @Nullable Part openPart(@Nullable String signature, @Nullable String itemId) {
        String content = open.toString();
        return switch (kind) {
            case null -> null;
            case TEXT ->
                new Part.Text(
                        content,
                        null,
                        annotations.isEmpty() ? null : "[" + String.join(",", annotations) + "]",
                        text == null ? null : text.itemId(),
                        text == null ? null : text.phase());
            case REASONING -> new Part.Reasoning(content, signature, itemId, false);
            case SUMMARY -> new Part.Reasoning(content, signature, itemId, true);
            case REFUSAL -> new Part.Refusal(content);
        };
    }
}

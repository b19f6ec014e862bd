package dev.dalang.server.anthropic;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A streamed answer in Anthropic's order of events: {@code message_start}, then block after block
 * {@code content_block_start}, deltas and {@code content_block_stop}, at last {@code message_delta} and
 * {@code message_stop}, with {@code ping}s where the client would wait in silence.
 *
 * <p>{@code message_start} says how long the prompt is, so it waits for the first news of the prompt or of the answer. Blocks
 * never overlap: of tool calls that come interleaved the later ones wait for their turn.
 */
final class MessageStream implements Consumer<ChatEvent> {

    private enum Kind {
        TEXT,
        THINKING,
        CALL
    }

    /** A tool call whose pieces wait for the one before it. */
    private static final class Call {
        final ObjectNode block;
        final StringBuilder waiting = new StringBuilder();
        boolean finished;

        Call(ObjectNode block) {
            this.block = block;
        }
    }

    private final BiConsumer<String, ObjectNode> out;
    private final boolean hidesThinking;
    private final Map<Integer, Call> calls = new LinkedHashMap<>();
    /** What came in the middle of a tool call, to be shown after it. */
    private final List<ChatEvent> held = new ArrayList<>();

    private final List<ChatEvent.Notice> notices = new ArrayList<>();
    private ChatEvent.@Nullable Started started;
    private boolean opened;
    private @Nullable Kind kind;
    private int index = -1;
    private boolean pinged;

    /** @param out takes the name of each event and its data */
    MessageStream(boolean hidesThinking, BiConsumer<String, ObjectNode> out) {
        this.hidesThinking = hidesThinking;
        this.out = out;
    }

    @Override
    public void accept(ChatEvent event) {
        if (!calls.isEmpty() && isContent(event)) held.add(event);
        else take(event);
    }

    private static boolean isContent(ChatEvent event) {
        return switch (event) {
            case ChatEvent.TextStarted e -> true;
            case ChatEvent.TextDelta e -> true;
            case ChatEvent.TextAnnotation e -> true;
            case ChatEvent.RefusalDelta e -> true;
            case ChatEvent.ReasoningDelta e -> true;
            case ChatEvent.ReasoningSignature e -> true;
            case ChatEvent.ReasoningRedacted e -> true;
            case ChatEvent.OpaquePart e -> true;
            case ChatEvent.MediaPart e -> true;
            default -> false;
        };
    }

    private void take(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> started = e;
            case ChatEvent.PromptProgress e -> progress(e);
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.TextStarted e -> {
                endBlock();
                open(Kind.TEXT);
            }
            case ChatEvent.TextDelta e -> text(e.text());
            case ChatEvent.RefusalDelta e -> text(e.text());
            case ChatEvent.TextAnnotation e -> {
                open(Kind.TEXT);
                ObjectNode delta = Json.object().put("type", "citations_delta");
                delta.set("citation", Json.parse(e.json()));
                delta(delta);
            }
            case ChatEvent.ReasoningDelta e -> {
                open(Kind.THINKING);
                if (!hidesThinking && !e.text().isEmpty()) {
                    delta(Json.object().put("type", "thinking_delta").put("thinking", e.text()));
                }
            }
            case ChatEvent.ReasoningSignature e -> {
                open(Kind.THINKING);
                delta(Json.object().put("type", "signature_delta").put("signature", e.signature()));
                endBlock();
            }
            case ChatEvent.ReasoningRedacted e -> whole(Blocks.redacted(e.data()));
            case ChatEvent.OpaquePart e -> whole(Blocks.opaque(e.part()));
            case ChatEvent.MediaPart e -> throw Blocks.notHere("a picture or sound");
            // Not asked for: the dialect has no field for it.
            case ChatEvent.TokenScores e -> {}
            case ChatEvent.ToolCallStarted e -> callStarted(e);
            case ChatEvent.ToolCallDelta e -> callDelta(e);
            case ChatEvent.ToolCallFinished e -> callFinished(e);
            case ChatEvent.Finished e -> finish(e);
        }
    }

    // ---- the message

    private void progress(ChatEvent.PromptProgress e) {
        if (!opened) openMessage(e.total());
        else if (kind == null) ping();
    }

    private void openMessage(int promptTokens) {
        ChatEvent.Started s = started;
        if (s == null) throw new IllegalStateException("an answer that has not started");
        ObjectNode message = Blocks.message(s.id(), s.model());
        message.set("usage", Blocks.usage(Usage.of(promptTokens, 0), Map.of()));
        ObjectNode event = event("message_start");
        event.set("message", message);
        send(event);
        opened = true;
    }

    private void finish(ChatEvent.Finished e) {
        if (!opened) openMessage(e.usage().promptTokens());
        endBlock();
        // Calls whose end never came.
        for (Integer i : List.copyOf(calls.keySet())) callFinished(new ChatEvent.ToolCallFinished(i));
        ObjectNode data = event("message_delta");
        Blocks.stop(data.putObject("delta"), e.reason(), e.stopSequence(), e.details());
        data.set("usage", Blocks.usage(e.usage(), e.details()));
        Blocks.notices(data, notices);
        send(data);
        send(event("message_stop"));
    }

    private void ping() {
        send(event("ping"));
    }

    // ---- blocks

    private void text(String text) {
        if (text.isEmpty()) return;
        open(Kind.TEXT);
        delta(Json.object().put("type", "text_delta").put("text", text));
    }

    private void open(Kind wanted) {
        if (kind == wanted && wanted != Kind.CALL) return;
        endBlock();
        begin(wanted == Kind.TEXT ? Blocks.text("") : Blocks.thinking("", null));
        kind = wanted;
    }

    private void whole(ObjectNode block) {
        endBlock();
        begin(block);
        kind = Kind.TEXT;
        endBlock();
    }

    private void begin(ObjectNode block) {
        if (!opened) openMessage(0);
        index++;
        ObjectNode data = event("content_block_start");
        data.put("index", index);
        data.set("content_block", block);
        send(data);
        if (!pinged) ping();
        pinged = true;
    }

    private void endBlock() {
        if (kind == null) return;
        kind = null;
        send(event("content_block_stop").put("index", index));
    }

    private void delta(ObjectNode delta) {
        ObjectNode data = event("content_block_delta");
        data.put("index", index);
        data.set("delta", delta);
        send(data);
    }

    // ---- tool calls: the first of the map is the one that is shown

    private void callStarted(ChatEvent.ToolCallStarted e) {
        if (e.freeform()) throw Blocks.notHere("a call of a tool that takes free text");
        boolean first = calls.isEmpty();
        calls.put(e.index(), new Call(Blocks.toolUse(e.id(), e.name())));
        if (first) show(e.index());
    }

    private void show(int call) {
        Call c = calls.get(call);
        if (c == null) return;
        endBlock();
        begin(c.block);
        kind = Kind.CALL;
        arguments(c.waiting.toString());
    }

    private void callDelta(ChatEvent.ToolCallDelta e) {
        Call c = calls.get(e.index());
        if (c == null) return;
        if (isShown(e.index())) arguments(e.arguments());
        else c.waiting.append(e.arguments());
    }

    private void callFinished(ChatEvent.ToolCallFinished e) {
        Call c = calls.get(e.index());
        if (c == null) return;
        c.finished = true;
        while (!calls.isEmpty()) {
            int shown = calls.keySet().iterator().next();
            Call at = calls.get(shown);
            if (at == null || !at.finished) return;
            endBlock();
            calls.remove(shown);
            if (!calls.isEmpty()) show(calls.keySet().iterator().next());
        }
        List<ChatEvent> after = List.copyOf(held);
        held.clear();
        after.forEach(this::take);
    }

    private boolean isShown(int call) {
        return kind == Kind.CALL && calls.keySet().iterator().next() == call;
    }

    private void arguments(String json) {
        delta(Json.object().put("type", "input_json_delta").put("partial_json", json));
    }

    // ---- events

    private static ObjectNode event(String type) {
        return Json.object().put("type", type);
    }

    private void send(ObjectNode event) {
        out.accept(event.path("type").asString(), event);
    }
}

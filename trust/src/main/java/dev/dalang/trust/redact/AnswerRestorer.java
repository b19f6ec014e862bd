package dev.dalang.trust.redact;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes an answer's events on with the values in place of their placeholders: in text, reasoning, refusals, arguments of
 * tool calls (escaped for JSON), citations, the stop string, documents of text. Scores of tokens keep the placeholders, as
 * the values had no tokens.
 */
final class AnswerRestorer implements Consumer<ChatEvent> {
    private final Placeholders placeholders;
    private final ChatEvent.@Nullable Notice notice;
    private final Consumer<? super ChatEvent> next;
    private final Restorer text;
    private final Restorer reasoning;
    private final Restorer summary;
    private final Restorer refusal;
    private final Map<Integer, Restorer> calls = new HashMap<>();
    private boolean scoresSaid;

    /** @param notice to be said after the start, or null */
    AnswerRestorer(Placeholders placeholders, ChatEvent.@Nullable Notice notice, Consumer<? super ChatEvent> next) {
        this.placeholders = placeholders;
        this.notice = notice;
        this.next = next;
        text = Restorer.ofText(placeholders);
        reasoning = Restorer.ofText(placeholders);
        summary = Restorer.ofText(placeholders);
        refusal = Restorer.ofText(placeholders);
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {
                next.accept(e);
                if (notice != null) next.accept(notice);
            }
            case ChatEvent.TextDelta(String piece) -> {
                flushAllBut(text);
                text(text.accept(piece));
            }
            case ChatEvent.ReasoningDelta(String piece, boolean isSummary) -> {
                Restorer restorer = isSummary ? summary : reasoning;
                flushAllBut(restorer);
                reasoning(restorer.accept(piece), isSummary);
            }
            case ChatEvent.RefusalDelta(String piece) -> {
                flushAllBut(refusal);
                refusal(refusal.accept(piece));
            }
            case ChatEvent.ToolCallDelta(int index, String piece) -> {
                Restorer call = calls.get(index);
                call(index, call == null ? piece : call.accept(piece));
            }
            case ChatEvent.ToolCallStarted e -> {
                flush();
                calls.put(e.index(), e.freeform() ? Restorer.ofText(placeholders) : Restorer.ofJson(placeholders));
                next.accept(e);
            }
            case ChatEvent.ToolCallFinished(int index) -> {
                finish(index);
                next.accept(event);
            }
            // These end nothing: what is held back may still go on.
            case ChatEvent.PromptProgress e -> next.accept(e);
            case ChatEvent.Notice e -> next.accept(e);
            case ChatEvent.TextAnnotation(String json) ->
                next.accept(new ChatEvent.TextAnnotation(
                        Restorer.ofJson(placeholders).whole(json)));
            case ChatEvent.TokenScores e -> {
                if (!scoresSaid && !placeholders.none()) {
                    scoresSaid = true;
                    next.accept(new ChatEvent.Notice(
                            "scores_redacted", "token scores are those of the placeholders, not of the values"));
                }
                next.accept(e);
            }
            case ChatEvent.MediaPart(Part part) -> {
                flush();
                next.accept(new ChatEvent.MediaPart(part(part)));
            }
            case ChatEvent.Finished e -> {
                flush();
                for (int index : List.copyOf(calls.keySet())) finish(index);
                String stop = e.stopSequence();
                next.accept(new ChatEvent.Finished(
                        e.reason(),
                        stop == null ? null : Restorer.ofText(placeholders).whole(stop),
                        e.usage(),
                        e.timings(),
                        e.details()));
            }
            case ChatEvent.TextStarted e -> flushed(e);
            case ChatEvent.ReasoningSignature e -> flushed(e);
            case ChatEvent.ReasoningRedacted e -> flushed(e);
            case ChatEvent.OpaquePart e -> flushed(e);
        }
    }

    private void flushed(ChatEvent event) {
        flush();
        next.accept(event);
    }

    private void flush() {
        text(text.finish());
        reasoning(reasoning.finish(), false);
        reasoning(summary.finish(), true);
        refusal(refusal.finish());
    }

    /** A piece of another part ends the one before. */
    private void flushAllBut(Restorer open) {
        if (open != text) text(text.finish());
        if (open != reasoning) reasoning(reasoning.finish(), false);
        if (open != summary) reasoning(summary.finish(), true);
        if (open != refusal) refusal(refusal.finish());
    }

    private void finish(int index) {
        Restorer call = calls.remove(index);
        if (call != null) call(index, call.finish());
    }

    private void text(String piece) {
        if (!piece.isEmpty()) next.accept(new ChatEvent.TextDelta(piece));
    }

    private void reasoning(String piece, boolean isSummary) {
        if (!piece.isEmpty()) next.accept(new ChatEvent.ReasoningDelta(piece, isSummary));
    }

    private void refusal(String piece) {
        if (!piece.isEmpty()) next.accept(new ChatEvent.RefusalDelta(piece));
    }

    private void call(int index, String piece) {
        if (!piece.isEmpty()) next.accept(new ChatEvent.ToolCallDelta(index, piece));
    }

    private Part part(Part part) {
        if (!(part instanceof Part.Document d)
                || !(d.source() instanceof Source.Bytes b)
                || b.mediaType() == null
                || !b.mediaType().startsWith("text/")) return part;
        String restored = Restorer.ofText(placeholders).whole(new String(b.data(), StandardCharsets.UTF_8));
        return new Part.Document(
                new Source.Bytes(restored.getBytes(StandardCharsets.UTF_8), b.mediaType()),
                d.title(),
                d.context(),
                d.citations(),
                d.cache());
    }
}

package dev.dalang.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step of an answer; {@link ChatModel#chat} tells the order. Texts are whole code points: a character is never cut in
 * two.
 */
public sealed interface ChatEvent {

    /**
     * The request is accepted.
     *
     * @param id the answer's id
     * @param model the model that answers, which may be another than the one asked for
     */
    record Started(String id, String model, Instant created) implements ChatEvent {}

    /** {@code done} of the prompt's {@code total} tokens are read, cached ones included. */
    record PromptProgress(int done, int total) implements ChatEvent {}

    /**
     * The text that follows is an item of its own, apart from the text before. Comes only where a provider tells.
     *
     * @param itemId as in {@link Part.Text}
     * @param phase as in {@link Part.Text}
     */
    record TextStarted(@Nullable String itemId, @Nullable String phase) implements ChatEvent {}

    /** More of the answer. */
    record TextDelta(String text) implements ChatEvent {}

    /** A citation or the like on the text so far, as the provider's JSON object. */
    record TextAnnotation(String json) implements ChatEvent {}

    /** More of the reasoning, or of its summary. */
    record ReasoningDelta(String text, boolean summary) implements ChatEvent {
        public ReasoningDelta(String text) {
            this(text, false);
        }
    }

    /** Ends a stretch of reasoning with its provider's proof; {@code itemId} is the provider's id of it, or null. */
    record ReasoningSignature(String signature, @Nullable String itemId) implements ChatEvent {}

    /** A stretch of reasoning that only its provider can read. */
    record ReasoningRedacted(String data, @Nullable String itemId) implements ChatEvent {}

    /**
     * A tool call begins.
     *
     * @param index counts the calls of this answer from 0
     * @param itemId as in {@link Part.ToolCall}
     * @param freeform as in {@link Part.ToolCall}
     */
    record ToolCallStarted(
            int index, String id, String name, @Nullable String itemId, boolean freeform) implements ChatEvent {
        public ToolCallStarted(int index, String id, String name) {
            this(index, id, name, null, false);
        }
    }

    /** More of a call's arguments; all pieces of one index make one JSON object (or the text of a freeform call). */
    record ToolCallDelta(int index, String arguments) implements ChatEvent {}

    /** A tool call is complete. */
    record ToolCallFinished(int index) implements ChatEvent {}

    /** More of a refusal. */
    record RefusalDelta(String text) implements ChatEvent {}

    /** A picture, a sound or a document that the model made, whole. */
    record MediaPart(Part part) implements ChatEvent {
        public MediaPart {
            if (!(part instanceof Part.Image || part instanceof Part.Audio || part instanceof Part.Document)) {
                throw new IllegalArgumentException(part.getClass().getSimpleName() + " is no medium");
            }
        }
    }

    /** A whole part that only its provider understands. */
    record OpaquePart(Part.Opaque part) implements ChatEvent {}

    /** Scores of the tokens that the next (or this) piece of text came from, when the request asked for them. */
    record TokenScores(List<TokenScore> tokens) implements ChatEvent {
        public TokenScores {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * Something was done that the request did not ask for: turns dropped, a parameter without effect, a fallback taken.
     *
     * @param code a stable word for programs, like {@code truncated}
     * @param message one line for a person
     * @param details the same for programs, by names that go with the code; values are JSON
     */
    record Notice(String code, String message, Map<String, String> details) implements ChatEvent {
        public Notice {
            details = Checks.ordered(details);
        }

        public Notice(String code, String message) {
            this(code, message, Map.of());
        }
    }

    /**
     * The answer is complete.
     *
     * @param stopSequence the stop string that came up, with {@link FinishReason#STOP_SEQUENCE}, else null
     * @param details what a provider says of the answer besides, by its own names ({@code service_tier},
     *     {@code system_fingerprint}, {@code stop_details}); values are JSON
     */
    record Finished(
            FinishReason reason,
            @Nullable String stopSequence,
            Usage usage,
            Timings timings,
            Map<String, String> details)
            implements ChatEvent {
        public Finished {
            details = Checks.ordered(details);
        }

        public Finished(FinishReason reason, @Nullable String stopSequence, Usage usage, Timings timings) {
            this(reason, stopSequence, usage, timings, Map.of());
        }
    }
}

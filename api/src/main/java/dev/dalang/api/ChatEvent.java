package dev.dalang.api;

import java.time.Instant;
import java.util.List;
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

    /** A tool call begins; {@code index} counts the calls of this answer from 0. */
    record ToolCallStarted(int index, String id, String name) implements ChatEvent {}

    /** More of a call's arguments; all pieces of one index make one JSON object. */
    record ToolCallDelta(int index, String arguments) implements ChatEvent {}

    /** A tool call is complete. */
    record ToolCallFinished(int index) implements ChatEvent {}

    /** More of a refusal. */
    record RefusalDelta(String text) implements ChatEvent {}

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
     * @param code a stable word for programs, like {@code prompt_truncated}
     * @param message one line for a person
     */
    record Notice(String code, String message) implements ChatEvent {}

    /**
     * The answer is complete.
     *
     * @param stopSequence the stop string that came up, with {@link FinishReason#STOP_SEQUENCE}, else null
     */
    record Finished(FinishReason reason, @Nullable String stopSequence, Usage usage, Timings timings)
            implements ChatEvent {}
}

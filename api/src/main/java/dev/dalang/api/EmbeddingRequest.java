package dev.dalang.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts (or token ids) to turn into vectors.
 *
 * @param model the model's name
 * @param inputs {@link Prompt.Raw} or {@link Prompt.Tokens}; one vector comes back for each
 * @param dimensions shorten vectors to this length and normalise them again, for models trained so (Matryoshka
 *     representation learning, arXiv:2205.13147); null for the model's own length
 * @param purpose which of the model's instructions to prepend, for models that tell queries from documents
 * @param truncation what to do with an input longer than the model's context
 * @param user an opaque name of the end user, or null
 */
public record EmbeddingRequest(
        String model,
        List<Prompt> inputs,
        @Nullable Integer dimensions,
        Purpose purpose,
        Truncation truncation,
        @Nullable String user) {

    /** What the vector is for. */
    public enum Purpose {
        UNSPECIFIED,
        QUERY,
        DOCUMENT
    }

    public EmbeddingRequest {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty()) throw Checks.invalid("input", "input must hold at least one text");
        for (Prompt p : inputs) {
            if (!(p instanceof Prompt.Raw || p instanceof Prompt.Tokens)) {
                throw Checks.invalid("input", "input must be texts or token ids");
            }
        }
        Checks.atLeast("dimensions", dimensions, 1);
    }

    /** Texts, with every choice left to the model. */
    public static EmbeddingRequest of(String model, List<String> texts) {
        List<Prompt> inputs = texts.stream().<Prompt>map(Prompt.Raw::new).toList();
        return new EmbeddingRequest(model, inputs, null, Purpose.UNSPECIFIED, Truncation.REFUSE, null);
    }
}

package dev.dalang.api;

import java.util.List;

/**
 * The vectors of an {@link EmbeddingRequest}.
 *
 * @param model the model that answered
 * @param vectors one for each input, in order, all of one length; the arrays are the caller's to keep
 * @param usage tokens read
 * @param notices what was done that the request did not ask for, such as a truncated input
 */
public record EmbeddingResponse(String model, List<float[]> vectors, Usage usage, List<ChatEvent.Notice> notices) {
    public EmbeddingResponse {
        vectors = List.copyOf(vectors);
        notices = List.copyOf(notices);
    }
}

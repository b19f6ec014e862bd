package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A response that a client may look up and go on from.
 *
 * @param owner the key's id
 * @param status {@code queued}, {@code in_progress}, {@code completed}, {@code incomplete}, {@code failed} or
 *     {@code cancelled}
 * @param previous the response that this one goes on from, or null
 * @param background it is computed while nobody waits
 * @param request what was asked, JSON
 * @param body the response, JSON
 * @param events its events, one a line of JSON, where it was streamed in the background, or null
 */
public record StoredResponse(
        String id,
        String owner,
        Instant created,
        String status,
        @Nullable String previous,
        boolean background,
        String request,
        String body,
        @Nullable String events) {

    /** An item of a conversation: its id, and the whole of it as JSON. */
    public record Item(String id, String body) {}

    /** What went into a response, and what came out of it. */
    public record Items(List<Item> input, List<Item> output) {
        public Items {
            input = List.copyOf(input);
            output = List.copyOf(output);
        }
    }
}

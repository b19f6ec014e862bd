package dev.dalang.ledger;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that is about to be made: in the ledger before anything is sent.
 *
 * @param id from {@link RequestId}
 * @param at when, to the millisecond
 * @param dialect the front end's name
 * @param asked the model's name as the caller wrote it
 * @param worst the most that it can cost, or null where a price is unknown
 * @param worstTokens the most tokens that it can take, prompt and answer
 * @param prices the version of the price table
 * @param metadata the caller's labels
 * @param prompt the prompt's text, where the policy says that it is kept
 */
public record Intent(
        String id,
        Instant at,
        Account account,
        String dialect,
        String asked,
        @Nullable Money worst,
        long worstTokens,
        String prices,
        Map<String, String> metadata,
        @Nullable String prompt) {
    public Intent {
        metadata = Map.copyOf(metadata);
        if (worstTokens < 0 || worst != null && worst.picos() < 0) {
            throw new IllegalArgumentException("a worst case below zero");
        }
    }
}

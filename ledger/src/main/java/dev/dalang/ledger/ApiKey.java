package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A key of the server, without the key.
 *
 * @param id names it; no secret
 * @param name for people
 * @param hash SHA-256 of the key, in hexadecimal
 * @param scopes what it may do, in words
 * @param models names of the models that it may use; null for all
 * @param requestsPerMinute at most; null for any number
 * @param tokensPerMinute at most, read and written; null for any number
 * @param created to the millisecond
 * @param expires from when on it is no good; null for never
 * @param revoked since when it is no good; null where it is
 * @param used when it was used last, to about a minute; null for never
 */
public record ApiKey(
        String id,
        String name,
        String hash,
        List<String> scopes,
        @Nullable List<String> models,
        @Nullable Integer requestsPerMinute,
        @Nullable Integer tokensPerMinute,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant revoked,
        @Nullable Instant used) {

    public ApiKey {
        scopes = List.copyOf(scopes);
        models = models == null ? null : List.copyOf(models);
    }

    /** Whether it is good at this time. */
    public boolean isGood(Instant now) {
        return revoked == null && (expires == null || now.isBefore(expires));
    }
}

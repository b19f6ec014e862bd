package dev.dalang.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the time went; null where it is not known, as with a hosted model.
 *
 * @param total from the request's arrival to the end
 * @param load opening the model, zero when it was open
 * @param promptEval reading the part of the prompt that no cache held
 * @param generation from the first token to the last
 * @param timeToFirstToken from the request's arrival, queueing and loading included
 */
public record Timings(
        Duration total,
        @Nullable Duration load,
        @Nullable Duration promptEval,
        @Nullable Duration generation,
        @Nullable Duration timeToFirstToken) {

    /** Only the total is known. */
    public static Timings of(Duration total) {
        return new Timings(total, null, null, null, null);
    }
}

package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request as the ledger knows it; what is null is not known, or not yet.
 *
 * @param route a JSON array of steps
 * @param metadata a JSON object
 * @param unsure what attempts that broke off may have cost besides
 */
public record Entry(
        String id,
        Instant begun,
        @Nullable Instant ended,
        Account account,
        String dialect,
        String asked,
        @Nullable String model,
        @Nullable String digest,
        @Nullable String provider,
        @Nullable String providerId,
        @Nullable String route,
        Outcome outcome,
        @Nullable String finish,
        @Nullable String failure,
        Counts counts,
        Usage usage,
        @Nullable Duration firstToken,
        @Nullable Duration duration,
        @Nullable Money cost,
        Money unsure,
        @Nullable Money worst,
        long worstTokens,
        String prices,
        @Nullable Long energyMicrojoules,
        @Nullable String metadata) {}

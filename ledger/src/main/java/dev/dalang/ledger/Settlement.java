package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request whose {@link Intent} was admitted.
 *
 * @param id the intent's
 * @param at when it ended
 * @param model the model that answered, or null when none did
 * @param digest its exact version: a file's digest, or the provider's name with its date
 * @param provider whose it is; {@code local} for this machine
 * @param providerId the provider's own id of the answer
 * @param route how it got there, as a JSON array of steps
 * @param finish why the answer ended, in the doorway's words
 * @param failure why it failed
 * @param cost null where the price is unknown
 * @param unsure what attempts that broke off may have cost besides, at their worst
 * @param prices the version of the price table
 * @param energyMicrojoules measured, where that can be
 * @param answer the answer's text, where the policy says that it is kept
 */
public record Settlement(
        String id,
        Instant at,
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
        Duration duration,
        @Nullable Money cost,
        Money unsure,
        String prices,
        @Nullable Long energyMicrojoules,
        @Nullable String answer) {
    public Settlement {
        if (outcome == Outcome.OPEN) throw new IllegalArgumentException("a settled request is not open");
        if (cost != null && cost.picos() < 0 || unsure.picos() < 0) {
            throw new IllegalArgumentException("a cost below zero");
        }
    }
}

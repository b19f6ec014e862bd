package dev.dalang.ledger;

import java.util.List;
import java.util.Locale;

/**
 * Requests added up.
 *
 * @param group the values of what was grouped by, in that order; a day is {@code 2026-11-26}
 * @param failed failed or refused
 * @param cost of all whose price is known
 * @param unsure what attempts that broke off may have cost besides
 * @param unpriced how many that were sent have no known price
 * @param uncertain how many were counted by us or at their worst, because the model could not say
 * @param energyMicrojoules where it was measured
 */
public record UsageSum(
        List<String> group,
        long requests,
        long failed,
        long promptTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long completionTokens,
        long reasoningTokens,
        Money cost,
        Money unsure,
        long unpriced,
        long uncertain,
        long energyMicrojoules) {

    /** What to add up by. */
    public enum By {
        /** Of UTC, as providers' invoices count. */
        DAY("begun_millis / 86400000"),
        MODEL("coalesce(model, asked)"),
        PROVIDER("coalesce(provider, '')"),
        KEY("key_id"),
        TEAM("team_id"),
        WHO("who"),
        DIALECT("dialect"),
        OUTCOME("outcome");

        final String sql;

        By(String sql) {
            this.sql = sql;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public UsageSum {
        group = List.copyOf(group);
    }

    public long tokens() {
        return promptTokens + completionTokens;
    }
}

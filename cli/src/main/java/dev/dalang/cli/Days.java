package dev.dalang.cli;

import dev.dalang.ledger.RequestFilter;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which requests of the ledger. */
final class Days {

    @Nullable
    @Option(
            names = "--since",
            paramLabel = "DAY",
            description = "From this day of UTC on: 2026-11-01, or 7d for a week.")
    String since;

    @Nullable
    @Option(names = "--until", paramLabel = "DAY", description = "Up to the end of this day.")
    String until;

    @Nullable
    @Option(names = "--of-key", paramLabel = "ID", description = "Only of this key.")
    String key;

    @Nullable
    @Option(names = "--of-team", paramLabel = "ID", description = "Only of this team.")
    String team;

    @Nullable
    @Option(names = "--of-model", paramLabel = "MODEL", description = "Only of this model.")
    String model;

    RequestFilter filter() {
        Instant before = until == null
                ? null
                : day(until).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant from =
                since == null ? null : day(since).atStartOfDay(ZoneOffset.UTC).toInstant();
        if (from != null && before != null && !from.isBefore(before)) {
            throw Errors.usage("--until is a day before --since");
        }
        return new RequestFilter(from, before, key, team, null, model, null);
    }

    static LocalDate day(String text) {
        if (text.matches("\\d{1,5}d")) {
            return LocalDate.now(ZoneOffset.UTC).minusDays(Long.parseLong(text.substring(0, text.length() - 1)));
        }
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw Errors.usage("a day is 2026-11-01, or 7d for seven days ago, unlike \"" + text + "\"");
        }
    }
}

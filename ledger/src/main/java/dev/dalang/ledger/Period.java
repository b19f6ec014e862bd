package dev.dalang.ledger;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/** How often a budget begins anew; days, weeks (from Monday) and months of UTC. */
public enum Period {
    DAY,
    WEEK,
    MONTH,
    /** Never. */
    TOTAL;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Period of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** The first day of the period that holds the instant. */
    public LocalDate start(Instant at) {
        LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
        return switch (this) {
            case DAY -> day;
            case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            case MONTH -> day.withDayOfMonth(1);
            case TOTAL -> LocalDate.EPOCH;
        };
    }

    /** When the next period begins; the end of time for {@link #TOTAL}. */
    public Instant end(Instant at) {
        LocalDate start = start(at);
        return switch (this) {
            case DAY -> start.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
            case WEEK -> start.plusWeeks(1).atStartOfDay(ZoneOffset.UTC).toInstant();
            case MONTH -> start.plusMonths(1).atStartOfDay(ZoneOffset.UTC).toInstant();
            case TOTAL -> Instant.MAX;
        };
    }
}

package dev.dalang.net;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** How long to wait before the next attempt. */
final class Delays {
    private static final int MAX_DOUBLINGS = 16;

    private final Duration first;
    private final Duration longest;

    Delays(Duration first, Duration longest) {
        this.first = first;
        this.longest = longest;
    }

    /**
     * Doubling, with chance in it so that many clients do not come back together; at least what the server asked for.
     *
     * @param attempt that failed, from 1
     * @param asked by the server, or null
     */
    Duration after(int attempt, @Nullable Duration asked) {
        long most = Math.min(longest.toNanos(), first.toNanos() << Math.min(attempt - 1, MAX_DOUBLINGS));
        long chosen = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
        return asked != null && asked.toNanos() > chosen ? asked : Duration.ofNanos(chosen);
    }

    /** Whether a server asks for more patience than there is. */
    boolean tooLong(@Nullable Duration asked) {
        return asked != null && asked.compareTo(longest) > 0;
    }

    /**
     * {@code Retry-After} (RFC 9110 §10.2.3): seconds or a date. A date in the past, as a wrong clock makes them, is no
     * wait.
     */
    static @Nullable Duration retryAfter(@Nullable String header, Instant now) {
        if (header == null) return null;
        String text = header.strip();
        // Some servers write fractions, which are no seconds of the RFC's and mean what they say.
        if (text.matches("\\d{1,9}(\\.\\d{1,9})?")) {
            return Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValue());
        }
        try {
            Duration d = Duration.between(
                    now,
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return d.isNegative() ? Duration.ZERO : d;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}

package dev.dalang.net;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long one request may take, where the settings' patience does not fit it: a model may think for minutes before its
 * first word.
 *
 * @param connect for the connection; null for what the settings say
 * @param head from the request to the head of the answer
 * @param firstByte from the head to the body's first byte
 * @param gap the longest silence after that
 * @param total from the request to the body's last byte
 */
public record Patience(@Nullable Duration connect, Duration head, Duration firstByte, Duration gap, Duration total) {
    public Patience {
        for (Duration d : new Duration[] {connect == null ? head : connect, head, firstByte, gap, total}) {
            if (d.isNegative() || d.isZero()) throw new IllegalArgumentException("no patience at all: " + d);
        }
    }

    /** Connecting takes as long as the settings say. */
    public Patience(Duration head, Duration firstByte, Duration gap, Duration total) {
        this(null, head, firstByte, gap, total);
    }

    /** The same with another time for the connection. */
    public Patience connecting(Duration most) {
        return new Patience(most, head, firstByte, gap, total);
    }

    /** The same, with no more than this in all. */
    public Patience within(Duration most) {
        return new Patience(connect, least(head, most), least(firstByte, most), least(gap, most), least(total, most));
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}

package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import java.time.Duration;

/** Cancels an attempt whose next piece is too long in coming. */
final class Watch implements AutoCloseable {

    private static final Clockwork.Alarm NEVER = () -> {};

    private final Cancellation attempt;
    private final Clockwork clock;
    private final Duration gap;
    private long deadline;
    private boolean first = true;
    private boolean expired;
    private boolean closed;
    private Clockwork.Alarm check;

    /** @param firstToken how long the first piece may take; zero, as with {@code gap}, for as long as it takes */
    Watch(Cancellation attempt, Clockwork clock, Duration firstToken, Duration gap) {
        this.attempt = attempt;
        this.clock = clock;
        this.gap = gap;
        this.deadline = clock.nanos() + firstToken.toNanos();
        this.check = firstToken.isZero() ? NEVER : later(firstToken.toNanos());
    }

    private Clockwork.Alarm later(long nanos) {
        return clock.after(nanos, this::look);
    }

    private void look() {
        synchronized (this) {
            if (closed) return;
            long left = deadline - clock.nanos();
            if (left > 0) {
                check = later(left);
                return;
            }
            expired = true;
        }
        // Not on the timer's thread: what is cancelled may wait.
        clock.beside(attempt::cancel);
    }

    /** A piece came. */
    synchronized void piece() {
        if (gap.isZero()) {
            deadline = Long.MAX_VALUE / 2 + clock.nanos();
            return;
        }
        deadline = clock.nanos() + gap.toNanos();
        if (first) {
            // The first may take longer than the next, so the check that waits may be too late.
            first = false;
            check.callOff();
            check = later(gap.toNanos());
        }
    }

    synchronized boolean expired() {
        return expired;
    }

    @Override
    public synchronized void close() {
        closed = true;
        check.callOff();
    }
}

package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Cancels an attempt whose next piece is too long in coming. */
final class Watch implements AutoCloseable {

    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final Cancellation attempt;
    private final Duration gap;
    private long deadline;
    private boolean first = true;
    private boolean expired;
    private boolean closed;
    private ScheduledFuture<?> check;

    /** @param firstToken how long the first piece may take; zero, as with {@code gap}, for as long as it takes */
    Watch(Cancellation attempt, Duration firstToken, Duration gap) {
        this.attempt = attempt;
        this.gap = gap;
        this.deadline = System.nanoTime() + firstToken.toNanos();
        this.check = firstToken.isZero() ? NEVER : later(firstToken.toNanos());
    }

    private static final ScheduledFuture<?> NEVER = TIMER.schedule(() -> {}, 0, TimeUnit.NANOSECONDS);

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("route-watch").factory());
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private ScheduledFuture<?> later(long nanos) {
        return TIMER.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        synchronized (this) {
            if (closed) return;
            long left = deadline - System.nanoTime();
            if (left > 0) {
                check = later(left);
                return;
            }
            expired = true;
        }
        // Not on the timer's thread: what is cancelled may wait.
        Thread.ofVirtual().start(attempt::cancel);
    }

    /** A piece came. */
    synchronized void piece() {
        if (gap.isZero()) {
            deadline = Long.MAX_VALUE / 2 + System.nanoTime();
            return;
        }
        deadline = System.nanoTime() + gap.toNanos();
        if (first) {
            // The first may take longer than the next, so the check that waits may be too late.
            first = false;
            check.cancel(false);
            check = later(gap.toNanos());
        }
    }

    synchronized boolean expired() {
        return expired;
    }

    @Override
    public synchronized void close() {
        closed = true;
        check.cancel(false);
    }
}

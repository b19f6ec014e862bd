package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Time and threads as routing sees them, so that a test can bring a time of its own. */
interface Clockwork {

    /** A clock that is never set back. */
    long nanos();

    /** Runs {@code action} later, unless it is called off; on a thread that must not be kept waiting. */
    Alarm after(long nanos, Runnable action);

    /** Runs {@code work} beside the caller. */
    void beside(Runnable work);

    /** @return whether to go on; the caller may have left meanwhile */
    boolean pause(long nanos, Cancellation cancellation);

    /** Something that will be done. */
    interface Alarm {
        void callOff();
    }

    /** The machine's own. */
    record OfMachine(LongSupplier clock) implements Clockwork {

        private static final ScheduledThreadPoolExecutor TIMER = timer();

        private static ScheduledThreadPoolExecutor timer() {
            ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("route-watch").factory());
            timer.setRemoveOnCancelPolicy(true);
            return timer;
        }

        @Override
        public long nanos() {
            return clock.getAsLong();
        }

        @Override
        public Alarm after(long nanos, Runnable action) {
            ScheduledFuture<?> later = TIMER.schedule(action, nanos, TimeUnit.NANOSECONDS);
            return () -> later.cancel(false);
        }

        @Override
        public void beside(Runnable work) {
            Thread.ofVirtual().name("route").start(work);
        }

        @Override
        public boolean pause(long nanos, Cancellation cancellation) {
            CountDownLatch left = new CountDownLatch(1);
            try (Cancellation.Registration _ = cancellation.onCancel(left::countDown)) {
                return !left.await(nanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}

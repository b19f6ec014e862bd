package dev.dalang.net;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Breaks off whatever goes on for a request, from any thread: the wait for its answer, the reading of it, or the pause before
 * the next attempt. Who waits then fails with {@link NetException.Kind#ABORTED}. May come before, during and after the
 * request; requests that follow each other may share one.
 */
public final class Abort {
    private final CountDownLatch asked = new CountDownLatch(1);
    private @Nullable Runnable action;

    public Abort() {}

    public void abort() {
        Runnable run;
        synchronized (this) {
            if (aborted()) return;
            asked.countDown();
            run = action;
            action = null;
        }
        if (run != null) run.run();
    }

    public boolean aborted() {
        return asked.getCount() == 0;
    }

    /** Waits that long, or until it is asked for; whether it is. */
    boolean await(Duration d) throws InterruptedException {
        return asked.await(d.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What to do from now on; at once when it was asked for already. */
    void onAbort(Runnable next) {
        synchronized (this) {
            if (!aborted()) {
                action = next;
                return;
            }
        }
        next.run();
    }

    NetException broken(String host) {
        return new NetException(NetException.Kind.ABORTED, "the request to " + host + " was broken off");
    }
}

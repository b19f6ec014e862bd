package dev.dalang.net;

import org.jspecify.annotations.Nullable;

/**
 * Breaks one request off, from any thread: the wait for its answer, or the reading of it. The reader then fails with
 * {@link NetException.Kind#ABORTED}. May come before, during and after the request.
 */
public final class Abort {
    private boolean aborted;
    private @Nullable Runnable action;

    public Abort() {}

    public void abort() {
        Runnable run;
        synchronized (this) {
            if (aborted) return;
            aborted = true;
            run = action;
            action = null;
        }
        if (run != null) run.run();
    }

    public synchronized boolean aborted() {
        return aborted;
    }

    /** What to do from now on; at once when it was asked for already. */
    void onAbort(Runnable next) {
        synchronized (this) {
            if (!aborted) {
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

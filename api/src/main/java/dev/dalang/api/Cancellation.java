package dev.dalang.api;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A wish to stop, passed from whoever asked to whoever answers.
 *
 * <p>Cancelling is sticky and idempotent. A model polls {@link #isCancelled()} between tokens, or registers an action
 * that unblocks it (closes a socket, interrupts a wait). Safe for use by any number of threads.
 */
public final class Cancellation {

    /** The wish that never comes: for callers that do not cancel. */
    public static final Cancellation NONE = new Cancellation(false);

    /** Undoes {@link #onCancel}; closing twice, or after the action ran, does nothing. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    private final boolean cancellable;
    private volatile boolean cancelled;
    private final Set<Action> actions = new LinkedHashSet<>();

    public Cancellation() {
        this(true);
    }

    private Cancellation(boolean cancellable) {
        this.cancellable = cancellable;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /**
     * Cancels, and runs the registered actions on this thread, each once, in the order of their registration. When one
     * throws, the others still run and the first exception reaches the caller.
     */
    public void cancel() {
        if (!cancellable) throw new IllegalStateException("Cancellation.NONE cannot be cancelled");
        Set<Action> toRun;
        synchronized (actions) {
            if (cancelled) return;
            cancelled = true;
            toRun = new LinkedHashSet<>(actions);
            actions.clear();
        }
        RuntimeException first = null;
        for (Action action : toRun) {
            try {
                action.run.run();
            } catch (RuntimeException e) {
                if (first == null) first = e;
                else first.addSuppressed(e);
            }
        }
        if (first != null) throw first;
    }

    /**
     * Runs {@code run} when the wish comes: at once, on this thread, when it has come already. Close the registration
     * when the work is over, so that a long-lived cancellation does not collect dead actions.
     */
    public Registration onCancel(Runnable run) {
        Action action = new Action(run);
        synchronized (actions) {
            if (!cancellable) return () -> {};
            if (!cancelled) {
                actions.add(action);
                return () -> {
                    synchronized (actions) {
                        actions.remove(action);
                    }
                };
            }
        }
        run.run();
        return () -> {};
    }

    /** Identity, not equality, tells two registrations of one runnable apart. */
    private static final class Action {
        private final Runnable run;

        Action(Runnable run) {
            this.run = run;
        }
    }
}

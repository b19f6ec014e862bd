package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger said of something that every request needs, looked up again now and then. While the ledger is away, what it
 * said last holds for a while, and nobody is kept: one caller of a look-up waits a little for it, the others not at all. Safe
 * for use by many threads.
 */
public final class LastKnown<T> {

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private record Said<T>(T value, long at) {}

    private final String what;
    private final Supplier<T> ledger;
    private final LongSupplier nanos;
    private final long refresh;
    private final long trusted;

    // All below under this object's lock.
    private @Nullable Said<T> said;
    private long askedAt;
    private @Nullable CompletableFuture<T> asking;

    /**
     * @param what is looked up, as in "teams cannot be looked up"
     * @param ledger looks it up
     * @param nanos a clock
     * @param refresh how long it is taken for true without a question
     * @param trusted how long it holds while the ledger does not answer
     */
    public LastKnown(String what, Supplier<T> ledger, LongSupplier nanos, Duration refresh, Duration trusted) {
        this.what = what;
        this.ledger = ledger;
        this.nanos = nanos;
        this.refresh = refresh.toNanos();
        this.trusted = trusted.toNanos();
    }

    /** @throws DalangException (overloaded) if the ledger does not say, and has not said so lately */
    public T get() {
        Said<T> before;
        CompletableFuture<T> answer;
        synchronized (this) {
            long now = nanos.getAsLong();
            before = said != null && near(now, said.at, trusted) ? said : null;
            answer = asking;
            if (before != null && (answer != null || near(now, askedAt, refresh))) return before.value;
            if (answer == null) answer = ask();
        }
        String why;
        Exception cause;
        try {
            return answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            why = "the ledger does not answer";
            cause = e;
        } catch (ExecutionException e) {
            Throwable broken = e.getCause() == null ? e : e.getCause();
            why = String.valueOf(broken.getMessage());
            cause = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            why = "the process stops";
            cause = e;
        }
        if (before == null) {
            throw new DalangException(new Failure.Overloaded(what + " cannot be looked up: " + why, PATIENCE), cause);
        }
        System.getLogger(LastKnown.class.getName())
                .log(System.Logger.Level.WARNING, "{0} as before, since it cannot be looked up: {1}", what, why);
        return before.value;
    }

    /** Of a clock that was set back nobody knows how long ago something was. */
    private static boolean near(long now, long then, long most) {
        return now >= then && now - then < most;
    }

    private CompletableFuture<T> ask() {
        CompletableFuture<T> answer = new CompletableFuture<>();
        asking = answer;
        Thread.startVirtualThread(() -> {
            Said<T> found = null;
            Throwable broken = null;
            try {
                found = new Said<>(ledger.get(), nanos.getAsLong());
            } catch (Throwable e) {
                broken = e;
            }
            synchronized (this) {
                asking = null;
                askedAt = nanos.getAsLong();
                if (found != null) said = found;
            }
            if (found != null) answer.complete(found.value);
            else answer.completeExceptionally(broken);
        });
        return answer;
    }
}

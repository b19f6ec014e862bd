package dev.dalang.gateway.meter;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which team a key belongs to, looked up every ten seconds; what was known before holds while the ledger is away, and then one
 * caller waits a little for it, the others not at all.
 */
public final class Teams {

    private static final long REFRESH_NANOS = 10_000_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final System.Logger LOG = System.getLogger(Teams.class.getName());

    private final Supplier<Map<String, String>> source;
    private final LongSupplier nanos;

    // All below under this object's lock.
    private @Nullable Map<String, String> known;
    private long refreshAt;
    private @Nullable CompletableFuture<Map<String, String>> lookUp;

    /**
     * @param source the teams' ids by the keys' ids, as they are now
     * @param nanos a clock that is never set back
     */
    public Teams(Supplier<Map<String, String>> source, LongSupplier nanos) {
        this.source = source;
        this.nanos = nanos;
    }

    /**
     * The team's id, or empty where the key has none.
     *
     * @throws DalangException (overloaded) if the ledger has not said so far and does not now
     */
    public String of(String keyId) {
        Map<String, String> before;
        CompletableFuture<Map<String, String>> answer;
        synchronized (this) {
            before = known;
            boolean asked = lookUp != null;
            if (before != null && (asked || nanos.getAsLong() - refreshAt < 0)) return before.getOrDefault(keyId, "");
            answer = asked && lookUp != null ? lookUp : begin();
        }
        return wait(answer, before).getOrDefault(keyId, "");
    }

    private CompletableFuture<Map<String, String>> begin() {
        CompletableFuture<Map<String, String>> answer = new CompletableFuture<>();
        lookUp = answer;
        Thread.startVirtualThread(() -> {
            Map<String, String> found = null;
            Throwable broken = null;
            try {
                found = Map.copyOf(source.get());
            } catch (Throwable e) {
                broken = e;
            }
            synchronized (this) {
                lookUp = null;
                refreshAt = nanos.getAsLong() + REFRESH_NANOS;
                if (found != null) known = found;
            }
            if (found != null) answer.complete(found);
            else answer.completeExceptionally(broken);
        });
        return answer;
    }

    private static Map<String, String> wait(
            CompletableFuture<Map<String, String>> answer, @Nullable Map<String, String> before) {
        Exception away;
        try {
            return answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            away = e;
        } catch (TimeoutException e) {
            away = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            away = e;
        }
        String why = away.getCause() == null
                ? "the ledger does not answer"
                : String.valueOf(away.getCause().getMessage());
        if (before == null) {
            throw new DalangException(new Failure.Overloaded("teams cannot be looked up: " + why, PATIENCE), away);
        }
        LOG.log(System.Logger.Level.WARNING, "teams are those of before: {0}", why);
        return before;
    }
}

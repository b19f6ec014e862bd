package dev.dalang.server.guard;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.ApiKey;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Looks keys up: once for all who show the same key at the same time. Nobody waits long for a ledger that does not answer, and
 * while it is known not to, whoever can do without its answer does not wait at all.
 */
final class KeyLookup {

    private static final Duration RETRY = Duration.ofSeconds(2);

    private record Asked(CompletableFuture<Optional<ApiKey>> answer, long sinceNanos) {}

    private final Duration patience;
    private final ConcurrentHashMap<String, Asked> underWay = new ConcurrentHashMap<>();
    private volatile boolean silent;

    /** @param patience how long a look-up may take */
    KeyLookup(Duration patience) {
        this.patience = patience;
    }

    /**
     * @param needed the caller can do nothing without an answer
     * @return the key; nothing where there is none
     * @throws DalangException (overloaded) if the ledger does not say
     */
    Optional<ApiKey> find(String name, Supplier<Optional<ApiKey>> store, boolean needed) {
        Asked asked = underWay.computeIfAbsent(name, n -> ask(n, store));
        long left = silent && !needed ? 0 : patience.toNanos() - (System.nanoTime() - asked.sinceNanos);
        try {
            return asked.answer.get(Math.max(0, left), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            silent = true;
            throw away("it does not answer", e);
        } catch (ExecutionException e) {
            throw away(String.valueOf(e.getCause().getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw away("the server stops", e);
        }
    }

    private Asked ask(String name, Supplier<Optional<ApiKey>> store) {
        Asked asked = new Asked(new CompletableFuture<>(), System.nanoTime());
        Thread.startVirtualThread(() -> {
            try {
                Optional<ApiKey> key = store.get();
                silent = false;
                asked.answer.complete(key);
            } catch (Throwable e) {
                silent = true;
                asked.answer.completeExceptionally(e);
            } finally {
                underWay.remove(name, asked);
            }
        });
        return asked;
    }

    private static DalangException away(String why, Exception cause) {
        return new DalangException(
                new Failure.Overloaded("the key cannot be looked up in the ledger: " + why, RETRY), cause);
    }
}

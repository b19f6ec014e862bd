package dev.dalang.server.guard;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much each key has asked for lately. Each quota is a bucket that holds a minute's worth and fills up evenly. Tokens are
 * counted when they are known, at the end of an answer, which may take the bucket below nothing: then the key waits until it
 * is out of debt. Kept in memory, so a restart forgives.
 */
public final class Quotas {
    private static final double MINUTE_NANOS = 60e9;

    private static final class Bucket {
        double left;
        long at;

        Bucket(int limit, long now) {
            left = limit;
            at = now;
        }

        void fill(int limit, long now) {
            left = Math.min(limit, left + limit * ((now - at) / MINUTE_NANOS));
            at = now;
        }

        Duration until(double wanted, int limit) {
            return Duration.ofNanos((long) Math.ceil(Math.max(0, wanted - left) / limit * MINUTE_NANOS));
        }
    }

    private static final class Account {
        @Nullable
        Integer requestsPerMinute;

        @Nullable
        Integer tokensPerMinute;

        @Nullable
        Bucket requests;

        @Nullable
        Bucket tokens;
    }

    private final LongSupplier nanos;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    public Quotas() {
        this(System::nanoTime);
    }

    Quotas(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** What a key may; null for any number. */
    void limit(String keyId, @Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute) {
        if (requestsPerMinute == null && tokensPerMinute == null) {
            accounts.remove(keyId);
            return;
        }
        Account a = accounts.computeIfAbsent(keyId, id -> new Account());
        synchronized (a) {
            a.requestsPerMinute = requestsPerMinute;
            a.tokensPerMinute = tokensPerMinute;
        }
    }

    void admit(String keyId, BiConsumer<String, String> headers) {
        Account a = accounts.get(keyId);
        if (a == null) return;
        synchronized (a) {
            long now = nanos.getAsLong();
            Duration wait = Duration.ZERO;
            String what = "";
            Integer tokens = a.tokensPerMinute;
            if (tokens != null) {
                Bucket b = a.tokens == null ? a.tokens = new Bucket(tokens, now) : a.tokens;
                b.fill(tokens, now);
                tell(headers, "tokens", b, tokens);
                // A token at least must be left to begin with.
                if (b.left < 1) {
                    wait = b.until(1, tokens);
                    what = tokens + " tokens";
                }
            }
            Integer requests = a.requestsPerMinute;
            if (requests != null) {
                Bucket b = a.requests == null ? a.requests = new Bucket(requests, now) : a.requests;
                b.fill(requests, now);
                if (b.left < 1) {
                    Duration w = b.until(1, requests);
                    if (w.compareTo(wait) > 0) wait = w;
                    what = requests + " requests";
                } else if (what.isEmpty()) {
                    b.left -= 1;
                }
                tell(headers, "requests", b, requests);
            }
            if (!what.isEmpty()) {
                throw new DalangException(
                        new Failure.RateLimited("this key has had its " + what + " a minute; come back later", wait));
            }
        }
    }

    /** Tokens that an answer took, read and written. */
    public void spend(Caller caller, long tokens) {
        Account a = accounts.get(caller.id());
        if (a == null) return;
        synchronized (a) {
            Integer limit = a.tokensPerMinute;
            if (limit == null) return;
            long now = nanos.getAsLong();
            Bucket b = a.tokens == null ? a.tokens = new Bucket(limit, now) : a.tokens;
            b.fill(limit, now);
            b.left -= tokens;
        }
    }

    /** As OpenAI names them. */
    private static void tell(BiConsumer<String, String> headers, String what, Bucket b, int limit) {
        headers.accept("x-ratelimit-limit-" + what, Integer.toString(limit));
        headers.accept("x-ratelimit-remaining-" + what, Long.toString(Math.max(0, (long) b.left)));
        headers.accept("x-ratelimit-reset-" + what, b.until(limit, limit).toMillis() + "ms");
    }
}

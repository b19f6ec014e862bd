package dev.dalang.server.guard;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.LastKnown;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The guard by keys of the ledger. A key is looked up by its SHA-256, so the time that takes says nothing of keys that are
 * there; a session stands for a key.
 */
public final class KeyGuard implements Guard {

    private static final System.Logger LOG = System.getLogger(KeyGuard.class.getName());

    /** A key that was good a moment ago is not looked up again; one that is revoked stops within this time. */
    private static final Duration REMEMBERED = Duration.ofSeconds(1);

    /** While the ledger does not answer, a key that was good then is taken for good for so long. */
    private static final Duration TRUSTED = Duration.ofMinutes(10);

    private static final Duration USED_PRECISION = Duration.ofMinutes(1);
    private static final int MOST_REMEMBERED = 1000;
    private static final String UNKNOWN = "there is no such API key";

    private record Known(ApiKey key, Caller caller) {}

    private final KeyStore keys;
    private final SourceRules sources;
    private final Sessions sessions;
    private final Quotas quotas;
    private final Clock clock;
    private final Map<String, LastKnown<Optional<Known>>> remembered = new LinkedHashMap<>();
    private final Map<String, Instant> used = new LinkedHashMap<>();

    public KeyGuard(KeyStore keys, SourceRules sources, Sessions sessions, Quotas quotas, Clock clock) {
        this.keys = keys;
        this.sources = sources;
        this.sessions = sessions;
        this.quotas = quotas;
        this.clock = clock;
    }

    @Override
    public void checkSource(RequestHead head) {
        sources.check(head);
    }

    @Override
    public boolean allowsOrigin(String origin) {
        return sources.allowsOrigin(origin);
    }

    @Override
    public void admit(Caller caller, BiConsumer<String, String> headers) {
        quotas.admit(caller.id(), headers);
    }

    @Override
    public Caller authenticate(RequestHead head) {
        String key = Credentials.key(head);
        if (key != null) return good("key:" + Secrets.hash(key), () -> ofKey(key));
        String session = Credentials.session(head);
        String id = session == null ? null : sessions.keyOf(session);
        if (id != null) return good("id:" + id, () -> keys.ofId(id));
        throw nobody(
                session == null
                        ? "an API key is needed, as `Authorization: Bearer KEY` or `x-api-key: KEY`;"
                                + " `dalang keys create` makes one"
                        : "the session has ended; sign in again");
    }

    /**
     * A session for the key that a browser shows.
     *
     * @return its cookie's value
     * @throws DalangException if the key is no good
     */
    public String signIn(String key) {
        Caller caller = good("key:" + Secrets.hash(key), () -> ofKey(key));
        return sessions.open(caller.id());
    }

    /** @param cookies the request's Cookie header */
    public void signOut(@Nullable String cookies) {
        String session = cookies == null ? null : Credentials.session(cookies);
        if (session != null) sessions.signOut(session);
    }

    /** Who has the key of this id, while it is good: for work that outlives the request that asked for it. */
    public Optional<Caller> holder(String id) {
        return keys.ofId(id).filter(k -> k.isGood(clock.instant())).map(KeyGuard::caller);
    }

    private Optional<ApiKey> ofKey(String key) {
        String hash = Secrets.hash(key);
        return keys.ofHash(hash).filter(k -> Secrets.same(k.hash(), hash));
    }

    private Caller good(String name, Supplier<Optional<ApiKey>> store) {
        Instant now = clock.instant();
        LastKnown<Optional<Known>> last = remembered(name);
        if (last == null) {
            last = new LastKnown<>("the key", () -> known(store), this::nanos, REMEMBERED, TRUSTED);
            if (last.get().isEmpty()) throw nobody(UNKNOWN);
            // Only such keys as there are, or strangers could have the others forgotten.
            remember(name, last);
        }
        Known known = last.get().orElseThrow(() -> nobody(UNKNOWN));
        ApiKey key = known.key;
        if (key.revoked() != null) throw nobody("the key \"" + key.name() + "\" was revoked");
        if (!key.isGood(now)) throw nobody("the key \"" + key.name() + "\" has expired");
        note(key.id(), now);
        return known.caller;
    }

    private Optional<Known> known(Supplier<Optional<ApiKey>> store) {
        return store.get().map(key -> {
            quotas.limit(key.id(), key.requestsPerMinute(), key.tokensPerMinute());
            return new Known(key, caller(key));
        });
    }

    private long nanos() {
        return Duration.between(Instant.EPOCH, clock.instant()).toNanos();
    }

    private synchronized @Nullable LastKnown<Optional<Known>> remembered(String name) {
        return remembered.get(name);
    }

    private synchronized void remember(String name, LastKnown<Optional<Known>> known) {
        remembered.remove(name);
        remembered.put(name, known);
        if (remembered.size() > MOST_REMEMBERED)
            remembered.remove(remembered.keySet().iterator().next());
    }

    /** Writes down that a key was used, now and then. */
    private void note(String id, Instant now) {
        synchronized (this) {
            Instant last = used.get(id);
            if (last != null && Duration.between(last, now).compareTo(USED_PRECISION) < 0) return;
            used.put(id, now);
        }
        // Nobody waits for the disk because of this.
        Thread.startVirtualThread(() -> {
            try {
                keys.used(id, now);
            } catch (DalangException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "when key {0} was used last is not written down: {1}",
                        id,
                        e.getMessage());
            }
        });
    }

    private static Caller caller(ApiKey key) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String word : key.scopes()) {
            Scope s = Scope.of(word);
            // A scope that a newer version gave means nothing here.
            if (s != null) scopes.add(s);
        }
        return new Caller(
                key.id(), key.name(), scopes, key.models() == null ? null : new LinkedHashSet<>(key.models()));
    }

    private static DalangException nobody(String message) {
        return new DalangException(new Failure.Unauthenticated(message));
    }
}

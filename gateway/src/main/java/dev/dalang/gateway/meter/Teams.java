package dev.dalang.gateway.meter;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.LastKnown;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Which team a key belongs to, looked up every ten seconds; what was known before holds while the ledger is away. */
public final class Teams {

    private final LastKnown<Map<String, String>> teams;

    /**
     * @param source the teams' ids by the keys' ids, as they are now
     * @param nanos a clock that is never set back
     */
    public Teams(Supplier<Map<String, String>> source, LongSupplier nanos) {
        teams = new LastKnown<>("teams", () -> Map.copyOf(source.get()), nanos, RateLimits.REFRESH, RateLimits.TRUSTED);
    }

    /**
     * The team's id, or empty where the key has none.
     *
     * @throws DalangException (overloaded) if the ledger has not said so far and does not now
     */
    public String of(String keyId) {
        return teams.get().getOrDefault(keyId, "");
    }
}

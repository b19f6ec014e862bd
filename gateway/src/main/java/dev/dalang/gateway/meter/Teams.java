package dev.dalang.gateway.meter;

import dev.dalang.api.DalangException;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Which team a key belongs to, looked up every ten seconds; what was known before holds while the ledger is away. */
public final class Teams {

    private static final long REFRESH_NANOS = 10_000_000_000L;
    private static final System.Logger LOG = System.getLogger(Teams.class.getName());

    private final Supplier<Map<String, String>> source;
    private final LongSupplier nanos;
    private Map<String, String> teams = Map.of();
    private boolean loaded;
    private long refreshAt;

    /**
     * @param source the teams' ids by the keys' ids, as they are now
     * @param nanos a clock that is never set back
     */
    public Teams(Supplier<Map<String, String>> source, LongSupplier nanos) {
        this.source = source;
        this.nanos = nanos;
    }

    /** The team's id, or empty where the key has none. */
    public synchronized String of(String keyId) {
        if (!loaded || nanos.getAsLong() - refreshAt >= 0) {
            refreshAt = nanos.getAsLong() + REFRESH_NANOS;
            try {
                teams = Map.copyOf(source.get());
                loaded = true;
            } catch (DalangException e) {
                if (!loaded) throw e;
                LOG.log(System.Logger.Level.WARNING, e.getMessage());
            }
        }
        return teams.getOrDefault(keyId, "");
    }
}

package dev.dalang.server.guard;

import dev.dalang.ledger.ApiKey;
import java.time.Instant;
import java.util.Optional;

/** Where the guard finds keys. */
public interface KeyStore {
    Optional<ApiKey> ofHash(String hash);

    Optional<ApiKey> ofId(String id);

    void used(String id, Instant at);

    /** The ledger's. */
    static KeyStore of(dev.dalang.ledger.Ledger ledger) {
        var keys = ledger.apiKeys();
        return new KeyStore() {
            @Override
            public Optional<ApiKey> ofHash(String hash) {
                return keys.ofHash(hash);
            }

            @Override
            public Optional<ApiKey> ofId(String id) {
                return keys.ofId(id);
            }

            @Override
            public void used(String id, Instant at) {
                keys.used(id, at);
            }
        };
    }
}

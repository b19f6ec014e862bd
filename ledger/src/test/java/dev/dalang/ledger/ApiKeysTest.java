package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {

    private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

    @TempDir
    Path folder;

    private static ApiKey key(String id, String hash) {
        return new ApiKey(
                id,
                "laptop",
                hash,
                List.of("inference", "read"),
                null,
                null,
                5000,
                NOW,
                NOW.plusSeconds(60),
                null,
                null);
    }

    @Test
    void keysAreKeptAndFoundByHashAndId() {
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
            ApiKeys keys = ledger.apiKeys();
            ApiKey a = key("a", "00");
            ApiKey b = new ApiKey(
                    "b",
                    "x",
                    "11",
                    List.of("admin"),
                    List.of("qwen3:4b", "llama*"),
                    3,
                    null,
                    NOW.plusMillis(1),
                    null,
                    null,
                    null);
            keys.add(a);
            keys.add(b);
            assertThat(keys.all()).containsExactly(a, b);
            assertThat(keys.ofHash("11")).contains(b);
            assertThat(keys.ofId("a")).contains(a);
            assertThat(keys.ofHash("' or '1'='1")).isEmpty();
            assertThatThrownBy(() -> keys.add(key("c", "00"))).isInstanceOf(DalangException.class);
        }
    }

    @Test
    void revokedAndExpiredKeysAreNoGood() {
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
            ApiKeys keys = ledger.apiKeys();
            keys.add(key("a", "00"));
            assertThat(keys.ofId("a").orElseThrow().isGood(NOW)).isTrue();
            assertThat(keys.ofId("a").orElseThrow().isGood(NOW.plusSeconds(60))).isFalse();
            assertThat(keys.revoke("a", NOW)).isTrue();
            assertThat(keys.revoke("a", NOW)).isFalse();
            assertThat(keys.revoke("b", NOW)).isFalse();
            assertThat(keys.ofId("a").orElseThrow().isGood(NOW)).isFalse();
            keys.used("a", NOW);
            assertThat(keys.ofId("a").orElseThrow().used()).isEqualTo(NOW);
        }
    }
}

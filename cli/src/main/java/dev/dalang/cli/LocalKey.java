package dev.dalang.cli;

import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.guard.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The key with which this user's own commands talk to this user's own server: in a file that only they may read. */
final class LocalKey {

    private LocalKey() {}

    static Path file(Surroundings around) {
        return around.home().resolve("server-key");
    }

    /** The key in the file, made and entered into the ledger where there is none that is good. */
    static ApiKey ensure(Surroundings around, Ledger ledger) {
        String key = read(around);
        Optional<ApiKey> known =
                key == null ? Optional.empty() : ledger.apiKeys().ofHash(Secrets.hash(key));
        Instant now = Instant.now();
        if (known.isPresent() && known.get().isGood(now)) return known.get();
        String fresh = Secrets.newKey();
        ApiKey made = new ApiKey(
                Secrets.newId(),
                "local",
                Secrets.hash(fresh),
                Arrays.stream(Scope.values()).map(Scope::word).toList(),
                null,
                null,
                null,
                Instant.ofEpochMilli(now.toEpochMilli()),
                null,
                null,
                null);
        ledger.apiKeys().add(made);
        try {
            Private.replace(file(around), fresh + "\n");
        } catch (IOException e) {
            throw Errors.storage(e, file(around));
        }
        return made;
    }

    static @Nullable String read(Surroundings around) {
        try {
            return Files.isRegularFile(file(around))
                    ? Files.readString(file(around)).strip()
                    : null;
        } catch (IOException e) {
            throw Errors.storage(e, file(around));
        }
    }
}

package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The server's keys, for those who may manage them. */
public interface KeyDesk {

    /** A key without its secret. */
    record Key(
            String id,
            String name,
            List<String> scopes,
            @Nullable List<String> models,
            Instant created,
            @Nullable Instant expires,
            @Nullable Instant revoked,
            @Nullable Instant used) {}

    /** @param secret the key itself, which is shown this once and kept nowhere */
    record Made(Key key, String secret) {}

    List<Key> list();

    /**
     * @param scopes in words
     * @param models that it may use; null for all
     * @param lasts until it is no good any more; null for ever
     */
    Made create(String name, Set<String> scopes, @Nullable List<String> models, @Nullable Duration lasts);

    /** @throws DalangException if there is no such key */
    void revoke(String id);
}

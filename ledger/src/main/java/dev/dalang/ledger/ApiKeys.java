package dev.dalang.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server's keys. One that was revoked stays, so that what it did can still be told. */
public final class ApiKeys {
    private static final String COLUMNS = "id, name, hash, scopes, models, requests_per_minute, tokens_per_minute,"
            + " created_millis, expires_millis, revoked_millis, used_millis";

    private final Ledger ledger;

    ApiKeys(Ledger ledger) {
        this.ledger = ledger;
    }

    public void add(ApiKey k) {
        ledger.inTransaction(h -> h.createUpdate("insert into api_key (" + COLUMNS + ") values (:id, :name, :hash,"
                        + " :scopes, :models, :requests, :tokens, :created, :expires, :revoked, :used)")
                .bind("id", k.id())
                .bind("name", k.name())
                .bind("hash", k.hash())
                .bind("scopes", String.join(" ", k.scopes()))
                .bind("models", k.models() == null ? null : String.join("\n", k.models()))
                .bind("requests", k.requestsPerMinute())
                .bind("tokens", k.tokensPerMinute())
                .bind("created", k.created().toEpochMilli())
                .bind("expires", millis(k.expires()))
                .bind("revoked", millis(k.revoked()))
                .bind("used", millis(k.used()))
                .execute());
    }

    /** The key of this hash, good or not. */
    public Optional<ApiKey> ofHash(String hash) {
        return find("hash", hash);
    }

    public Optional<ApiKey> ofId(String id) {
        return find("id", id);
    }

    private Optional<ApiKey> find(String column, String value) {
        return ledger.read(h -> h.createQuery("select " + COLUMNS + " from api_key where " + column + " = :value")
                .bind("value", value)
                .map((rs, context) -> read(rs))
                .findFirst());
    }

    /** Oldest first. */
    public List<ApiKey> all() {
        return ledger.read(h -> h.createQuery("select " + COLUMNS + " from api_key order by created_millis, id")
                .map((rs, context) -> read(rs))
                .list());
    }

    /** @return whether there was such a key, not revoked before */
    public boolean revoke(String id, Instant at) {
        return ledger.inTransaction(h -> h.createUpdate(
                                "update api_key set revoked_millis = :at where id = :id and revoked_millis is null")
                        .bind("id", id)
                        .bind("at", at.toEpochMilli())
                        .execute())
                == 1;
    }

    public void used(String id, Instant at) {
        ledger.inTransaction(h -> h.createUpdate("update api_key set used_millis = :at where id = :id")
                .bind("id", id)
                .bind("at", at.toEpochMilli())
                .execute());
    }

    private static @Nullable Long millis(@Nullable Instant at) {
        return at == null ? null : at.toEpochMilli();
    }

    private static ApiKey read(ResultSet rs) throws SQLException {
        String models = rs.getString("models");
        return new ApiKey(
                rs.getString("id"),
                rs.getString("name"),
                rs.getString("hash"),
                List.of(rs.getString("scopes").split(" ")),
                models == null ? null : models.lines().toList(),
                integer(rs, "requests_per_minute"),
                integer(rs, "tokens_per_minute"),
                Instant.ofEpochMilli(rs.getLong("created_millis")),
                instant(rs, "expires_millis"),
                instant(rs, "revoked_millis"),
                instant(rs, "used_millis"));
    }

    private static @Nullable Integer integer(ResultSet rs, String column) throws SQLException {
        int value = rs.getInt(column);
        return rs.wasNull() ? null : value;
    }

    private static @Nullable Instant instant(ResultSet rs, String column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? null : Instant.ofEpochMilli(value);
    }
}

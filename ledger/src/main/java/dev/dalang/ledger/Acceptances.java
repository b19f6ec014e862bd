package dev.dalang.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Who agreed to which licence text; added to, never changed. */
public final class Acceptances {
    private static final String COLUMNS = "who, at_millis, licence, text_digest, model, model_digest, how";

    private final Ledger ledger;

    Acceptances(Ledger ledger) {
        this.ledger = ledger;
    }

    public void record(Acceptance a) {
        ledger.inTransaction(h -> h.createUpdate("insert into acceptance (id, " + COLUMNS
                        + ") values (:id, :who, :at, :licence, :text, :model, :modelDigest, :how)")
                .bind("id", UUID.randomUUID().toString())
                .bind("who", a.who())
                .bind("at", a.at().toEpochMilli())
                .bind("licence", a.licence())
                .bind("text", a.textDigest())
                .bind("model", a.model())
                .bind("modelDigest", a.modelDigest())
                .bind("how", a.how())
                .execute());
    }

    /** The first time that this user accepted this text, for whatever model. */
    public Optional<Acceptance> find(String who, String textDigest) {
        return ledger.read(h -> h.createQuery("select " + COLUMNS
                        + " from acceptance where who = :who and text_digest = :text order by at_millis")
                .bind("who", who)
                .bind("text", textDigest)
                .map((rs, context) -> read(rs))
                .findFirst());
    }

    /** Oldest first. */
    public List<Acceptance> all() {
        return ledger.read(h -> h.createQuery("select " + COLUMNS + " from acceptance order by at_millis, id")
                .map((rs, context) -> read(rs))
                .list());
    }

    private static Acceptance read(ResultSet rs) throws SQLException {
        return new Acceptance(
                rs.getString("who"),
                Instant.ofEpochMilli(rs.getLong("at_millis")),
                rs.getString("licence"),
                rs.getString("text_digest"),
                rs.getString("model"),
                rs.getString("model_digest"),
                rs.getString("how"));
    }
}

package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/** Which files there are. Whoever asks names the owner, and finds nothing of others. */
public final class StoredFiles {

    private static final RowMapper<StoredFile> FILE = (rs, context) -> {
        long expires = rs.getLong("expires_millis");
        boolean stays = rs.wasNull();
        return new StoredFile(
                rs.getString("id"),
                rs.getString("owner"),
                Instant.ofEpochMilli(rs.getLong("created_millis")),
                stays ? null : Instant.ofEpochMilli(expires),
                rs.getString("name"),
                rs.getString("purpose"),
                rs.getLong("bytes"));
    };

    private final Ledger ledger;

    StoredFiles(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Keeps a file's row; one of the same id is replaced. */
    public void save(StoredFile f) {
        ledger.inTransaction(h -> {
            h.createUpdate("delete from stored_file where id = :id")
                    .bind("id", f.id())
                    .execute();
            Instant expires = f.expires();
            return h.createUpdate("insert into stored_file (id, owner, created_millis, expires_millis, name, purpose,"
                            + " bytes) values (:id, :owner, :created, :expires, :name, :purpose, :bytes)")
                    .bind("id", f.id())
                    .bind("owner", f.owner())
                    .bind("created", f.created().toEpochMilli())
                    .bind("expires", expires == null ? null : (Long) expires.toEpochMilli())
                    .bind("name", f.name())
                    .bind("purpose", f.purpose())
                    .bind("bytes", f.bytes())
                    .execute();
        });
    }

    public Optional<StoredFile> find(String owner, String id) {
        return ledger.read(h -> h.createQuery("select * from stored_file where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map(FILE)
                .findOne());
    }

    /** Newest first. */
    public List<StoredFile> list(String owner) {
        return ledger.read(h -> h.createQuery(
                        "select * from stored_file where owner = :owner order by created_millis desc, id desc")
                .bind("owner", owner)
                .map(FILE)
                .list());
    }

    /** Of all owners, those whose time is over. */
    public List<StoredFile> expired(Instant now) {
        return ledger.read(h -> h.createQuery("select * from stored_file where expires_millis <= :now")
                .bind("now", now.toEpochMilli())
                .map(FILE)
                .list());
    }

    /** @return whether there was one */
    public boolean delete(String owner, String id) {
        return ledger.inTransaction(h -> h.createUpdate("delete from stored_file where id = :id and owner = :owner")
                        .bind("id", id)
                        .bind("owner", owner)
                        .execute()
                > 0);
    }
}

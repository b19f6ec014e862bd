package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/** Which batches there are. Whoever asks names the owner, and finds nothing of others. */
public final class StoredBatches {

    private static final RowMapper<StoredBatch> BATCH = (rs, context) -> new StoredBatch(
            rs.getString("id"),
            rs.getString("owner"),
            Instant.ofEpochMilli(rs.getLong("created_millis")),
            rs.getString("status"),
            rs.getString("body"));

    private final Ledger ledger;

    StoredBatches(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Keeps a batch as it stands; what was known of it is replaced. */
    public void save(StoredBatch b) {
        ledger.inTransaction(h -> {
            h.createUpdate("delete from batch where id = :id")
                    .bind("id", b.id())
                    .execute();
            return h.createUpdate("insert into batch (id, owner, created_millis, status, body)"
                            + " values (:id, :owner, :created, :status, :body)")
                    .bind("id", b.id())
                    .bind("owner", b.owner())
                    .bind("created", b.created().toEpochMilli())
                    .bind("status", b.status())
                    .bind("body", b.body())
                    .execute();
        });
    }

    public Optional<StoredBatch> find(String owner, String id) {
        return ledger.read(h -> h.createQuery("select * from batch where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map(BATCH)
                .findOne());
    }

    /** Newest first. */
    public List<StoredBatch> list(String owner) {
        return ledger.read(
                h -> h.createQuery("select * from batch where owner = :owner order by created_millis desc, id desc")
                        .bind("owner", owner)
                        .map(BATCH)
                        .list());
    }

    /** Of all owners, those that are not over, oldest first: what a restart must take up again. */
    public List<StoredBatch> unfinished() {
        return ledger.read(h -> h.createQuery("select * from batch where status in ('validating', 'in_progress',"
                        + " 'finalizing', 'cancelling') order by created_millis, id")
                .map(BATCH)
                .list());
    }
}

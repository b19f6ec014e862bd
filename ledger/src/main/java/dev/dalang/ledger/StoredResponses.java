package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** Responses and their items. Whoever asks names the owner, and finds nothing of others. */
public final class StoredResponses {

    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    private static final RowMapper<StoredResponse> RESPONSE = (rs, context) -> new StoredResponse(
            rs.getString("id"),
            rs.getString("owner"),
            Instant.ofEpochMilli(rs.getLong("created_millis")),
            rs.getString("status"),
            rs.getString("previous_id"),
            rs.getInt("background") != 0,
            rs.getString("request"),
            rs.getString("body"),
            rs.getString("events"));

    private static final RowMapper<StoredResponse.Item> ITEM =
            (rs, context) -> new StoredResponse.Item(rs.getString("id"), rs.getString("body"));

    private final Ledger ledger;

    StoredResponses(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Keeps a response with its items; one of the same id is replaced. */
    public void save(StoredResponse r, StoredResponse.Items items) {
        ledger.inTransaction(h -> {
            h.createUpdate("delete from response where id = :id")
                    .bind("id", r.id())
                    .execute();
            h.createUpdate("insert into response (id, owner, created_millis, status, previous_id, background, request,"
                            + " body, events) values (:id, :owner, :created, :status, :previous, :background, :request,"
                            + " :body, :events)")
                    .bind("id", r.id())
                    .bind("owner", r.owner())
                    .bind("created", r.created().toEpochMilli())
                    .bind("status", r.status())
                    .bind("previous", r.previous())
                    .bind("background", r.background() ? 1 : 0)
                    .bind("request", r.request())
                    .bind("body", r.body())
                    .bind("events", r.events())
                    .execute();
            insert(h, r.id(), INPUT, items.input());
            insert(h, r.id(), OUTPUT, items.output());
            return r.id();
        });
    }

    private static void insert(Handle h, String response, String side, List<StoredResponse.Item> items) {
        for (int place = 0; place < items.size(); place++) {
            h.createUpdate("insert into response_item (response_id, side, place, id, body)"
                            + " values (:response, :side, :place, :id, :body)")
                    .bind("response", response)
                    .bind("side", side)
                    .bind("place", place)
                    .bind("id", items.get(place).id())
                    .bind("body", items.get(place).body())
                    .execute();
        }
    }

    public Optional<StoredResponse> find(String owner, String id) {
        return ledger.read(h -> h.createQuery("select * from response where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map(RESPONSE)
                .findOne());
    }

    /** What went into a response, and what came out of it. */
    public StoredResponse.Items items(String response) {
        return ledger.read(h -> new StoredResponse.Items(items(h, response, INPUT), items(h, response, OUTPUT)));
    }

    private static List<StoredResponse.Item> items(Handle h, String response, String side) {
        return h.createQuery("select id, body from response_item where response_id = :response and side = :side"
                        + " order by place")
                .bind("response", response)
                .bind("side", side)
                .map(ITEM)
                .list();
    }

    /** An item by its id, the newest where several responses have it. */
    public Optional<StoredResponse.Item> item(String owner, String id) {
        return ledger.read(h -> h.createQuery("select i.id, i.body from response_item i join response r"
                        + " on r.id = i.response_id where i.id = :id and r.owner = :owner"
                        + " order by r.created_millis desc limit 1")
                .bind("id", id)
                .bind("owner", owner)
                .map(ITEM)
                .findOne());
    }

    /** @return whether there was one */
    public boolean delete(String owner, String id) {
        return ledger.inTransaction(h -> h.createUpdate("delete from response where id = :id and owner = :owner")
                        .bind("id", id)
                        .bind("owner", owner)
                        .execute()
                > 0);
    }

    /** Those in the background that are not over, of all owners, oldest first: what a restart must take up again. */
    public List<StoredResponse> unfinished() {
        return ledger.read(h -> h.createQuery("select * from response where background = 1"
                        + " and status in ('queued', 'in_progress') order by created_millis, id")
                .map(RESPONSE)
                .list());
    }

    /** Forgets what is older; says how many. */
    public int deleteBefore(Instant time) {
        return ledger.inTransaction(h -> h.createUpdate("delete from response where created_millis < :time"
                        + " and status not in ('queued', 'in_progress')")
                .bind("time", time.toEpochMilli())
                .execute());
    }
}

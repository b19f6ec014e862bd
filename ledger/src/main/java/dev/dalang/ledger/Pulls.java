package dev.dalang.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Where models came from; added to, never changed, so that it outlives the models. */
public final class Pulls {
    private final Ledger ledger;

    Pulls(Ledger ledger) {
        this.ledger = ledger;
    }

    public void record(Pull p) {
        String id = UUID.randomUUID().toString();
        ledger.inTransaction(h -> {
            h.createUpdate("insert into pull (id, who, at_millis, model, kind, location, revision)"
                            + " values (:id, :who, :at, :model, :kind, :location, :revision)")
                    .bind("id", id)
                    .bind("who", p.who())
                    .bind("at", p.at().toEpochMilli())
                    .bind("model", p.model())
                    .bind("kind", p.kind())
                    .bind("location", p.location())
                    .bind("revision", p.revision())
                    .execute();
            for (Pull.File f : p.files()) {
                h.createUpdate("insert into pull_file (pull_id, name, digest, bytes)"
                                + " values (:pull, :name, :digest, :bytes)")
                        .bind("pull", id)
                        .bind("name", f.name())
                        .bind("digest", f.digest())
                        .bind("bytes", f.bytes())
                        .execute();
            }
            return id;
        });
    }

    /** Oldest first. */
    public List<Pull> all() {
        return ledger.read(h -> list(h, "", null));
    }

    /** The pulls that brought a file of this digest, oldest first. */
    public List<Pull> ofFile(String digest) {
        return ledger.read(h -> list(h, "where id in (select pull_id from pull_file where digest = :digest)", digest));
    }

    private static List<Pull> list(Handle h, String where, @Nullable String digest) {
        var query = h.createQuery("select id, who, at_millis, model, kind, location, revision from pull " + where
                + " order by at_millis, id");
        if (digest != null) query.bind("digest", digest);
        List<Pull> pulls = new ArrayList<>();
        query.map((rs, context) -> pulls.add(new Pull(
                        rs.getString("who"),
                        Instant.ofEpochMilli(rs.getLong("at_millis")),
                        rs.getString("model"),
                        rs.getString("kind"),
                        rs.getString("location"),
                        rs.getString("revision"),
                        files(h, rs.getString("id")))))
                .list();
        return pulls;
    }

    private static List<Pull.File> files(Handle h, String pull) {
        return h.createQuery("select name, digest, bytes from pull_file where pull_id = :pull order by name")
                .bind("pull", pull)
                .map((rs, context) -> new Pull.File(rs.getString("name"), rs.getString("digest"), rs.getLong("bytes")))
                .list();
    }
}

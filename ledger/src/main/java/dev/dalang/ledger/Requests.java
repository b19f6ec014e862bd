package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Usage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The requests that were made, for reading; {@link Books} writes them. */
public final class Requests {

    private static final String COLUMNS = "id, begun_millis, ended_millis, who, key_id, team_id, dialect, asked, model,"
            + " digest, provider, provider_id, route, outcome, finish, failure, counts, prompt_tokens, cached_tokens,"
            + " cache_write_tokens, completion_tokens, reasoning_tokens, other_tokens, first_token_micros,"
            + " duration_micros, cost_picos, unsure_picos, worst_picos, worst_tokens, prices, energy_microjoules, metadata";

    private final Ledger ledger;

    Requests(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Each request, oldest first, without holding all in memory. */
    public void each(RequestFilter filter, Consumer<? super Entry> use) {
        Map.Entry<String, Map<String, Object>> where = filter.where();
        // In a transaction, or PostgreSQL's driver would fetch all rows at once.
        ledger.inTransaction(h -> {
            try (var rows = h
                    .createQuery("select " + COLUMNS + " from request" + where.getKey() + " order by begun_millis, id")
                    .bindMap(where.getValue())
                    .setFetchSize(500)
                    .map((rs, context) -> read(rs))
                    .stream()) {
                rows.forEach(use);
            }
            return true;
        });
    }

    public List<Entry> list(RequestFilter filter) {
        List<Entry> all = new ArrayList<>();
        each(filter, all::add);
        return all;
    }

    /** By our id. */
    public Optional<Entry> find(String id) {
        return by("id", id);
    }

    /** By the provider's id of the answer. */
    public Optional<Entry> ofProvider(String providerId) {
        return by("provider_id", providerId);
    }

    private Optional<Entry> by(String column, String id) {
        return ledger.read(h -> h.createQuery("select " + COLUMNS + " from request where " + column + " = :id")
                .bind("id", id)
                .map((rs, context) -> read(rs))
                .findFirst());
    }

    /** The prompt and the answer, where they were kept; either may be null. */
    public List<@Nullable String> text(String id) {
        return ledger.read(h -> h.createQuery("select prompt, answer from request_text where request_id = :id")
                .bind("id", id)
                .map((rs, context) -> {
                    List<@Nullable String> both = new ArrayList<>();
                    both.add(rs.getString(1));
                    both.add(rs.getString(2));
                    return both;
                })
                .findFirst()
                .orElseGet(() -> {
                    List<@Nullable String> none = new ArrayList<>();
                    none.add(null);
                    none.add(null);
                    return none;
                }));
    }

    /** Sums, ordered by what they are grouped by. */
    public List<UsageSum> usage(RequestFilter filter, List<UsageSum.By> by) {
        Map.Entry<String, Map<String, Object>> where = filter.where();
        StringBuilder groups = new StringBuilder();
        for (UsageSum.By b : by) groups.append(groups.isEmpty() ? "" : ", ").append(b.sql);
        String sql = "select count(*), sum(case when outcome in ('failed', 'refused') then 1 else 0 end),"
                + " sum(prompt_tokens), sum(cached_tokens), sum(cache_write_tokens), sum(completion_tokens),"
                + " sum(reasoning_tokens), sum(coalesce(cost_picos, 0)), sum(unsure_picos),"
                + " sum(case when cost_picos is null and outcome <> 'open' then 1 else 0 end),"
                + " sum(case when counts in ('estimated', 'worst') then 1 else 0 end),"
                + " sum(coalesce(energy_microjoules, 0))"
                + (groups.isEmpty() ? "" : ", " + groups) + " from request" + where.getKey()
                + (groups.isEmpty() ? "" : " group by " + groups + " order by " + groups);
        return ledger.read(h -> h.createQuery(sql)
                .bindMap(where.getValue())
                .map((rs, context) -> sum(rs, by))
                .list());
    }

    private static UsageSum sum(ResultSet rs, List<UsageSum.By> by) throws SQLException {
        List<String> group = new ArrayList<>();
        for (int i = 0; i < by.size(); i++) {
            group.add(
                    by.get(i) == UsageSum.By.DAY
                            ? LocalDate.ofEpochDay(rs.getLong(13 + i)).toString()
                            : rs.getString(13 + i));
        }
        return new UsageSum(
                group,
                rs.getLong(1),
                rs.getLong(2),
                rs.getLong(3),
                rs.getLong(4),
                rs.getLong(5),
                rs.getLong(6),
                rs.getLong(7),
                new Money(rs.getLong(8)),
                new Money(rs.getLong(9)),
                rs.getLong(10),
                rs.getLong(11),
                rs.getLong(12));
    }

    /**
     * Puts what the provider's invoice says in the place of what was counted, in the budgets too.
     *
     * @return whether there is such a request, and it is not under way
     */
    public boolean correct(String id, Usage usage, Money cost) {
        return ledger.inTransaction(h -> {
            Statements statements = new Statements(h.getConnection());
            Rows.Open row = Rows.find(statements, id);
            if (row == null || row.outcome().equals(Outcome.OPEN.word())) return false;
            Windows windows = Windows.lock(statements, ledger.database(), row.holds());
            // Read again under the locks, which whoever settles takes too.
            Entry now = h.createQuery("select " + COLUMNS + " from request where id = :id")
                    .bind("id", id)
                    .map((rs, context) -> read(rs))
                    .one();
            if (now.outcome() == Outcome.OPEN) return false;
            boolean lost = now.counts() == Counts.WORST;
            long before = lost
                    ? row.worst()
                    : (now.cost() == null ? 0 : now.cost().picos())
                            + now.unsure().picos();
            long tokensBefore = lost ? row.worstTokens() : now.usage().totalTokens();
            for (Windows.Key k : row.holds()) {
                windows.get(k).spend(cost.picos() - before, usage.totalTokens() - tokensBefore);
            }
            windows.save(statements);
            return write(h, id, usage, cost);
        });
    }

    private static boolean write(Handle h, String id, Usage usage, Money cost) {
        return h.createUpdate("update request set counts = 'invoiced', prompt_tokens = :prompt,"
                                + " cached_tokens = :cached, cache_write_tokens = :cacheWrite,"
                                + " completion_tokens = :completion, reasoning_tokens = :reasoning,"
                                + " cost_picos = :cost, unsure_picos = 0 where id = :id")
                        .bind("prompt", usage.promptTokens())
                        .bind("cached", usage.cachedTokens())
                        .bind("cacheWrite", usage.cacheWriteTokens())
                        .bind("completion", usage.completionTokens())
                        .bind("reasoning", usage.reasoningTokens())
                        .bind("cost", cost.picos())
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /**
     * Deletes what began before; what is under way stays, and so do budgets and their windows.
     *
     * @return how many requests went
     */
    public int forget(Instant before) {
        return ledger.inTransaction(h -> {
            h.createUpdate("delete from request_text where request_id in (select id from request"
                            + " where begun_millis < :before and outcome <> 'open')")
                    .bind("before", before.toEpochMilli())
                    .execute();
            return h.createUpdate("delete from request where begun_millis < :before and outcome <> 'open'")
                    .bind("before", before.toEpochMilli())
                    .execute();
        });
    }

    private static Entry read(ResultSet rs) throws SQLException {
        Long ended = number(rs, "ended_millis");
        Long first = number(rs, "first_token_micros");
        Long duration = number(rs, "duration_micros");
        return new Entry(
                rs.getString("id"),
                Instant.ofEpochMilli(rs.getLong("begun_millis")),
                ended == null ? null : Instant.ofEpochMilli(ended),
                new Account(rs.getString("who"), rs.getString("key_id"), rs.getString("team_id")),
                rs.getString("dialect"),
                rs.getString("asked"),
                rs.getString("model"),
                rs.getString("digest"),
                rs.getString("provider"),
                rs.getString("provider_id"),
                rs.getString("route"),
                Outcome.of(rs.getString("outcome")),
                rs.getString("finish"),
                rs.getString("failure"),
                Counts.of(rs.getString("counts")),
                new Usage(
                        rs.getInt("prompt_tokens"),
                        rs.getInt("cached_tokens"),
                        rs.getInt("cache_write_tokens"),
                        rs.getInt("completion_tokens"),
                        rs.getInt("reasoning_tokens"),
                        Fitting.longs(rs.getString("other_tokens"))),
                first == null ? null : Duration.ofNanos(Math.multiplyExact(first, 1000)),
                duration == null ? null : Duration.ofNanos(Math.multiplyExact(duration, 1000)),
                money(rs, "cost_picos"),
                new Money(rs.getLong("unsure_picos")),
                money(rs, "worst_picos"),
                rs.getLong("worst_tokens"),
                rs.getString("prices"),
                number(rs, "energy_microjoules"),
                rs.getString("metadata"));
    }

    private static @Nullable Money money(ResultSet rs, String column) throws SQLException {
        Long picos = number(rs, column);
        return picos == null ? null : new Money(picos);
    }

    private static @Nullable Long number(ResultSet rs, String column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? null : value;
    }

    /** One request of this ledger, or a clear refusal. */
    public Entry get(String id) {
        return find(id).orElseThrow(() -> DalangException.invalidRequest("the ledger holds no request " + id, "id"));
    }
}

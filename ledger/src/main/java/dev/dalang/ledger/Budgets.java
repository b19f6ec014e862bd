package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Who may spend how much, and who belongs to which team. */
public final class Budgets {

    private static final String COLUMNS = "id, subject_kind, subject_id, period, limit_picos, limit_tokens";
    private static final int CHUNK = 300;

    private final Ledger ledger;

    Budgets(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Sets what a subject may spend in each period, and so replaces the limits there were; what is spent stays spent. */
    public Budget set(Subject subject, Period period, @Nullable Money money, @Nullable Long tokens, Instant now) {
        Budget budget = new Budget(UUID.randomUUID().toString(), subject, period, money, tokens);
        return ledger.inTransaction(h -> {
            h.createUpdate("insert into budget (" + COLUMNS + ", created_millis)"
                            + " values (:id, :kind, :subject, :period, :picos, :tokens, :now)"
                            + " on conflict (subject_kind, subject_id, period) do update"
                            + " set limit_picos = excluded.limit_picos, limit_tokens = excluded.limit_tokens")
                    .bind("id", budget.id())
                    .bind("kind", subject.kind().word())
                    .bind("subject", subject.id())
                    .bind("period", period.word())
                    .bind("picos", money == null ? null : money.picos())
                    .bind("tokens", tokens)
                    .bind("now", now.toEpochMilli())
                    .execute();
            return of(new Statements(h.getConnection()), List.of(subject)).getOrDefault(subject, List.of()).stream()
                    .filter(b -> b.period() == period)
                    .findFirst()
                    .orElseThrow();
        });
    }

    /** @return whether there was one */
    public boolean remove(Subject subject, Period period) {
        return ledger.inTransaction(h -> {
                    h.createUpdate("delete from budget_window where budget_id in (select id from budget"
                                    + " where subject_kind = :kind and subject_id = :subject and period = :period)")
                            .bind("kind", subject.kind().word())
                            .bind("subject", subject.id())
                            .bind("period", period.word())
                            .execute();
                    return h.createUpdate("delete from budget where subject_kind = :kind and subject_id = :subject"
                                    + " and period = :period")
                            .bind("kind", subject.kind().word())
                            .bind("subject", subject.id())
                            .bind("period", period.word())
                            .execute();
                })
                > 0;
    }

    public List<Budget> all() {
        return ledger.read(
                h -> h.createQuery("select " + COLUMNS + " from budget order by subject_kind, subject_id, period")
                        .map((rs, context) -> read(rs))
                        .list());
    }

    /** Where every budget stands in the period that holds the instant. */
    public List<Budget.Standing> standing(Instant at) {
        return ledger.read(h -> {
            List<Budget.Standing> found = new ArrayList<>();
            for (Budget b : all()) {
                long day = b.period().start(at).toEpochDay();
                found.add(h.createQuery("select spent_picos, reserved_picos, spent_tokens, reserved_tokens"
                                + " from budget_window where budget_id = :id and start_day = :day")
                        .bind("id", b.id())
                        .bind("day", day)
                        .map((rs, context) -> new Budget.Standing(
                                b,
                                day,
                                new Money(rs.getLong(1)),
                                new Money(rs.getLong(2)),
                                rs.getLong(3),
                                rs.getLong(4)))
                        .findFirst()
                        .orElseGet(() -> new Budget.Standing(b, day, Money.ZERO, Money.ZERO, 0, 0)));
            }
            return found;
        });
    }

    /** Sets how fast, and for which models, a subject may ask. */
    public void allow(Allowance a) {
        ledger.inTransaction(h -> h.createUpdate("insert into allowance (subject_kind, subject_id, requests_per_minute,"
                        + " tokens_per_minute, parallel, models) values (:kind, :id, :requests, :tokens, :parallel, :models)"
                        + " on conflict (subject_kind, subject_id) do update set"
                        + " requests_per_minute = excluded.requests_per_minute,"
                        + " tokens_per_minute = excluded.tokens_per_minute, parallel = excluded.parallel,"
                        + " models = excluded.models")
                .bind("kind", a.subject().kind().word())
                .bind("id", a.subject().id())
                .bind("requests", a.requestsPerMinute())
                .bind("tokens", a.tokensPerMinute())
                .bind("parallel", a.parallel())
                .bind("models", a.models().isEmpty() ? null : String.join("\n", a.models()))
                .execute());
    }

    /** @return whether there was one */
    public boolean disallow(Subject subject) {
        return ledger.inTransaction(
                        h -> h.createUpdate("delete from allowance where subject_kind = :kind and subject_id = :id")
                                .bind("kind", subject.kind().word())
                                .bind("id", subject.id())
                                .execute())
                > 0;
    }

    public List<Allowance> allowances() {
        return ledger.read(h -> h.createQuery("select subject_kind, subject_id, requests_per_minute, tokens_per_minute,"
                        + " parallel, models from allowance order by subject_kind, subject_id")
                .map((rs, context) -> new Allowance(
                        Subject.of(rs.getString(1), rs.getString(2)),
                        number(rs, 3),
                        number(rs, 4),
                        number(rs, 5),
                        rs.getString(6) == null
                                ? List.of()
                                : List.of(rs.getString(6).split("\n"))))
                .list());
    }

    /** Creates a team, or gives it another name. */
    public void team(String id, String name, Instant now) {
        Subject.team(id);
        ledger.inTransaction(h -> h.createUpdate("insert into team (id, name, created_millis) values (:id, :name, :now)"
                        + " on conflict (id) do update set name = excluded.name")
                .bind("id", id)
                .bind("name", name)
                .bind("now", now.toEpochMilli())
                .execute());
    }

    /** Puts a key into a team, and out of the one it was in; {@code team} null takes it out. */
    public void join(String keyId, @Nullable String team) {
        ledger.inTransaction(h -> {
            h.createUpdate("delete from team_key where key_id = :key")
                    .bind("key", keyId)
                    .execute();
            if (team == null) return null;
            boolean exists = h.createQuery("select 1 from team where id = :team")
                    .bind("team", team)
                    .mapTo(Integer.class)
                    .findFirst()
                    .isPresent();
            if (!exists) throw DalangException.invalidRequest("there is no team " + team, "team");
            return h.createUpdate("insert into team_key (key_id, team_id) values (:key, :team)")
                    .bind("key", keyId)
                    .bind("team", team)
                    .execute();
        });
    }

    /** The id of the team that a key belongs to. */
    public Optional<String> teamOf(String keyId) {
        return ledger.read(h -> h.createQuery("select team_id from team_key where key_id = :key")
                .bind("key", keyId)
                .mapTo(String.class)
                .findFirst());
    }

    /** The ids of teams by those of their keys. */
    public Map<String, String> members() {
        Map<String, String> members = new HashMap<>();
        ledger.read(h -> h.createQuery("select key_id, team_id from team_key")
                .map((rs, context) -> members.put(rs.getString(1), rs.getString(2)))
                .list());
        return members;
    }

    /** Whose budgets a request counts against. */
    static List<Subject> subjects(Account a) {
        List<Subject> subjects = new ArrayList<>(3);
        subjects.add(Subject.ALL);
        if (!a.teamId().isEmpty()) subjects.add(Subject.team(a.teamId()));
        if (!a.keyId().isEmpty()) subjects.add(Subject.key(a.keyId()));
        return subjects;
    }

    static Map<Subject, List<Budget>> of(Statements statements, Collection<Subject> subjects) {
        Map<Subject, List<Budget>> found = new HashMap<>();
        List<Subject> all = List.copyOf(subjects);
        for (int from = 0; from < all.size(); from += CHUNK) {
            List<Subject> chunk = all.subList(from, Math.min(all.size(), from + CHUNK));
            List<Budget> budgets = statements.query(
                    "select " + COLUMNS + " from budget where (subject_kind, subject_id) in (values "
                            + Statements.pairs(chunk.size()) + ") order by id",
                    Budgets::read,
                    chunk.stream()
                            .flatMap(s -> Stream.of(s.kind().word(), s.id()))
                            .toArray());
            for (Budget b : budgets)
                found.computeIfAbsent(b.subject(), s -> new ArrayList<>()).add(b);
        }
        return found;
    }

    /** Everybody who has a budget. */
    static List<Subject> withBudget(Handle h) {
        return h.createQuery("select distinct subject_kind, subject_id from budget")
                .map((rs, context) -> Subject.of(rs.getString(1), rs.getString(2)))
                .list();
    }

    private static Budget read(ResultSet rs) throws SQLException {
        Long picos = number(rs, 5);
        return new Budget(
                rs.getString(1),
                Subject.of(rs.getString(2), rs.getString(3)),
                Period.of(rs.getString(4)),
                picos == null ? null : new Money(picos),
                number(rs, 6));
    }

    static @Nullable Long number(ResultSet rs, int column) throws SQLException {
        long value = rs.getLong(column);
        return rs.wasNull() ? null : value;
    }
}

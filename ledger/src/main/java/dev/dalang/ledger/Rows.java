package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statements on table {@code request}. */
final class Rows {

    /** What a settlement needs to know of the row: {@code worst} is zero where it was unknown. */
    record Open(String outcome, List<Windows.Key> holds, long worst, long worstTokens) {}

    private static final String INSERT =
            "insert into request (id, instance_id, begun_millis, ended_millis, who, key_id,"
                    + " team_id, dialect, asked, outcome, failure, cost_picos, worst_picos, worst_tokens, holds, prices, metadata,"
                    + " counts, prompt_tokens, cached_tokens, cache_write_tokens, completion_tokens, reasoning_tokens,"
                    + " unsure_picos) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'none', 0, 0, 0, 0, 0, 0)"
                    + " on conflict do nothing";

    private static final String SETTLE = "update request set ended_millis = ?, model = ?, digest = ?, provider = ?,"
            + " provider_id = ?, route = ?, outcome = ?, finish = ?, failure = ?, counts = ?, prompt_tokens = ?,"
            + " cached_tokens = ?, cache_write_tokens = ?, completion_tokens = ?, reasoning_tokens = ?, other_tokens = ?,"
            + " first_token_micros = ?, duration_micros = ?, cost_picos = ?, unsure_picos = ?, prices = ?,"
            + " energy_microjoules = ? where id = ? and outcome = ?";

    private Rows() {}

    /** @return for each, whether it was new */
    static boolean[] insert(
            Statements statements, String instance, List<Intent> intents, List<String> holds, List<String> refusals) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        List<@Nullable Object[]> texts = new ArrayList<>();
        for (int i = 0; i < intents.size(); i++) {
            Intent n = intents.get(i);
            rows.add(row(instance, n, holds.get(i), refusals.get(i)));
            if (n.prompt() != null) texts.add(new Object[] {n.id(), clip(n.prompt(), Integer.MAX_VALUE)});
        }
        boolean[] isNew = any(statements.batch(INSERT, rows));
        statements.batch("insert into request_text (request_id, prompt) values (?, ?) on conflict do nothing", texts);
        return isNew;
    }

    private static @Nullable Object[] row(String instance, Intent n, String holds, String refusal) {
        boolean refused = !refusal.isEmpty();
        return new @Nullable Object[] {
            n.id(),
            instance,
            n.at().toEpochMilli(),
            refused ? n.at().toEpochMilli() : null,
            clip(n.account().who(), 255),
            clip(n.account().keyId(), 64),
            clip(n.account().teamId(), 64),
            clip(n.dialect(), 32),
            clip(n.asked(), 512),
            (refused ? Outcome.REFUSED : Outcome.OPEN).word(),
            refused ? clip(refusal, 1000) : null,
            refused ? 0L : null,
            n.worst() == null ? null : n.worst().picos(),
            n.worstTokens(),
            holds,
            clip(n.prices(), 64),
            n.metadata().isEmpty() ? null : Fitting.json(n.metadata(), 4000)
        };
    }

    static void began(Statements statements, List<Batch.Op.Began> begun) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Batch.Op.Began b : begun) {
            rows.add(new @Nullable Object[] {clip(b.model(), 512), clip(b.providerId(), 255), b.id()});
        }
        statements.batch("update request set model = ?, provider_id = ? where id = ? and outcome = 'open'", rows);
    }

    /** @return for each, whether its row was as {@code was} says, and so is settled now */
    static boolean[] settle(Statements statements, List<Settlement> settlements, Outcome was) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Settlement s : settlements) rows.add(row(s, was));
        boolean[] settled = any(statements.batch(SETTLE, rows));
        List<@Nullable Object[]> answers = new ArrayList<>();
        for (int i = 0; i < settled.length; i++) {
            Settlement s = settlements.get(i);
            if (settled[i] && s.answer() != null)
                answers.add(new Object[] {s.id(), clip(s.answer(), Integer.MAX_VALUE)});
        }
        statements.batch(
                "insert into request_text (request_id, answer) values (?, ?)"
                        + " on conflict (request_id) do update set answer = excluded.answer",
                answers);
        return settled;
    }

    private static @Nullable Object[] row(Settlement s, Outcome was) {
        Usage u = s.usage();
        return new @Nullable Object[] {
            s.at().toEpochMilli(),
            clip(s.model(), 512),
            clip(s.digest(), 128),
            clip(s.provider(), 64),
            clip(s.providerId(), 255),
            clip(s.route(), 4000),
            s.outcome().word(),
            clip(s.finish(), 32),
            clip(s.failure(), 1000),
            s.counts().word(),
            u.promptTokens(),
            u.cachedTokens(),
            u.cacheWriteTokens(),
            u.completionTokens(),
            u.reasoningTokens(),
            u.other().isEmpty() ? null : Fitting.json(u.other(), 2000),
            s.firstToken() == null ? null : s.firstToken().toNanos() / 1000,
            s.duration().toNanos() / 1000,
            s.cost() == null ? null : s.cost().picos(),
            s.unsure().picos(),
            clip(s.prices(), 64),
            s.energyMicrojoules(),
            s.id(),
            was.word()
        };
    }

    private static boolean[] any(int[] counts) {
        boolean[] any = new boolean[counts.length];
        for (int i = 0; i < counts.length; i++) any[i] = counts[i] > 0;
        return any;
    }

    static @Nullable Open find(Statements statements, String id) {
        List<Open> found = statements.query(
                "select outcome, holds, worst_picos, worst_tokens from request where id = ?",
                row -> new Open(row.getString(1), Windows.Key.split(row.getString(2)), row.getLong(3), row.getLong(4)),
                id);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** What processes that died left open, by id. */
    static List<String> open(Statements statements, Collection<String> instances) {
        List<String> ids = new ArrayList<>();
        for (String instance : instances) {
            ids.addAll(statements.query(
                    "select id from request where instance_id = ? and outcome = 'open'",
                    row -> row.getString(1),
                    instance));
        }
        return ids;
    }

    /** Accounts an open request at its worst case. */
    static boolean lose(Statements statements, String id, long now) {
        return statements.update(
                        "update request set outcome = 'lost', counts = 'worst', ended_millis = ?,"
                                + " cost_picos = worst_picos, failure = 'the process that asked ended in between'"
                                + " where id = ? and outcome = 'open'",
                        now,
                        id)
                > 0;
    }

    /** PostgreSQL knows no NUL in a text, and checks lengths, which SQLite does not. */
    static @Nullable String clip(@Nullable String text, int max) {
        if (text == null) return null;
        String t = text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
        if (t.length() <= max) return t;
        int end = Character.isHighSurrogate(t.charAt(max - 1)) ? max - 1 : max;
        return t.substring(0, end);
    }
}

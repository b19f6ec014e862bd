package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** The statements on table {@code request}. */
final class Rows {

    /** What a settlement needs to know of the row: {@code worst} is zero where it was unknown. */
    record Open(String outcome, List<Windows.Key> holds, long worst, long worstTokens) {}

    private static final String SETTLE = "update request set ended_millis = :ended, model = :model, digest = :digest,"
            + " provider = :provider, provider_id = :providerId, route = :route, outcome = :outcome,"
            + " finish = :finish, failure = :failure, counts = :counts, prompt_tokens = :prompt,"
            + " cached_tokens = :cached, cache_write_tokens = :cacheWrite, completion_tokens = :completion,"
            + " reasoning_tokens = :reasoning, other_tokens = :other, first_token_micros = :first,"
            + " duration_micros = :duration, cost_picos = :cost, unsure_picos = :unsure, prices = :prices,"
            + " energy_microjoules = :energy where id = :id and outcome = :was";

    private Rows() {}

    /** @return for each, whether it was new */
    static boolean[] insert(
            Handle h, String instance, List<Intent> intents, List<String> holds, List<String> refusals) {
        if (intents.isEmpty()) return new boolean[0];
        PreparedBatch rows = h.prepareBatch("insert into request (id, instance_id, begun_millis, ended_millis, who,"
                + " key_id, team_id, dialect, asked, outcome, failure, counts, prompt_tokens, cached_tokens,"
                + " cache_write_tokens, completion_tokens, reasoning_tokens, cost_picos, unsure_picos, worst_picos,"
                + " worst_tokens, holds, prices, metadata) values (:id, :instance, :begun, :ended, :who, :key, :team,"
                + " :dialect, :asked, :outcome, :failure, 'none', 0, 0, 0, 0, 0, :cost, 0, :worst, :worstTokens,"
                + " :holds, :prices, :metadata) on conflict do nothing");
        PreparedBatch texts = h.prepareBatch(
                "insert into request_text (request_id, prompt) values (:id, :prompt) on conflict do nothing");
        for (int i = 0; i < intents.size(); i++) {
            Intent n = intents.get(i);
            boolean refused = !refusals.get(i).isEmpty();
            rows.bind("id", n.id())
                    .bind("instance", instance)
                    .bind("begun", n.at().toEpochMilli())
                    .bind("ended", refused ? n.at().toEpochMilli() : null)
                    .bind("who", clip(n.account().who(), 255))
                    .bind("key", clip(n.account().keyId(), 64))
                    .bind("team", clip(n.account().teamId(), 64))
                    .bind("dialect", clip(n.dialect(), 32))
                    .bind("asked", clip(n.asked(), 512))
                    .bind("outcome", (refused ? Outcome.REFUSED : Outcome.OPEN).word())
                    .bind("failure", refused ? clip(refusals.get(i), 1000) : null)
                    .bind("cost", refused ? 0L : null)
                    .bind("worst", n.worst() == null ? null : n.worst().picos())
                    .bind("worstTokens", n.worstTokens())
                    .bind("holds", holds.get(i))
                    .bind("prices", clip(n.prices(), 64))
                    .bind("metadata", n.metadata().isEmpty() ? null : Fitting.json(n.metadata(), 4000))
                    .add();
            if (n.prompt() != null) {
                texts.bind("id", n.id())
                        .bind("prompt", clip(n.prompt(), Integer.MAX_VALUE))
                        .add();
            }
        }
        int[] counts = rows.execute();
        if (texts.size() > 0) texts.execute();
        boolean[] isNew = new boolean[counts.length];
        for (int i = 0; i < counts.length; i++) isNew[i] = counts[i] > 0;
        return isNew;
    }

    static void began(Handle h, List<Batch.Op.Began> begun) {
        if (begun.isEmpty()) return;
        PreparedBatch rows = h.prepareBatch(
                "update request set model = :model, provider_id = :providerId where id = :id and outcome = 'open'");
        for (Batch.Op.Began b : begun) {
            rows.bind("id", b.id())
                    .bind("model", clip(b.model(), 512))
                    .bind("providerId", clip(b.providerId(), 255))
                    .add();
        }
        rows.execute();
    }

    /** @return for each, whether its row was as {@code was} says, and so is settled now */
    static boolean[] settle(Handle h, List<Settlement> settlements, Outcome was) {
        if (settlements.isEmpty()) return new boolean[0];
        PreparedBatch rows = h.prepareBatch(SETTLE);
        for (Settlement s : settlements) bind(rows, s).bind("was", was.word()).add();
        int[] counts = rows.execute();
        boolean[] settled = new boolean[counts.length];
        for (int i = 0; i < counts.length; i++) {
            settled[i] = counts[i] > 0;
            if (settled[i]) keepAnswer(h, settlements.get(i));
        }
        return settled;
    }

    private static PreparedBatch bind(PreparedBatch rows, Settlement s) {
        Usage u = s.usage();
        return rows.bind("id", s.id())
                .bind("ended", s.at().toEpochMilli())
                .bind("model", clip(s.model(), 512))
                .bind("digest", clip(s.digest(), 128))
                .bind("provider", clip(s.provider(), 64))
                .bind("providerId", clip(s.providerId(), 255))
                .bind("route", clip(s.route(), 4000))
                .bind("outcome", s.outcome().word())
                .bind("finish", clip(s.finish(), 32))
                .bind("failure", clip(s.failure(), 1000))
                .bind("counts", s.counts().word())
                .bind("prompt", u.promptTokens())
                .bind("cached", u.cachedTokens())
                .bind("cacheWrite", u.cacheWriteTokens())
                .bind("completion", u.completionTokens())
                .bind("reasoning", u.reasoningTokens())
                .bind("other", u.other().isEmpty() ? null : Fitting.json(u.other(), 2000))
                .bind("first", s.firstToken() == null ? null : s.firstToken().toNanos() / 1000)
                .bind("duration", s.duration().toNanos() / 1000)
                .bind("cost", s.cost() == null ? null : s.cost().picos())
                .bind("unsure", s.unsure().picos())
                .bind("prices", clip(s.prices(), 64))
                .bind("energy", s.energyMicrojoules());
    }

    private static void keepAnswer(Handle h, Settlement s) {
        if (s.answer() == null) return;
        h.createUpdate("insert into request_text (request_id, answer) values (:id, :answer)"
                        + " on conflict (request_id) do update set answer = excluded.answer")
                .bind("id", s.id())
                .bind("answer", clip(s.answer(), Integer.MAX_VALUE))
                .execute();
    }

    static @Nullable Open find(Handle h, String id) {
        return h.createQuery("select outcome, holds, worst_picos, worst_tokens from request where id = :id")
                .bind("id", id)
                .map((rs, context) ->
                        new Open(rs.getString(1), Windows.Key.split(rs.getString(2)), rs.getLong(3), rs.getLong(4)))
                .findFirst()
                .orElse(null);
    }

    /** What processes that died left open, by id. */
    static List<String> open(Handle h, Collection<String> instances) {
        List<String> ids = new ArrayList<>();
        for (String instance : instances) {
            ids.addAll(h.createQuery("select id from request where instance_id = :instance and outcome = 'open'")
                    .bind("instance", instance)
                    .mapTo(String.class)
                    .list());
        }
        return ids;
    }

    /** Accounts an open request at its worst case. */
    static boolean lose(Handle h, String id, long now) {
        return h.createUpdate("update request set outcome = 'lost', counts = 'worst', ended_millis = :now,"
                                + " cost_picos = worst_picos, failure = 'the process that asked ended in between'"
                                + " where id = :id and outcome = 'open'")
                        .bind("now", now)
                        .bind("id", id)
                        .execute()
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

package dev.dalang.ledger;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which requests; null is "all".
 *
 * @param from begun then or later
 * @param before begun earlier than that
 * @param model that was asked for or answered
 */
public record RequestFilter(
        @Nullable Instant from,
        @Nullable Instant before,
        @Nullable String keyId,
        @Nullable String teamId,
        @Nullable String who,
        @Nullable String model,
        @Nullable Outcome outcome) {

    public static final RequestFilter ALL = new RequestFilter(null, null, null, null, null, null, null);

    public static RequestFilter between(@Nullable Instant from, @Nullable Instant before) {
        return new RequestFilter(from, before, null, null, null, null, null);
    }

    /** The condition, of constant texts alone, and what it binds. */
    Map.Entry<String, Map<String, Object>> where() {
        StringBuilder sql = new StringBuilder(" where 1 = 1");
        Map<String, Object> bound = new LinkedHashMap<>();
        add(sql, bound, " and begun_millis >= :from", "from", from == null ? null : from.toEpochMilli());
        add(sql, bound, " and begun_millis < :before", "before", before == null ? null : before.toEpochMilli());
        add(sql, bound, " and key_id = :key", "key", keyId);
        add(sql, bound, " and team_id = :team", "team", teamId);
        add(sql, bound, " and who = :who", "who", who);
        add(sql, bound, " and (model = :model or asked = :model)", "model", model);
        add(sql, bound, " and outcome = :outcome", "outcome", outcome == null ? null : outcome.word());
        return Map.entry(sql.toString(), bound);
    }

    private static void add(
            StringBuilder sql, Map<String, Object> bound, String condition, String name, @Nullable Object value) {
        if (value == null) return;
        sql.append(condition);
        bound.put(name, value);
    }
}

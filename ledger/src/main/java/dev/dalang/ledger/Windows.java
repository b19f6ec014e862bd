package dev.dalang.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The budgets' windows that one transaction changes: locked and read at its beginning, written at its end. They are locked
 * in their order, so that two processes never wait for each other in a circle.
 */
final class Windows {

    /** @param startDay days since 1970 */
    record Key(String budget, long startDay) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byBudget = budget.compareTo(other.budget);
            return byBudget != 0 ? byBudget : Long.compare(startDay, other.startDay);
        }

        /** As a request's row keeps them: {@code BUDGET:DAY BUDGET:DAY}. */
        static String join(Collection<Key> keys) {
            StringBuilder text = new StringBuilder();
            for (Key k : keys) {
                if (!text.isEmpty()) text.append(' ');
                text.append(k.budget).append(':').append(k.startDay);
            }
            return text.toString();
        }

        static List<Key> split(String text) {
            if (text.isEmpty()) return List.of();
            return List.of(text.split(" ")).stream()
                    .map(k -> k.split(":"))
                    .map(k -> new Key(k[0], Long.parseLong(k[1])))
                    .toList();
        }
    }

    /** Amounts in picodollars and tokens. */
    static final class Window {
        long spent;
        long reserved;
        long spentTokens;
        long reservedTokens;
        private boolean changed;

        void reserve(long picos, long tokens) {
            reserved = Math.addExact(reserved, picos);
            reservedTokens = Math.addExact(reservedTokens, tokens);
            changed = true;
        }

        void spend(long picos, long tokens) {
            spent = Math.addExact(spent, picos);
            spentTokens = Math.addExact(spentTokens, tokens);
            changed = true;
        }
    }

    private static final int CHUNK = 300;

    private final Map<Key, Window> windows = new TreeMap<>();

    private Windows() {}

    static Windows lock(Handle h, Database database, Collection<Key> wanted) {
        Windows found = new Windows();
        List<Key> keys = List.copyOf(new TreeSet<>(wanted));
        for (int from = 0; from < keys.size(); from += CHUNK) {
            found.lockChunk(h, database, keys.subList(from, Math.min(keys.size(), from + CHUNK)));
        }
        return found;
    }

    private void lockChunk(Handle h, Database database, List<Key> keys) {
        PreparedBatch create = h.prepareBatch("insert into budget_window (budget_id, start_day, spent_picos,"
                + " reserved_picos, spent_tokens, reserved_tokens) values (:budget, :day, 0, 0, 0, 0)"
                + " on conflict do nothing");
        for (Key k : keys)
            create.bind("budget", k.budget).bind("day", k.startDay).add();
        create.execute();
        String places = "(?, ?), ".repeat(keys.size());
        var query = h.createQuery("select budget_id, start_day, spent_picos, reserved_picos, spent_tokens,"
                + " reserved_tokens from budget_window where (budget_id, start_day) in (values "
                + places.substring(0, places.length() - 2) + ") order by budget_id, start_day" + database.forUpdate());
        int at = 0;
        for (Key k : keys) query.bind(at++, k.budget).bind(at++, k.startDay);
        query.map((rs, context) -> {
                    Window w = new Window();
                    w.spent = rs.getLong(3);
                    w.reserved = rs.getLong(4);
                    w.spentTokens = rs.getLong(5);
                    w.reservedTokens = rs.getLong(6);
                    return windows.put(new Key(rs.getString(1), rs.getLong(2)), w);
                })
                .list();
    }

    Window get(Key key) {
        Window w = windows.get(key);
        if (w == null) throw new IllegalStateException("the window " + key + " is not locked");
        return w;
    }

    void save(Handle h) {
        PreparedBatch save = h.prepareBatch("update budget_window set spent_picos = :spent, reserved_picos = :reserved,"
                + " spent_tokens = :spentTokens, reserved_tokens = :reservedTokens"
                + " where budget_id = :budget and start_day = :day");
        windows.forEach((k, w) -> {
            if (!w.changed) return;
            save.bind("spent", w.spent)
                    .bind("reserved", w.reserved)
                    .bind("spentTokens", w.spentTokens)
                    .bind("reservedTokens", w.reservedTokens)
                    .bind("budget", k.budget)
                    .bind("day", k.startDay)
                    .add();
        });
        if (save.size() > 0) save.execute();
    }
}

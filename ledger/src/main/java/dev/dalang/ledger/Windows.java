package dev.dalang.ledger;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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

    static Windows lock(Statements statements, Database database, Collection<Key> wanted) {
        Windows found = new Windows();
        List<Key> keys = List.copyOf(new TreeSet<>(wanted));
        for (int from = 0; from < keys.size(); from += CHUNK) {
            found.lockChunk(statements, database, keys.subList(from, Math.min(keys.size(), from + CHUNK)));
        }
        return found;
    }

    private void lockChunk(Statements statements, Database database, List<Key> keys) {
        List<@Nullable Object[]> places = new ArrayList<>();
        List<@Nullable Object[]> missing = new ArrayList<>();
        for (Key k : keys) {
            places.add(new Object[] {k.budget, k.startDay});
            missing.add(new Object[] {k.startDay, k.budget});
            // What a budget that was removed held, while a request of it was under way, is nobody's any more.
            windows.put(k, new Window());
        }
        statements.batch(
                "insert into budget_window (budget_id, start_day, spent_picos, reserved_picos, spent_tokens,"
                        + " reserved_tokens) select id, ?, 0, 0, 0, 0 from budget where id = ? on conflict do nothing",
                missing);
        statements.query(
                "select budget_id, start_day, spent_picos, reserved_picos, spent_tokens, reserved_tokens"
                        + " from budget_window where (budget_id, start_day) in (values " + Statements.pairs(keys.size())
                        + ") order by budget_id, start_day" + database.forUpdate(),
                row -> {
                    Window w = new Window();
                    w.spent = row.getLong(3);
                    w.reserved = row.getLong(4);
                    w.spentTokens = row.getLong(5);
                    w.reservedTokens = row.getLong(6);
                    windows.put(new Key(row.getString(1), row.getLong(2)), w);
                    return w;
                },
                places.stream().flatMap(Arrays::stream).toArray());
    }

    Window get(Key key) {
        Window w = windows.get(key);
        if (w == null) throw new IllegalStateException("the window " + key + " is not locked");
        return w;
    }

    void save(Statements statements) {
        List<@Nullable Object[]> changed = new ArrayList<>();
        windows.forEach((k, w) -> {
            if (w.changed)
                changed.add(new Object[] {w.spent, w.reserved, w.spentTokens, w.reservedTokens, k.budget, k.startDay});
        });
        statements.batch(
                "update budget_window set spent_picos = ?, reserved_picos = ?, spent_tokens = ?, reserved_tokens = ?"
                        + " where budget_id = ? and start_day = ?",
                changed);
    }
}

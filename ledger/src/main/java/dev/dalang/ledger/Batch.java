package dev.dalang.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the writer does in one transaction. Budgets are decided in memory, one request after the other, on windows that are
 * locked for the whole transaction: spent and reserved together never pass a limit, whoever else writes.
 */
final class Batch {

    /** Something to write; {@code done} is called after the commit. */
    sealed interface Op {
        record Open(Intent intent, boolean forced) implements Op {}

        record Refuse(Intent intent, String why) implements Op {}

        /** The provider's id of an answer that began: by it an invoice finds the request if this process dies. */
        record Began(String id, String model, String providerId) implements Op {}

        record Settle(Settlement settlement) implements Op {}

        /** Of processes that died. */
        record Recover(List<String> instances) implements Op {}
    }

    private final Statements statements;
    private final Database database;
    private final String instance;
    private final long now;
    private final List<Op> ops;
    private final @Nullable Object[] results;

    private Batch(Statements statements, Database database, String instance, long now, List<Op> ops) {
        this.statements = statements;
        this.database = database;
        this.instance = instance;
        this.now = now;
        this.ops = ops;
        this.results = new Object[ops.size()];
    }

    /** @return the {@link Admission} of each {@link Op.Open}, at its place; null at the others' */
    static @Nullable Object[] run(Statements statements, Database database, String instance, long now, List<Op> ops) {
        Batch batch = new Batch(statements, database, instance, now, ops);
        batch.run();
        return batch.results;
    }

    private void run() {
        Map<Subject, List<Budget>> budgets = Budgets.of(statements, subjects());
        Map<String, Rows.Open> rows = new HashMap<>();
        Set<Windows.Key> wanted = new HashSet<>();
        List<String> lost = new ArrayList<>();
        for (Op op : ops) {
            switch (op) {
                case Op.Open(Intent n, boolean forced) -> budgets(budgets, n).forEach(b -> wanted.add(key(b, n)));
                case Op.Refuse r -> {}
                case Op.Began b -> {}
                case Op.Settle(Settlement s) -> remember(s.id(), rows, wanted);
                case Op.Recover(List<String> instances) -> {
                    for (String id : Rows.open(statements, instances)) {
                        lost.add(id);
                        remember(id, rows, wanted);
                    }
                }
            }
        }
        Windows windows = Windows.lock(statements, database, wanted);
        Rows.began(statements, begun(rows.keySet()));
        settle(rows, windows);
        lose(lost, rows, windows);
        open(budgets, windows);
        windows.save(statements);
    }

    /** Of those that are settled in this batch as well, the settlement says it. */
    private List<Op.Began> begun(Set<String> settled) {
        return ops.stream()
                .filter(Op.Began.class::isInstance)
                .map(Op.Began.class::cast)
                .filter(b -> !settled.contains(b.id()))
                .toList();
    }

    private Set<Subject> subjects() {
        Set<Subject> subjects = new HashSet<>();
        for (Op op : ops)
            if (op instanceof Op.Open(Intent n, boolean f)) subjects.addAll(Budgets.subjects(n.account()));
        return subjects;
    }

    private static List<Budget> budgets(Map<Subject, List<Budget>> all, Intent n) {
        List<Budget> own = new ArrayList<>();
        for (Subject s : Budgets.subjects(n.account())) own.addAll(all.getOrDefault(s, List.of()));
        return own;
    }

    private static Windows.Key key(Budget b, Intent n) {
        return new Windows.Key(b.id(), b.period().start(n.at()).toEpochDay());
    }

    private void remember(String id, Map<String, Rows.Open> rows, Set<Windows.Key> wanted) {
        Rows.Open row = Rows.find(statements, id);
        if (row == null) return;
        rows.put(id, row);
        wanted.addAll(row.holds());
    }

    private void settle(Map<String, Rows.Open> rows, Windows windows) {
        List<Settlement> open = new ArrayList<>();
        List<Settlement> late = new ArrayList<>();
        for (Op op : ops) {
            if (!(op instanceof Op.Settle(Settlement s))) continue;
            Rows.Open row = rows.get(s.id());
            if (row == null) continue;
            if (row.outcome().equals(Outcome.OPEN.word())) open.add(s);
            // Another process took us for dead; what really was replaces the worst case.
            else if (row.outcome().equals(Outcome.LOST.word())) late.add(s);
        }
        boolean[] settled = Rows.settle(statements, open, Outcome.OPEN);
        for (int i = 0; i < settled.length; i++) {
            if (!settled[i]) continue;
            Rows.Open row = row(rows, open.get(i).id());
            for (Windows.Key k : row.holds()) {
                windows.get(k).reserve(-row.worst(), -row.worstTokens());
                windows.get(k).spend(spent(open.get(i)), open.get(i).usage().totalTokens());
            }
        }
        boolean[] corrected = Rows.settle(statements, late, Outcome.LOST);
        for (int i = 0; i < corrected.length; i++) {
            if (!corrected[i]) continue;
            Rows.Open row = row(rows, late.get(i).id());
            for (Windows.Key k : row.holds()) {
                windows.get(k)
                        .spend(
                                spent(late.get(i)) - row.worst(),
                                late.get(i).usage().totalTokens() - row.worstTokens());
            }
        }
    }

    private static Rows.Open row(Map<String, Rows.Open> rows, String id) {
        Rows.Open row = rows.get(id);
        if (row == null) throw new IllegalStateException(id);
        return row;
    }

    private static long spent(Settlement s) {
        return Math.addExact(s.cost() == null ? 0 : s.cost().picos(), s.unsure().picos());
    }

    private void lose(List<String> lost, Map<String, Rows.Open> rows, Windows windows) {
        for (String id : lost) {
            if (!Rows.lose(statements, id, now)) continue;
            Rows.Open row = row(rows, id);
            for (Windows.Key k : row.holds()) {
                windows.get(k).reserve(-row.worst(), -row.worstTokens());
                windows.get(k).spend(row.worst(), row.worstTokens());
            }
        }
    }

    private void open(Map<Subject, List<Budget>> budgets, Windows windows) {
        List<Intent> intents = new ArrayList<>();
        List<String> holds = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        List<List<Windows.Key>> reserved = new ArrayList<>();
        for (int i = 0; i < ops.size(); i++) {
            switch (ops.get(i)) {
                case Op.Open(Intent n, boolean forced) -> {
                    List<Budget> own = budgets(budgets, n);
                    Admission.Exceeds exceeds = forced ? null : exceeded(own, n, windows);
                    if (exceeds != null) {
                        results[i] = exceeds;
                        continue;
                    }
                    List<Windows.Key> keys = own.stream().map(b -> key(b, n)).toList();
                    for (Windows.Key k : keys) windows.get(k).reserve(picos(n), n.worstTokens());
                    List<Budget.Standing> standings = new ArrayList<>();
                    for (Budget b : own) standings.add(standing(b, key(b, n), windows));
                    results[i] = new Admission.Admitted(standings);
                    intents.add(n);
                    holds.add(Windows.Key.join(keys));
                    refusals.add("");
                    reserved.add(keys);
                }
                case Op.Refuse(Intent n, String why) -> {
                    intents.add(n);
                    holds.add("");
                    refusals.add(why);
                    reserved.add(List.of());
                }
                case Op.Began b -> {}
                case Op.Settle s -> {}
                case Op.Recover r -> {}
            }
        }
        boolean[] isNew = Rows.insert(statements, instance, intents, holds, refusals);
        for (int i = 0; i < isNew.length; i++) {
            if (isNew[i]) continue;
            // A journal that was replayed before: it is reserved already.
            Intent n = intents.get(i);
            for (Windows.Key k : reserved.get(i)) windows.get(k).reserve(-picos(n), -n.worstTokens());
        }
    }

    private static Admission.@Nullable Exceeds exceeded(List<Budget> own, Intent n, Windows windows) {
        for (Budget b : own) {
            Budget.Standing now = standing(b, key(b, n), windows);
            if (b.money() != null && n.worst() == null) return new Admission.Exceeds(now, true);
            Money left = now.left();
            Long tokensLeft = now.tokensLeft();
            boolean tooDear = left != null && left.picos() < picos(n);
            if (tooDear || tokensLeft != null && tokensLeft < n.worstTokens()) return new Admission.Exceeds(now, false);
        }
        return null;
    }

    private static Budget.Standing standing(Budget b, Windows.Key key, Windows windows) {
        Windows.Window w = windows.get(key);
        return new Budget.Standing(
                b, key.startDay(), new Money(w.spent), new Money(w.reserved), w.spentTokens, w.reservedTokens);
    }

    private static long picos(Intent n) {
        return n.worst() == null ? 0 : n.worst().picos();
    }
}

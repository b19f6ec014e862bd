package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How an array of a shape can be written item by item without ever getting stuck. */
final class ArrayPlan {

    /** Items that are told apart by their number where some must be of a kind. */
    private static final int MAX_COUNTED = 300;

    /** After {@code index} items (no more than matter), with so many of each kind that is counted. */
    record Position(int index, List<Integer> counts) {}

    /** An item that may come, and where that leads. */
    record Next(Expr item, Position to) {}

    private final ArrayShape shape;
    private final Algebra algebra;
    /** From here on all items are alike. */
    private final int tail;

    private final int max;
    private final int last;
    private final Map<Position, Boolean> finishing = new HashMap<>();

    ArrayPlan(ArrayShape shape, Algebra algebra) {
        this.shape = shape;
        this.algebra = algebra;
        int t = 0;
        for (ArrayShape.Layer l : shape.layers()) t = Math.max(t, l.prefix().size());
        for (ArrayShape.Contains c : shape.contains()) t = Math.max(t, c.from());
        this.tail = t;
        int m = shape.max();
        for (int i = 0; i <= tail && (m < 0 || i < m); i++) {
            if (!algebra.any(item(i))) m = i;
        }
        this.max = m;
        this.last = max >= 0 ? max : Math.max(tail, shape.min());
        if (!shape.contains().isEmpty() && last > MAX_COUNTED) {
            throw Refusal.unsupported("contains", "it is not followed through more than " + MAX_COUNTED + " items");
        }
    }

    /** @throws dev.dalang.api.DalangException where items would have to be remembered */
    void check() {
        if (shape.unique() && (max < 0 || max > 1)) {
            throw Refusal.unsupported("uniqueItems", "that no two items are equal cannot be guaranteed");
        }
    }

    private Expr item(int i) {
        Expr e = algebra.table.anything;
        for (ArrayShape.Layer l : shape.layers()) {
            e = algebra.table.and(e, i < l.prefix().size() ? l.prefix().get(i) : l.rest());
        }
        return e;
    }

    Position start() {
        return new Position(0, shape.contains().stream().map(c -> 0).toList());
    }

    boolean possible() {
        if (max >= 0 && shape.min() > max) return false;
        return shape.contains().isEmpty() || finishes(start());
    }

    boolean mayClose(Position p) {
        if (p.index < shape.min()) return false;
        for (int i = 0; i < p.counts.size(); i++) {
            if (p.counts.get(i) < shape.contains().get(i).min()) return false;
        }
        return true;
    }

    private boolean finishes(Position p) {
        if (shape.contains().isEmpty()) return true;
        Boolean known = finishing.get(p);
        if (known != null) return known;
        // A position that leads back to itself closes no sooner for that.
        finishing.put(p, false);
        boolean is = mayClose(p);
        for (Next n : all(p)) {
            if (is) break;
            is = finishes(n.to);
        }
        finishing.put(p, is);
        return is;
    }

    List<Next> next(Position p) {
        List<Next> list = new ArrayList<>();
        for (Next n : all(p)) if (finishes(n.to)) list.add(n);
        return list;
    }

    private List<Next> all(Position p) {
        if (max >= 0 && p.index >= max) return List.of();
        int index = Math.min(p.index + 1, last);
        List<Next> found = new ArrayList<>();
        split(p, 0, item(Math.min(p.index, tail)), new ArrayList<>(), index, found);
        return found;
    }

    /** For each kind that is counted: the item is of it, or is not, or it does not matter. */
    private void split(Position p, int k, Expr item, List<Integer> counts, int index, List<Next> found) {
        if (item == algebra.table.nothing) return;
        if (k == shape.contains().size()) {
            if (algebra.any(item)) found.add(new Next(item, new Position(index, List.copyOf(counts))));
            return;
        }
        ArrayShape.Contains c = shape.contains().get(k);
        int n = p.counts.get(k);
        boolean counted = p.index >= c.from();
        boolean limited = c.max() >= 0;
        if (counted && (limited ? n < c.max() : n < c.min())) {
            counts.add(n + 1);
            split(p, k + 1, algebra.table.and(item, c.what()), counts, index, found);
            counts.removeLast();
        }
        counts.add(n);
        split(
                p,
                k + 1,
                counted && limited ? algebra.table.and(item, algebra.table.not(c.what())) : item,
                counts,
                index,
                found);
        counts.removeLast();
    }
}

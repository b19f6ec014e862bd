package dev.dalang.engine.constrain.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of JSON values that is not worked out yet: a schema, a single value, or what and, or, not make of others. Equal
 * expressions of one {@link Table} are one object; that recursion comes to an end rests on it.
 */
final class Expr {

    enum Op {
        ANYTHING,
        NOTHING,
        SCHEMA,
        VALUE,
        AND,
        OR,
        NOT
    }

    final int number;
    final Op op;
    final List<Expr> parts;
    final Object content;

    private Expr(int number, Op op, List<Expr> parts, Object content) {
        this.number = number;
        this.op = op;
        this.parts = parts;
        this.content = content;
    }

    @Override
    public String toString() {
        return op + "#" + number;
    }

    /** Makes expressions, each once. */
    static final class Table {

        private record Key(Op op, List<Integer> parts, Object content) {}

        private final Map<Key, Expr> known = new HashMap<>();

        final Expr anything = make(Op.ANYTHING, List.of(), "");
        final Expr nothing = make(Op.NOTHING, List.of(), "");

        private Expr make(Op op, List<Expr> parts, Object content) {
            Key key = new Key(op, parts.stream().map(e -> e.number).toList(), content);
            return known.computeIfAbsent(key, k -> new Expr(known.size(), op, parts, content));
        }

        Expr schema(SchemaNode node) {
            return make(Op.SCHEMA, List.of(), node);
        }

        Expr value(Json value) {
            return make(Op.VALUE, List.of(), value);
        }

        Expr and(Expr a, Expr b) {
            if (a == nothing || b == nothing) return nothing;
            if (a == anything || a == b) return b;
            if (b == anything) return a;
            TreeMap<Integer, Expr> all = new TreeMap<>();
            for (Expr e : List.of(a, b)) {
                for (Expr part : e.op == Op.AND ? e.parts : List.of(e)) all.put(part.number, part);
            }
            for (Expr e : all.values())
                if (e.op == Op.NOT && all.containsKey(e.parts.getFirst().number)) return nothing;
            return make(Op.AND, List.copyOf(all.values()), "");
        }

        Expr or(Expr a, Expr b) {
            if (a == anything || b == anything) return anything;
            if (a == nothing || a == b) return b;
            if (b == nothing) return a;
            TreeMap<Integer, Expr> all = new TreeMap<>();
            for (Expr e : List.of(a, b)) {
                for (Expr part : e.op == Op.OR ? e.parts : List.of(e)) all.put(part.number, part);
            }
            return make(Op.OR, List.copyOf(all.values()), "");
        }

        Expr not(Expr e) {
            return switch (e.op) {
                case ANYTHING -> nothing;
                case NOTHING -> anything;
                case NOT -> e.parts.getFirst();
                default -> make(Op.NOT, List.of(e), "");
            };
        }
    }
}

package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A set of JSON values, worked out: by kind, and within a kind as a union. Closed under and, or, and not, save for what
 * cannot be followed in a stream (the negation of unique items).
 *
 * @param strings the texts that are in the set
 */
record Shapes(
        boolean isNull,
        boolean isTrue,
        boolean isFalse,
        List<NumberSet> numbers,
        TextDfa strings,
        List<ArrayShape> arrays,
        List<ObjectShape> objects) {

    /** Members of a union: beyond, a schema multiplies out too far. */
    private static final int MAX_UNION = 600;

    static final Shapes ALL = new Shapes(
            true, true, true, List.of(NumberSet.ALL), TextDfa.ALL, List.of(ArrayShape.ALL), List.of(ObjectShape.ALL));

    static final Shapes NONE = new Shapes(false, false, false, List.of(), TextDfa.EMPTY, List.of(), List.of());

    static <T> List<T> join(List<T> a, List<T> b) {
        if (a.isEmpty()) return b;
        if (b.isEmpty()) return a;
        LinkedHashSet<T> all = new LinkedHashSet<>(a);
        all.addAll(b);
        return List.copyOf(all);
    }

    private static <T> List<T> checked(List<T> list) {
        if (list.size() > MAX_UNION) {
            throw Refusal.tooLarge("a schema whose alternatives multiply to more than " + MAX_UNION);
        }
        return List.copyOf(new LinkedHashSet<>(list));
    }

    Shapes withNumbers(List<NumberSet> n) {
        return new Shapes(isNull, isTrue, isFalse, n, strings, arrays, objects);
    }

    Shapes withStrings(TextDfa s) {
        return new Shapes(isNull, isTrue, isFalse, numbers, s, arrays, objects);
    }

    Shapes withArrays(List<ArrayShape> a) {
        return new Shapes(isNull, isTrue, isFalse, numbers, strings, checked(a), objects);
    }

    Shapes withObjects(List<ObjectShape> o) {
        return new Shapes(isNull, isTrue, isFalse, numbers, strings, arrays, checked(o));
    }

    boolean isNothing() {
        return !isNull
                && !isTrue
                && !isFalse
                && numbers.isEmpty()
                && strings.isEmpty()
                && arrays.isEmpty()
                && objects.isEmpty();
    }

    Shapes or(Shapes o) {
        return new Shapes(
                isNull || o.isNull,
                isTrue || o.isTrue,
                isFalse || o.isFalse,
                merged(numbers, o.numbers, NumberSet.ALL),
                strings.or(o.strings),
                merged(arrays, o.arrays, ArrayShape.ALL),
                merged(objects, o.objects, ObjectShape.ALL));
    }

    private static <T> List<T> merged(List<T> a, List<T> b, T all) {
        return a.contains(all) || b.contains(all) ? List.of(all) : checked(join(a, b));
    }

    Shapes and(Shapes o) {
        if (this == ALL) return o;
        if (o == ALL) return this;
        return new Shapes(
                isNull && o.isNull,
                isTrue && o.isTrue,
                isFalse && o.isFalse,
                andNumbers(numbers, o.numbers),
                strings.and(o.strings),
                andArrays(arrays, o.arrays),
                andObjects(objects, o.objects));
    }

    private static List<NumberSet> andNumbers(List<NumberSet> a, List<NumberSet> b) {
        List<NumberSet> all = new ArrayList<>();
        for (NumberSet x : a) {
            for (NumberSet y : b) {
                NumberSet both = x.and(y);
                if (both != null) all.add(both);
            }
        }
        return checked(all);
    }

    private static List<ArrayShape> andArrays(List<ArrayShape> a, List<ArrayShape> b) {
        List<ArrayShape> all = new ArrayList<>();
        for (ArrayShape x : a) {
            for (ArrayShape y : b) {
                ArrayShape both = x.and(y);
                if (both.max() < 0 || both.min() <= both.max()) all.add(both);
            }
        }
        return checked(all);
    }

    private static List<ObjectShape> andObjects(List<ObjectShape> a, List<ObjectShape> b) {
        List<ObjectShape> all = new ArrayList<>();
        for (ObjectShape x : a) for (ObjectShape y : b) add(x.and(y), all);
        return checked(all);
    }

    /** Leaves out at once what plainly contradicts itself: a required key that may hold nothing. */
    private static void add(ObjectShape o, List<ObjectShape> to) {
        if (o.max() >= 0 && Math.max(o.min(), o.required().size()) > o.max()) return;
        for (ObjectShape.Layer l : o.layers()) {
            for (String key : o.required()) {
                Expr e = l.named().get(key);
                if (e != null && e.op == Expr.Op.NOTHING) return;
            }
        }
        to.add(o);
        if (to.size() > 4 * MAX_UNION) checked(to);
    }

    /** Every value that is not in the set. */
    Shapes complement(Expr.Table table) {
        List<NumberSet> n = List.of(NumberSet.ALL);
        for (NumberSet x : numbers) n = andNumbers(n, x.complement());
        List<ArrayShape> a = List.of(ArrayShape.ALL);
        for (ArrayShape x : arrays) a = andArrays(a, complement(x, table));
        List<ObjectShape> o = List.of(ObjectShape.ALL);
        for (ObjectShape x : objects) o = andObjects(o, complement(x, table));
        return new Shapes(!isNull, !isTrue, !isFalse, n, strings.complement(), a, o);
    }

    private static List<ArrayShape> complement(ArrayShape x, Expr.Table table) {
        if (x.unique()) throw Refusal.unsupported("uniqueItems", "its negation cannot be guaranteed");
        List<ArrayShape> all = new ArrayList<>();
        if (x.min() > 0) all.add(ArrayShape.ALL.withLength(0, x.min() - 1));
        if (x.max() >= 0) all.add(ArrayShape.ALL.withLength(x.max() + 1, -1));
        for (ArrayShape.Layer l : x.layers()) {
            for (int i = 0; i < l.prefix().size(); i++) {
                if (l.prefix().get(i) == table.anything) continue;
                List<Expr> prefix = new ArrayList<>();
                for (int k = 0; k < i; k++) prefix.add(table.anything);
                prefix.add(table.not(l.prefix().get(i)));
                all.add(ArrayShape.ALL
                        .withLayer(new ArrayShape.Layer(List.copyOf(prefix), table.anything))
                        .withLength(i + 1, -1));
            }
            if (l.rest() != table.anything) {
                int from = l.prefix().size();
                all.add(
                        l.rest() == table.nothing
                                ? ArrayShape.ALL.withLength(from + 1, -1)
                                : ArrayShape.ALL.withContains(
                                        new ArrayShape.Contains(from, table.not(l.rest()), 1, -1)));
            }
        }
        for (ArrayShape.Contains c : x.contains()) {
            if (c.min() > 0) {
                all.add(ArrayShape.ALL.withContains(new ArrayShape.Contains(c.from(), c.what(), 0, c.min() - 1)));
            }
            if (c.max() >= 0) {
                all.add(ArrayShape.ALL.withContains(new ArrayShape.Contains(c.from(), c.what(), c.max() + 1, -1)));
            }
        }
        return all;
    }

    private static List<ObjectShape> complement(ObjectShape x, Expr.Table table) {
        List<ObjectShape> all = new ArrayList<>();
        for (String key : x.required()) {
            all.add(ObjectShape.ALL.withLayer(ObjectShape.named(key, table.nothing, table)));
        }
        if (x.min() > 0) all.add(ObjectShape.ALL.withCount(0, x.min() - 1));
        if (x.max() >= 0) all.add(ObjectShape.ALL.withCount(x.max() + 1, -1));
        if (x.keys() != TextDfa.ALL) {
            all.add(ObjectShape.ALL.withExists(new ObjectShape.Rule(x.keys().complement(), table.anything)));
        }
        for (ObjectShape.Layer l : x.layers()) {
            l.named().forEach((key, value) -> {
                if (value == table.anything) return;
                all.add(ObjectShape.ALL
                        .withLayer(ObjectShape.named(key, table.not(value), table))
                        .withRequired(Set.of(key)));
            });
            for (ObjectShape.Rule p : l.patterns()) {
                if (p.value() == table.anything) continue;
                all.add(ObjectShape.ALL.withExists(new ObjectShape.Rule(p.keys(), table.not(p.value()))));
            }
            if (l.rest() != table.anything) {
                TextDfa others = TextDfa.ofTexts(List.copyOf(l.named().keySet()))
                        .unlabelled()
                        .complement();
                for (ObjectShape.Rule p : l.patterns()) others = others.minus(p.keys());
                all.add(ObjectShape.ALL.withExists(new ObjectShape.Rule(others, table.not(l.rest()))));
            }
        }
        for (ObjectShape.Rule e : x.exists()) {
            all.add(ObjectShape.ALL.withLayer(new ObjectShape.Layer(
                    Map.of(), List.of(new ObjectShape.Rule(e.keys(), table.not(e.value()))), table.anything)));
        }
        return all;
    }
}

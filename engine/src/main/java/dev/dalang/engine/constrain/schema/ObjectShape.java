package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.TextDfa;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A set of objects.
 *
 * @param layers all of them hold for each property
 * @param max number of properties; negative for no limit
 * @param exists for each there is a property with such a key and value
 * @param keys what a key may be
 */
record ObjectShape(List<Layer> layers, Set<String> required, int min, int max, List<Rule> exists, TextDfa keys) {

    /** Keys of a language, and what their values must be. */
    record Rule(TextDfa keys, Expr value) {}

    /** Some keys by name, some by pattern, {@code rest} for those that are neither. */
    record Layer(Map<String, Expr> named, List<Rule> patterns, Expr rest) {

        Expr of(String key, Expr.Table table) {
            Expr e = table.anything;
            boolean met = false;
            Expr byName = named.get(key);
            if (byName != null) {
                e = byName;
                met = true;
            }
            for (Rule p : patterns) {
                if (p.keys.accepts(key)) {
                    e = table.and(e, p.value);
                    met = true;
                }
            }
            return met ? e : rest;
        }
    }

    static final ObjectShape ALL = new ObjectShape(List.of(), Set.of(), 0, -1, List.of(), TextDfa.ALL);

    static Layer named(String key, Expr value, Expr.Table table) {
        Map<String, Expr> one = new LinkedHashMap<>();
        one.put(key, value);
        return new Layer(one, List.of(), table.anything);
    }

    ObjectShape withLayer(Layer layer) {
        return new ObjectShape(Shapes.join(layers, List.of(layer)), required, min, max, exists, keys);
    }

    ObjectShape withRequired(Set<String> more) {
        return new ObjectShape(layers, union(required, more), min, max, exists, keys);
    }

    ObjectShape withCount(int atLeast, int atMost) {
        return new ObjectShape(layers, required, Math.max(min, atLeast), ArrayShape.least(max, atMost), exists, keys);
    }

    ObjectShape withExists(Rule rule) {
        return new ObjectShape(layers, required, min, max, Shapes.join(exists, List.of(rule)), keys);
    }

    ObjectShape withKeys(TextDfa some) {
        return new ObjectShape(layers, required, min, max, exists, keys.and(some));
    }

    ObjectShape and(ObjectShape o) {
        if (this.equals(ALL)) return o;
        return new ObjectShape(
                Shapes.join(layers, o.layers),
                union(required, o.required),
                Math.max(min, o.min),
                ArrayShape.least(max, o.max),
                Shapes.join(exists, o.exists),
                keys.and(o.keys));
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
        Set<String> all = new LinkedHashSet<>(a);
        all.addAll(b);
        return all;
    }

    Expr of(String key, Expr.Table table) {
        if (!keys.accepts(key)) return table.nothing;
        Expr e = table.anything;
        for (Layer l : layers) e = table.and(e, l.of(key, table));
        return e;
    }
}

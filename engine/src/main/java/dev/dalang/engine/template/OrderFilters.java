package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Filters that compare items: sorting, grouping, extremes, duplicates. Letter case is ignored unless asked for. */
final class OrderFilters {
    private OrderFilters() {}

    private record Keyed(Value key, Value item) {}

    static Value sort(Render render, Value input, Args args) {
        Bound bound = args.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        boolean sensitive = bound.truth(render, 1, false);
        List<UnaryOperator<Value>> attributes = attributes(render, bound.orNull(2));
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : Operators.iterate(render, input)) {
            List<Value> key = new ArrayList<>(attributes.size());
            for (UnaryOperator<Value> attribute : attributes) key.add(folded(attribute.apply(item), sensitive));
            keyed.add(new Keyed(new ListValue(key), item));
        }
        return new ListValue(sorted(render, keyed, bound.truth(render, 0, false)));
    }

    private static List<UnaryOperator<Value>> attributes(Render render, @Nullable Value attribute) {
        if (!(attribute instanceof Str s)) return List.of(SequenceFilters.attribute(render, attribute, null));
        List<UnaryOperator<Value>> attributes = new ArrayList<>();
        for (String path : s.chars().split(",", -1)) {
            attributes.add(SequenceFilters.attribute(render, Str.trusted(path), null));
        }
        return attributes;
    }

    static Value dictSort(Render render, Value input, Args args) {
        Bound bound = args.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (input instanceof Undefined u) throw u.error();
        if (!(input instanceof DictValue dict)) {
            throw TemplateError.type("'" + input.type() + " object' has no attribute 'items'");
        }
        String by = bound.get(1) == null ? "key" : bound.string(1).chars();
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateError.type("You can only sort by either \"key\" or \"value\"");
        }
        boolean sensitive = bound.truth(render, 0, false);
        List<Keyed> keyed = new ArrayList<>();
        for (DictValue.Entry entry : dict.entries()) {
            render.step();
            Value key = by.equals("key") ? entry.key() : entry.value();
            keyed.add(new Keyed(folded(key, sensitive), SequenceFilters.pair(entry.key(), entry.value())));
        }
        return new ListValue(sorted(render, keyed, bound.truth(render, 2, false)));
    }

    static Value groupBy(Render render, Value input, Args args) {
        Bound bound = args.bind("groupby", 1, "attribute", "default", "case_sensitive");
        boolean sensitive = bound.truth(render, 2, false);
        UnaryOperator<Value> attribute = SequenceFilters.attribute(render, bound.require(0), bound.orNull(1));
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : Operators.iterate(render, input)) {
            keyed.add(new Keyed(folded(attribute.apply(item), sensitive), item));
        }
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        Value groupKey = Value.NONE;
        for (Value item : sorted(render, keyed, false)) {
            Value key = folded(attribute.apply(item), sensitive);
            if (group.isEmpty() || !Operators.equal(render, key, groupKey)) {
                group = new ArrayList<>();
                // The group is called by its first item's own spelling.
                groups.add(new TupleValue(List.of(attribute.apply(item), new ListValue(group)), true));
                groupKey = key;
            }
            group.add(item);
        }
        return new ListValue(groups);
    }

    static Value unique(Render render, Value input, Args args) {
        Bound bound = args.bind("unique", 0, "case_sensitive", "attribute");
        boolean sensitive = bound.truth(render, 0, false);
        UnaryOperator<Value> attribute = SequenceFilters.attribute(render, bound.orNull(1), null);
        Set<Object> seen = new HashSet<>();
        List<Value> unique = new ArrayList<>();
        for (Value item : Operators.iterate(render, input)) {
            if (seen.add(DictValue.hashable(folded(attribute.apply(item), sensitive), 0))) unique.add(item);
        }
        return SequenceFilters.generator(unique);
    }

    static Value extreme(Render render, Value input, Args args, String name) {
        Bound bound = args.bind(name, 0, "case_sensitive", "attribute");
        boolean sensitive = bound.truth(render, 0, false);
        UnaryOperator<Value> attribute = SequenceFilters.attribute(render, bound.orNull(1), null);
        List<Value> items = Operators.iterate(render, input);
        if (items.isEmpty()) return Undefined.because("No aggregated item, sequence was empty.");
        Value best = items.getFirst();
        Value bestKey = folded(attribute.apply(best), sensitive);
        String symbol = name.equals("min") ? "<" : ">";
        for (Value item : items.subList(1, items.size())) {
            Value key = folded(attribute.apply(item), sensitive);
            if (Operators.compare(render, symbol, key, bestKey)) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value folded(Value value, boolean sensitive) {
        if (sensitive || !(value instanceof Str s)) return value;
        return Str.of(s.text().derive(s.chars().toLowerCase(Locale.ROOT)));
    }

    /** A stable sort; with {@code reverse} equal items still keep their order, as in Python. */
    private static List<Value> sorted(Render render, List<Keyed> keyed, boolean reverse) {
        Comparator<Keyed> order = (a, b) -> Operators.order(render, a.key, b.key, "<");
        List<Keyed> copy = new ArrayList<>(keyed);
        try {
            if (reverse) Collections.reverse(copy);
            copy.sort(order);
            if (reverse) Collections.reverse(copy);
        } catch (IllegalArgumentException e) {
            // NaN has no place in an order, and the library noticed.
            throw TemplateError.value("the items have no consistent order");
        }
        List<Value> items = new ArrayList<>(copy.size());
        for (Keyed k : copy) items.add(k.item);
        return items;
    }
}

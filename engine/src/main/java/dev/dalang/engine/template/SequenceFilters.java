package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Generator;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Filters from sequences to items and sequences, in the order in which the items come. */
final class SequenceFilters {
    private SequenceFilters() {}

    static Generator generator(List<Value> items) {
        return new Generator("generator", items);
    }

    static Value list(Render render, Value input, Args args) {
        args.bind("list", 0);
        return new ListValue(List.copyOf(Operators.iterate(render, input)));
    }

    static Value first(Render render, Value input, Args args) {
        args.bind("first", 0);
        if (input instanceof Generator g) {
            Value one = g.takeOne();
            return one != null ? one : Undefined.because("No first item, sequence was empty.");
        }
        List<Value> items = Operators.iterate(render, input);
        return items.isEmpty() ? Undefined.because("No first item, sequence was empty.") : items.getFirst();
    }

    static Value last(Render render, Value input, Args args) {
        args.bind("last", 0);
        if (input instanceof Generator) throw TemplateError.type("'generator' object is not reversible");
        List<Value> items = Operators.iterate(render, input);
        return items.isEmpty() ? Undefined.because("No last item, sequence was empty.") : items.getLast();
    }

    static Value reverse(Render render, Value input, Args args) {
        args.bind("reverse", 0);
        if (input instanceof Str s) return Lookup.slice(render, s, Value.NONE, Value.NONE, Int.of(-1));
        if (!Operators.isIterable(input)) throw TemplateError.type("argument must be iterable");
        List<Value> reversed = new ArrayList<>(Operators.iterate(render, input));
        Collections.reverse(reversed);
        return new Generator(input.type() + "_reverseiterator", reversed);
    }

    static Value join(Render render, Value input, Args args) {
        Bound bound = args.bind("join", 0, "d", "attribute");
        MarkedText separator = PythonText.str(render, bound.or(0, Str.EMPTY));
        UnaryOperator<Value> attribute = attribute(render, bound.orNull(1), null);
        MarkedText.Builder out = new MarkedText.Builder();
        boolean rest = false;
        for (Value item : Operators.iterate(render, input)) {
            MarkedText text = PythonText.str(render, attribute.apply(item));
            render.chars(text.length() + separator.length());
            if (rest) out.append(separator);
            out.append(text);
            rest = true;
            if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
        }
        return Str.of(out.build());
    }

    static Value items(Render render, Value input, Args args) {
        args.bind("items", 0);
        if (input instanceof Undefined) return generator(List.of());
        if (!(input instanceof DictValue dict)) throw TemplateError.type("Can only get item pairs from a mapping.");
        render.elements(dict.size());
        return generator(dict.items());
    }

    static Value attr(Render render, Value input, Args args) {
        String name =
                PythonText.str(render, args.bind("attr", 1, "name").require(0)).text();
        if (input instanceof Undefined u) throw u.error();
        Value attribute = Lookup.attributeOrNull(render, input, name);
        return attribute != null
                ? attribute
                : Undefined.because("'" + input.type() + " object' has no attribute '" + name + "'");
    }

    static Value sum(Render render, Value input, Args args) {
        Bound bound = args.bind("sum", 0, "attribute", "start");
        UnaryOperator<Value> attribute = attribute(render, bound.orNull(0), null);
        Value total = bound.or(1, Int.of(0));
        if (total instanceof Str) throw TemplateError.type("sum() can't sum strings [use ''.join(seq) instead]");
        for (Value item : Operators.iterate(render, input)) {
            total = Operators.arithmetic(render, "+", total, attribute.apply(item));
        }
        return total;
    }

    static Value batch(Render render, Value input, Args args) {
        Bound bound = args.bind("batch", 1, "linecount", "fill_with");
        int size = bound.integer(0, 1);
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Value item : Operators.iterate(render, input)) {
            if (batch.size() == size) {
                batches.add(new ListValue(batch));
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            Value fill = bound.orNull(1);
            if (fill != null && batch.size() < size) {
                render.elements(size - batch.size());
                while (batch.size() < size) batch.add(fill);
            }
            batches.add(new ListValue(batch));
        }
        return generator(batches);
    }

    static Value slice(Render render, Value input, Args args) {
        Bound bound = args.bind("slice", 1, "slices", "fill_with");
        int slices = bound.integer(0, 1);
        if (slices == 0) throw TemplateError.value("integer division or modulo by zero");
        List<Value> items = Operators.iterate(render, input);
        render.elements(slices);
        int each = items.size() / slices;
        int longer = items.size() % slices;
        List<Value> parts = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < slices; i++) {
            int end = at + each + (i < longer ? 1 : 0);
            List<Value> part = new ArrayList<>(items.subList(at, end));
            Value fill = bound.orNull(1);
            if (fill != null && i >= longer) part.add(fill);
            parts.add(new ListValue(part));
            at = end;
        }
        return generator(parts);
    }

    // ---- map and select --------------------------------------------------------------------------------------------

    static Value map(Render render, Value input, Args args) {
        List<Value> items = Operators.isTrue(input) ? Operators.iterate(render, input) : List.of();
        UnaryOperator<Value> function;
        if (args.positional().isEmpty() && args.named().containsKey("attribute")) {
            Bound bound = args.bind("map", 0, "attribute", "default");
            function = attribute(render, bound.require(0), bound.get(1));
        } else {
            Args rest = rest(args, "map");
            String filter = name(args, "map", "the name of a filter");
            function = item -> Filters.apply(render, filter, item, rest);
        }
        List<Value> mapped = new ArrayList<>(items.size());
        for (Value item : items) mapped.add(function.apply(item));
        return generator(mapped);
    }

    static Value select(Render render, Value input, Args args, String filter, boolean keep) {
        return selected(render, input, item -> item, test(render, args, filter), keep);
    }

    static Value selectAttr(Render render, Value input, Args args, String filter, boolean keep) {
        if (args.positional().isEmpty()) throw TemplateError.type("Missing parameter for attribute name");
        UnaryOperator<Value> attribute = attribute(render, args.positional().getFirst(), null);
        return selected(render, input, attribute, test(render, rest(args, filter), filter), keep);
    }

    private static Value selected(
            Render render, Value input, UnaryOperator<Value> view, Predicate<Value> test, boolean keep) {
        List<Value> items = Operators.isTrue(input) ? Operators.iterate(render, input) : List.of();
        List<Value> selected = new ArrayList<>();
        for (Value item : items) {
            if (test.test(view.apply(item)) == keep) selected.add(item);
        }
        return generator(selected);
    }

    private static Predicate<Value> test(Render render, Args args, String filter) {
        if (args.positional().isEmpty()) return Operators::isTrue;
        Args rest = rest(args, filter);
        String test = name(args, filter, "the name of a test");
        return item -> ValueTests.apply(render, test, item, rest);
    }

    private static String name(Args args, String filter, String what) {
        if (!args.positional().isEmpty() && args.positional().getFirst() instanceof Str s) return s.chars();
        throw TemplateError.type(filter + " requires " + what);
    }

    private static Args rest(Args args, String filter) {
        if (args.positional().isEmpty()) throw TemplateError.type(filter + " requires an argument");
        Map<String, Value> named = new LinkedHashMap<>(args.named());
        return new Args(args.positional().subList(1, args.positional().size()), named);
    }

    /** A function to an attribute given as a dotted path or an index; null stands for the item itself. */
    static UnaryOperator<Value> attribute(Render render, @Nullable Value path, @Nullable Value fallback) {
        if (path == null) return item -> item;
        return item -> {
            render.step();
            Value value = Lookup.path(render, item, path);
            return value instanceof Undefined && fallback != null ? fallback : value;
        };
    }

    static TupleValue pair(Value first, Value second) {
        return new TupleValue(List.of(first, second));
    }
}

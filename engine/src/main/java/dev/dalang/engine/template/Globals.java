package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Function;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.NamespaceValue;
import dev.dalang.engine.template.Value.Range;
import dev.dalang.engine.template.Value.Str;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template can call. */
final class Globals {
    private Globals() {}

    static Scope scope() {
        Scope scope = new Scope(null);
        define(scope, "range", Globals::range);
        define(scope, "dict", (render, args) -> dict(render, args, "dict"));
        define(scope, "namespace", (render, args) -> {
            Map<String, Value> attributes = new LinkedHashMap<>();
            for (DictValue.Entry entry : dict(render, args, "namespace").entries()) {
                attributes.put(PythonText.str(render, entry.key()).text(), entry.value());
            }
            return new NamespaceValue(attributes);
        });
        define(scope, "cycler", (render, args) -> {
            if (args.positional().isEmpty()) throw TemplateError.type("at least one item has to be provided");
            return new Cycler(args.positional());
        });
        define(
                scope,
                "joiner",
                (render, args) -> new Joiner(args.bind("joiner", 0, "sep").or(0, Str.trusted(", "))));
        define(scope, "lipsum", (render, args) -> {
            throw TemplateError.unsupported("the function 'lipsum' is not available in chat templates");
        });
        define(scope, "raise_exception", (render, args) -> {
            Value message = args.bind("raise_exception", 1, "message").require(0);
            throw new TemplateError(
                    TemplateError.Kind.RAISED, PythonText.str(render, message).text());
        });
        define(scope, "strftime_now", (render, args) -> {
            Str format = args.bind("strftime_now", 1, "format").string(0);
            ZonedDateTime now = ZonedDateTime.now(render.options().clock());
            return Str.of(format.text().derive(Strftime.format(now, format.chars())));
        });
        return scope;
    }

    private static void define(Scope scope, String name, Function.Body body) {
        scope.set(name, new Function(name, body));
    }

    private static Value range(Render render, Args args) {
        Bound bound = args.positionalOnly("range()").bind("range", 1, "start", "stop", "step");
        long first = Numbers.clampedIndex(bound.require(0), "range() arguments");
        Value second = bound.get(1);
        Value third = bound.get(2);
        long start = second == null ? 0 : first;
        long stop = second == null ? first : Numbers.clampedIndex(second, "range() arguments");
        long step = third == null ? 1 : Numbers.clampedIndex(third, "range() arguments");
        if (step == 0) throw TemplateError.value("range() arg 3 must not be zero");
        long span = step > 0 ? stop - start : start - stop;
        long length = span <= 0 ? 0 : (span - 1) / Math.abs(step) + 1;
        if (length > Render.MAX_RANGE) {
            throw TemplateError.limit("Range too big. The sandbox blocks ranges larger than " + Render.MAX_RANGE + ".");
        }
        render.elements(length);
        List<Value> items = new ArrayList<>((int) length);
        for (long i = 0; i < length; i++) items.add(Int.of(start + i * step));
        return new Range(start, stop, step, items);
    }

    /** {@code dict(mapping or pairs, **names)}. */
    private static DictValue dict(Render render, Args args, String name) {
        if (args.positional().size() > 1) {
            throw TemplateError.type(name + " expected at most 1 argument, got "
                    + args.positional().size());
        }
        DictValue.Builder dict = new DictValue.Builder();
        for (Value source : args.positional()) {
            if (source instanceof DictValue other) {
                render.elements(other.size());
                dict.putAll(other);
                continue;
            }
            for (Value pair : Operators.iterate(render, source)) {
                List<Value> parts = Operators.iterate(render, pair);
                if (parts.size() != 2) {
                    throw TemplateError.value(
                            "dictionary update sequence element has length " + parts.size() + "; 2 is required");
                }
                dict.put(parts.get(0), parts.get(1));
            }
        }
        args.named().forEach((key, value) -> dict.put(Str.trusted(key), value));
        return dict.build();
    }

    private static final class Cycler implements Value.ObjectValue {
        private final List<Value> items;
        private int position;

        Cycler(List<Value> items) {
            this.items = items;
        }

        @Override
        public String type() {
            return "Cycler";
        }

        @Override
        public @Nullable Value attribute(Render render, String name) {
            return switch (name) {
                case "current" -> items.get(position);
                case "next" ->
                    new Function(name, (r, args) -> {
                        Value current = items.get(position);
                        position = (position + 1) % items.size();
                        return current;
                    });
                case "reset" ->
                    new Function(name, (r, args) -> {
                        position = 0;
                        return Value.NONE;
                    });
                case "items" -> new Value.TupleValue(items);
                case "pos" -> Int.of(position);
                default -> null;
            };
        }

        @Override
        public String repr() {
            return "<Cycler>";
        }
    }

    private static final class Joiner implements Value.CallableObject {
        private final Value separator;
        private boolean used;

        Joiner(Value separator) {
            this.separator = separator;
        }

        @Override
        public String type() {
            return "Joiner";
        }

        @Override
        public @Nullable Value attribute(Render render, String name) {
            return switch (name) {
                case "sep" -> separator;
                case "used" -> Value.Bool.of(used);
                default -> null;
            };
        }

        @Override
        public Value call(Render render, Args args) {
            boolean first = !used;
            used = true;
            return first ? Str.EMPTY : separator;
        }

        @Override
        public String repr() {
            return "<Joiner>";
        }
    }
}

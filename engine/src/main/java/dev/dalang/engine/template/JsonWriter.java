package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.NoneValue;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tojson} filter as Hugging Face defines it: Python's {@code json.dumps} with {@code ensure_ascii},
 * {@code indent}, {@code separators} and {@code sort_keys}, and without Jinja's HTML escaping. Strings keep their marks
 * inside the trusted punctuation.
 */
final class JsonWriter {
    private final Render render;
    private final boolean ascii;
    private final @Nullable MarkedText indent;
    private final MarkedText itemSeparator;
    private final MarkedText keySeparator;
    private final boolean sortKeys;
    private final MarkedText.Builder out = new MarkedText.Builder();

    private JsonWriter(
            Render render,
            boolean ascii,
            @Nullable MarkedText indent,
            MarkedText itemSeparator,
            MarkedText keySeparator,
            boolean sortKeys) {
        this.render = render;
        this.ascii = ascii;
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.sortKeys = sortKeys;
    }

    static Value toJson(Render render, Value input, Args args) {
        Bound bound = args.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        Value indentArgument = bound.orNull(1);
        MarkedText indent = null;
        if (indentArgument instanceof Str s) {
            indent = s.text();
        } else if (indentArgument != null) {
            indent = Strings.repeat(render, MarkedText.trusted(" "), bound.integer(1, 0));
        }
        MarkedText items = MarkedText.trusted(indentArgument == null ? ", " : ",");
        MarkedText keys = MarkedText.trusted(": ");
        Value separators = bound.orNull(2);
        if (separators != null) {
            List<Value> pair = Operators.iterate(render, separators);
            if (pair.size() != 2 || !(pair.get(0) instanceof Str first) || !(pair.get(1) instanceof Str second)) {
                throw TemplateError.type("separators must be a pair of strings");
            }
            items = first.text();
            keys = second.text();
        }
        JsonWriter writer = new JsonWriter(
                render, bound.truth(render, 0, false), indent, items, keys, bound.truth(render, 3, false));
        writer.write(input, 0);
        return Str.of(writer.out.build());
    }

    private void write(Value value, int depth) {
        Render.checkValueDepth(depth);
        render.step();
        if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
        switch (value) {
            case Str s -> string(s.text());
            case ListValue l -> array(l.items(), depth);
            case TupleValue t -> array(t.items(), depth);
            case DictValue d -> object(d, depth);
            case NoneValue ignored -> out.appendTrusted("null");
            case Bool b -> out.appendTrusted(b.value() ? "true" : "false");
            case Int i -> out.appendTrusted(i.value().toString());
            case Real r -> out.appendTrusted(real(r.value()));
            default -> throw TemplateError.type("Object of type " + value.type() + " is not JSON serializable");
        }
    }

    private static String real(double d) {
        if (Double.isNaN(d)) return "NaN";
        if (Double.isInfinite(d)) return d > 0 ? "Infinity" : "-Infinity";
        return PythonText.real(d);
    }

    private void array(List<Value> items, int depth) {
        if (items.isEmpty()) {
            out.appendTrusted("[]");
            return;
        }
        out.appendTrusted("[");
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) out.append(itemSeparator);
            newline(depth + 1);
            write(items.get(i), depth + 1);
        }
        newline(depth);
        out.appendTrusted("]");
    }

    private void object(DictValue dict, int depth) {
        if (dict.size() == 0) {
            out.appendTrusted("{}");
            return;
        }
        out.appendTrusted("{");
        boolean rest = false;
        for (DictValue.Entry entry : sorted(dict.entries())) {
            if (rest) out.append(itemSeparator);
            rest = true;
            newline(depth + 1);
            string(key(entry.key()));
            out.append(keySeparator);
            write(entry.value(), depth + 1);
        }
        newline(depth);
        out.appendTrusted("}");
    }

    private Collection<DictValue.Entry> sorted(Collection<DictValue.Entry> entries) {
        if (!sortKeys) return entries;
        List<DictValue.Entry> sorted = new ArrayList<>(entries);
        sorted.sort((a, b) -> Operators.order(render, a.key(), b.key(), "<"));
        return sorted;
    }

    private static MarkedText key(Value key) {
        return switch (key) {
            case Str s -> s.text();
            case NoneValue ignored -> MarkedText.trusted("null");
            case Bool b -> MarkedText.trusted(b.value() ? "true" : "false");
            case Int i -> MarkedText.trusted(i.value().toString());
            case Real r -> MarkedText.trusted(real(r.value()));
            default -> throw TemplateError.type("keys must be str, int, float, bool or None, not " + key.type());
        };
    }

    private void newline(int depth) {
        if (indent == null) return;
        render.chars(1L + (long) indent.length() * depth);
        out.appendTrusted("\n");
        for (int i = 0; i < depth; i++) out.append(indent);
    }

    private void string(MarkedText text) {
        render.chars(text.length());
        String chars = text.text();
        out.appendTrusted("\"");
        int plain = 0;
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\' && (!ascii || c < 127)) continue;
            out.append(text, plain, i).append(escaped(c), text.isTrustedAt(i));
            plain = i + 1;
        }
        out.append(text, plain, chars.length()).appendTrusted("\"");
    }

    private static String escaped(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            case 127 -> "\u007f";
            default -> String.format("\\u%04x", (int) c);
        };
    }
}

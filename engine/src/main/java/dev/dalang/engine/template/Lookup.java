package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.NamespaceValue;
import dev.dalang.engine.template.Value.NoneValue;
import dev.dalang.engine.template.Value.Range;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code a.b}, {@code a[b]} and {@code a[b:c:d]}. A dot looks for a method first and an item second, brackets the other
 * way round; what neither finds is undefined. Names with a leading double underscore lead nowhere.
 */
final class Lookup {
    private Lookup() {}

    static Value attribute(Render render, Value target, String name) {
        Value attribute = attributeOrNull(render, target, name);
        if (attribute != null) return attribute;
        if (target instanceof DictValue dict) {
            Value item = dict.get(name);
            if (item != null) return item;
        }
        return missing(target, name);
    }

    /** The method or object attribute of that name, or null: items do not count. */
    static @Nullable Value attributeOrNull(Render render, Value target, String name) {
        if (target instanceof Undefined u && (u.kind() == TemplateError.Kind.SECURITY || !name.startsWith("__"))) {
            throw u.error();
        }
        if (name.startsWith("__")) {
            boolean item = target instanceof DictValue dict && !name.endsWith("__") && dict.get(name) != null;
            return item ? null : Undefined.unsafe(name, target.type());
        }
        return switch (target) {
            case Str s -> StringMethods.of(s, name);
            case ListValue l -> CollectionMethods.of(l, name);
            case TupleValue t -> CollectionMethods.of(t, name);
            case Range r -> CollectionMethods.of(r, name);
            case DictValue d -> CollectionMethods.of(d, name);
            case NamespaceValue n -> {
                Value value = n.attributes().get(name);
                yield value != null && name.startsWith("_") ? Undefined.unsafe(name, target.type()) : value;
            }
            case Value.ObjectValue o -> o.attribute(render, name);
            default -> null;
        };
    }

    private static Undefined missing(Value target, String name) {
        return Undefined.because("'" + describe(target) + "' has no attribute '" + name + "'");
    }

    private static String describe(Value target) {
        return target instanceof NoneValue ? "None" : target.type() + " object";
    }

    static Value item(Render render, Value target, Value key) {
        if (target instanceof Undefined u) throw u.error();
        Value found = itemOrNull(target, key);
        if (found != null) return found;
        if (key instanceof Str name) {
            Value attribute = attributeOrNull(render, target, name.chars());
            return attribute != null ? attribute : missing(target, name.chars());
        }
        if (key instanceof Undefined u && !(target instanceof DictValue)) {
            return Undefined.because(describe(target) + " has no element for an undefined index (" + u.message() + ")");
        }
        return Undefined.because(describe(target) + " has no element "
                + PythonText.repr(render, key).text());
    }

    private static @Nullable Value itemOrNull(Value target, Value key) {
        if (target instanceof DictValue dict) {
            boolean hashable = !(key instanceof ListValue || key instanceof DictValue);
            return hashable ? dict.get(key) : null;
        }
        BigInteger index = Numbers.integer(key);
        if (index == null || index.bitLength() > 31) return null;
        long i = index.longValue();
        if (target instanceof Str s) {
            int length = Strings.length(s.text());
            if (i < 0) i += length;
            if (i < 0 || i >= length) return null;
            int from = Strings.offset(s.chars(), (int) i);
            int to = from + Character.charCount(s.chars().codePointAt(from));
            return new Str(s.text().slice(from, to), s.markup());
        }
        List<Value> items = target instanceof Value.View ? null : Operators.sized(target);
        if (items == null) return null;
        if (i < 0) i += items.size();
        return i < 0 || i >= items.size() ? null : items.get((int) i);
    }

    /** {@code target[start:stop:step]}; a bound that is null or None is left out. */
    static Value slice(Render render, Value target, Value start, Value stop, Value step) {
        if (target instanceof Undefined u) throw u.error();
        boolean sliceable = target instanceof Str
                || target instanceof ListValue
                || target instanceof TupleValue
                || target instanceof Range;
        if (!sliceable) {
            throw TemplateError.type(
                    target instanceof DictValue
                            ? "unhashable type: 'slice'"
                            : "'" + target.type() + "' object is not subscriptable");
        }
        long by = step instanceof NoneValue ? 1 : Numbers.clampedIndex(step, "slice indices");
        if (by == 0) throw TemplateError.value("slice step cannot be zero");
        int length = Operators.length(target);
        long first = bound(start, length, by, by > 0 ? 0 : length - 1L);
        long last = bound(stop, length, by, by > 0 ? length : -1L);
        if (target instanceof Str s) return new Str(slice(render, s.text(), first, last, by), s.markup());
        List<Value> items = Operators.iterate(render, target);
        List<Value> part = new ArrayList<>();
        for (long i = first; by > 0 ? i < last : i > last; i += by) part.add(items.get((int) i));
        return switch (target) {
            case TupleValue ignored -> new TupleValue(part);
            case Range r -> new Range(r.start() + first * r.step(), r.start() + last * r.step(), r.step() * by, part);
            default -> new ListValue(part);
        };
    }

    /** A slice bound as Python clamps it: into 0…length going up, into -1…length-1 going down. */
    private static long bound(Value value, int length, long step, long fallback) {
        if (value instanceof NoneValue) return fallback;
        long i = Numbers.clampedIndex(value, "slice indices");
        if (i < 0) i += length;
        return step > 0 ? Math.clamp(i, 0L, (long) length) : Math.clamp(i, -1L, length - 1L);
    }

    private static MarkedText slice(Render render, MarkedText text, long first, long last, long step) {
        String chars = text.text();
        render.chars(chars.length());
        if (step == 1) {
            if (first >= last) return MarkedText.EMPTY;
            int from = Strings.offset(chars, (int) first);
            return text.slice(from, chars.offsetByCodePoints(from, (int) (last - first)));
        }
        int[] offsets = new int[Strings.length(text) + 1];
        for (int i = 0, n = 0; i < chars.length(); i += Character.charCount(chars.codePointAt(i))) offsets[n++] = i;
        offsets[offsets.length - 1] = chars.length();
        MarkedText.Builder out = new MarkedText.Builder();
        for (long i = first; step > 0 ? i < last : i > last; i += step) {
            out.append(text, offsets[(int) i], offsets[(int) i + 1]);
        }
        return out.build();
    }

    static Value call(Render render, Value callee, Args args) {
        return switch (callee) {
            case Value.Function f -> f.body().call(render, args);
            case Value.CallableObject o -> o.call(render, args);
            case Undefined u -> throw u.error();
            default -> throw TemplateError.type("'" + callee.type() + "' object is not callable");
        };
    }

    /** An index that may be an attribute path, as filters take it: {@code "a.b.0"} or an integer. */
    static Value path(Render render, Value target, Value path) {
        if (path instanceof Int) return item(render, target, path);
        if (!(path instanceof Str s)) throw TemplateError.type("an attribute must be a string or an integer");
        Value value = target;
        for (String part : s.chars().split("\\.", -1)) {
            boolean index =
                    !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
            value = item(render, value, index ? Int.of(Long.parseLong(part)) : Str.trusted(part));
        }
        return value;
    }
}

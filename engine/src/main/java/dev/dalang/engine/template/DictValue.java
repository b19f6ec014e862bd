package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dictionary: insertion order, Python's key equality ({@code 1}, {@code 1.0} and {@code True} are one key). */
final class DictValue implements Value.Mapping {

    record Entry(Value key, Value value) {}

    private final Map<Object, Entry> entries;

    private DictValue(Map<Object, Entry> entries) {
        this.entries = entries;
    }

    int size() {
        return entries.size();
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    @Nullable
    Value get(Value key) {
        Entry entry = entries.get(hashable(key, 0));
        return entry == null ? null : entry.value;
    }

    @Nullable
    Value get(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value;
    }

    List<Value> keys() {
        List<Value> keys = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) keys.add(entry.key);
        return keys;
    }

    List<Value> values() {
        List<Value> values = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) values.add(entry.value);
        return values;
    }

    List<Value> items() {
        List<Value> items = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) items.add(new TupleValue(List.of(entry.key, entry.value)));
        return items;
    }

    @Override
    public String type() {
        return "dict";
    }

    /** A Java object whose equality is Python's equality of keys; a type error for lists and dictionaries. */
    static Object hashable(Value key, int depth) {
        return switch (key) {
            case Str s -> s.chars();
            case Int i -> i.value();
            case Bool b -> b.value() ? java.math.BigInteger.ONE : java.math.BigInteger.ZERO;
            case Real r -> {
                double d = r.value();
                boolean whole = d == Math.rint(d) && !Double.isInfinite(d);
                yield whole ? new BigDecimal(d).toBigInteger() : (Object) d;
            }
            case TupleValue t -> {
                if (depth > 100) throw TemplateError.limit("a tuple used as a key is nested too deeply");
                List<Object> parts = new ArrayList<>(t.items().size());
                for (Value item : t.items()) parts.add(hashable(item, depth + 1));
                yield parts;
            }
            case Value.ListValue ignored -> throw TemplateError.type("unhashable type: 'list'");
            case DictValue ignored -> throw TemplateError.type("unhashable type: 'dict'");
            case Value.Undefined ignored -> Value.Undefined.class;
            default -> key;
        };
    }

    static final class Builder {
        private final Map<Object, Entry> entries = new LinkedHashMap<>();

        /** Puts a value; a key that is there already keeps its place and its first spelling, as in Python. */
        Builder put(Value key, Value value) {
            Object hash = hashable(key, 0);
            Entry old = entries.get(hash);
            entries.put(hash, new Entry(old == null ? key : old.key, value));
            return this;
        }

        Builder putAll(DictValue other) {
            for (Entry entry : other.entries()) put(entry.key, entry.value);
            return this;
        }

        DictValue build() {
            return new DictValue(entries);
        }
    }
}

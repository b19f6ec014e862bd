package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The caller's Java values as template values. Strings become untrusted unless they are marked already. */
final class ContextValues {
    private long chars;

    /** Characters and elements seen so far. */
    long chars() {
        return chars;
    }

    DictValue dict(Map<?, ?> map) {
        return dict(map, 0);
    }

    private DictValue dict(Map<?, ?> map, int depth) {
        DictValue.Builder dict = new DictValue.Builder();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            dict.put(value(entry.getKey(), depth + 1), value(entry.getValue(), depth + 1));
        }
        return dict.build();
    }

    private Value value(@Nullable Object object, int depth) {
        Render.checkValueDepth(depth);
        chars++;
        return switch (object) {
            case null -> Value.NONE;
            case Boolean b -> Bool.of(b);
            case Byte n -> Int.of(n);
            case Short n -> Int.of(n);
            case Integer n -> Int.of(n);
            case Long n -> Int.of(n);
            case BigInteger n -> Numbers.checked(n);
            case Float n -> new Real(n);
            case Double n -> new Real(n);
            case BigDecimal n -> new Real(n.doubleValue());
            case String s -> text(MarkedText.untrusted(s));
            case MarkedText s -> text(s);
            case Map<?, ?> map -> dict(map, depth);
            case List<?> list -> {
                List<Value> items = new ArrayList<>(list.size());
                for (Object item : list) items.add(value(item, depth + 1));
                yield new ListValue(items);
            }
            default ->
                throw new IllegalArgumentException(
                        "a template context cannot hold a " + object.getClass().getName());
        };
    }

    private Str text(MarkedText text) {
        chars += text.length();
        return Str.of(text);
    }
}

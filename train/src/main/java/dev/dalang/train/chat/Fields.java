package dev.dalang.train.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of the data, read by field.
 *
 * @param what it is called in messages: {@code messages[2]}; empty for the example itself
 */
record Fields(String what, Map<?, ?> map) {

    static Fields of(String what, @Nullable Object tree) throws Unusable {
        if (tree instanceof Map<?, ?> map) return new Fields(what, map);
        throw new Unusable((what.isEmpty() ? "" : what + " ") + "is not a JSON object");
    }

    boolean has(String key) {
        return map.get(key) != null;
    }

    @Nullable
    Object get(String key) {
        return map.get(key);
    }

    String string(String key) throws Unusable {
        Object value = map.get(key);
        if (value instanceof String s) return s;
        throw new Unusable("has no text in " + path(key));
    }

    /** The text, or the empty one where there is none. */
    String stringOrEmpty(String key) throws Unusable {
        return has(key) ? string(key) : "";
    }

    List<?> list(String key) throws Unusable {
        if (map.get(key) instanceof List<?> list) return list;
        throw new Unusable("has no list in " + path(key));
    }

    String path(String key) {
        return what.isEmpty() ? key : what + "." + key;
    }
}

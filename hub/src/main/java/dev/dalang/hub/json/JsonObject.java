package dev.dalang.hub.json;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object with typed reads: what is missing or of another type is said by its path.
 *
 * @param members in order
 * @param where the path, for messages
 */
public record JsonObject(Map<?, ?> members, String where) {

    /** @throws DalangException (upstream) if the value is no object */
    public static JsonObject of(@Nullable Object value, String where) {
        if (value instanceof Map<?, ?> map) return new JsonObject(map, where);
        throw Json.broken(where, "an object is expected");
    }

    public boolean has(String key) {
        return members.get(key) != null;
    }

    public @Nullable Object get(String key) {
        return members.get(key);
    }

    public String string(String key) {
        String s = stringOrNull(key);
        if (s == null) throw Json.broken(where, "\"" + key + "\" is missing");
        return s;
    }

    public @Nullable String stringOrNull(String key) {
        return switch (members.get(key)) {
            case null -> null;
            case String s -> s;
            default -> throw Json.broken(where, "\"" + key + "\" must be a string");
        };
    }

    /** A whole number that counts something. */
    public long count(String key) {
        if (members.get(key) instanceof Long l && l >= 0) return l;
        throw Json.broken(where, "\"" + key + "\" must be a whole number from 0 up");
    }

    public long count(String key, long fallback) {
        return has(key) ? count(key) : fallback;
    }

    public JsonObject object(String key) {
        return of(members.get(key), where + "." + key);
    }

    public @Nullable JsonObject objectOrNull(String key) {
        return members.get(key) instanceof Map<?, ?> ? object(key) : null;
    }

    /** The objects of an array; empty when there is none. */
    public List<JsonObject> objects(String key) {
        return objects(members.get(key), where + "." + key);
    }

    /** The objects of a value that must be an array, or null. */
    public static List<JsonObject> objects(@Nullable Object value, String where) {
        List<JsonObject> found = new ArrayList<>();
        if (value == null) return found;
        if (!(value instanceof List<?> list)) throw Json.broken(where, "an array is expected");
        for (int i = 0; i < list.size(); i++) found.add(of(list.get(i), where + "[" + i + "]"));
        return found;
    }
}

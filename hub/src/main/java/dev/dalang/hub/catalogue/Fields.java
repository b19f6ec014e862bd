package dev.dalang.hub.catalogue;

import dev.dalang.api.DalangException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Typed reads of a JSON object that name the field when something is wrong, and that complain about members which nobody
 * asked for: a misspelt field must not be a fact that is silently missing.
 */
public final class Fields {

    private final String where;
    private final Map<?, ?> map;
    private final Set<String> known = new HashSet<>();

    /** @param where what the object is called in messages */
    public Fields(String where, @Nullable Object tree) {
        this.where = where;
        if (!(tree instanceof Map<?, ?> m)) throw bad(where, "is not an object");
        map = m;
    }

    public String string(String name) {
        String s = stringOrNull(name);
        if (s == null) throw bad(where, name + " is missing");
        return s;
    }

    public @Nullable String stringOrNull(String name) {
        Object value = get(name);
        if (value == null) return null;
        if (value instanceof String s && !s.isBlank()) return s;
        throw bad(where, name + " is not a text");
    }

    public long number(String name, long min, long max) {
        Long n = numberOrNull(name, min, max);
        if (n == null) throw bad(where, name + " is missing");
        return n;
    }

    public @Nullable Long numberOrNull(String name, long min, long max) {
        Object value = get(name);
        if (value == null) return null;
        if (value instanceof Number n && n.longValue() == n.doubleValue()) {
            if (n.longValue() >= min && n.longValue() <= max) return n.longValue();
            throw bad(where, name + " is " + n + ", outside " + min + ".." + max);
        }
        throw bad(where, name + " is not a whole number");
    }

    public int integer(String name, int min, int max) {
        return (int) number(name, min, max);
    }

    public @Nullable Integer integerOrNull(String name, int min, int max) {
        Long n = numberOrNull(name, min, max);
        return n == null ? null : Integer.valueOf((int) (long) n);
    }

    public @Nullable Boolean flagOrNull(String name) {
        Object value = get(name);
        if (value == null) return null;
        if (value instanceof Boolean b) return b;
        throw bad(where, name + " is neither true nor false");
    }

    public boolean flag(String name) {
        return Boolean.TRUE.equals(flagOrNull(name));
    }

    public @Nullable LocalDate dateOrNull(String name) {
        String s = stringOrNull(name);
        try {
            return s == null ? null : LocalDate.parse(s);
        } catch (DateTimeParseException e) {
            throw bad(where, name + " is not a date like 2026-11-25");
        }
    }

    public LocalDate date(String name) {
        LocalDate date = dateOrNull(name);
        if (date == null) throw bad(where, name + " is missing");
        return date;
    }

    /** Texts; empty when there is no such member. */
    public List<String> strings(String name) {
        List<String> all = new ArrayList<>();
        for (Object o : list(name)) {
            if (!(o instanceof String s) || s.isBlank()) throw bad(where, name + " holds something that is no text");
            all.add(s);
        }
        return all;
    }

    /** Objects; empty when there is no such member. */
    public List<Fields> objects(String name) {
        List<Fields> all = new ArrayList<>();
        for (Object o : list(name)) all.add(new Fields(where + ", " + name + "[" + all.size() + "]", o));
        return all;
    }

    /** The elements of a list as they are, for whoever knows what they are; empty where there is no list. */
    public List<Object> trees(String name) {
        List<Object> trees = new ArrayList<>();
        for (Object o : list(name)) {
            if (!(o instanceof java.util.Map<?, ?>)) throw bad(name + " holds something that is no object");
            trees.add(o);
        }
        return trees;
    }

    public @Nullable Fields objectOrNull(String name) {
        Object value = get(name);
        return value == null ? null : new Fields(where + ", " + name, value);
    }

    /** To be called when all fields have been read. */
    public void noneLeft() {
        for (Object name : map.keySet()) {
            if (!known.contains(String.valueOf(name))) throw bad(where, "unknown member " + name);
        }
    }

    /** What to throw for a member that is of the right type but makes no sense. */
    public DalangException bad(String problem) {
        return bad(where, problem);
    }

    private static DalangException bad(String where, String problem) {
        return DalangException.invalidRequest(where + ": " + problem, null);
    }

    private List<?> list(String name) {
        Object value = get(name);
        if (value == null) return List.of();
        if (value instanceof List<?> l) return l;
        throw bad(where, name + " is not a list");
    }

    private @Nullable Object get(String name) {
        known.add(name);
        return map.get(name);
    }
}

package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A table of a recipe. Keys are asked for one by one, each with the values that it may have; {@link #finish} refuses
 * those that nobody asked for, so that a typo is never a setting that silently stays at its default.
 */
final class RecipeTable {

    /**
     * A value with where it stands.
     *
     * @param value a String, Long, Double, Boolean, {@code List<Entry>} or {@code RecipeTable}; another type is refused
     *     by whoever asks
     * @param where for messages: {@code tiny.toml line 7}, {@code --set model.layers}
     */
    record Entry(Object value, String where) {}

    private final String path;
    private final String where;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();

    /** @param path of dotted keys from the root, empty for the root */
    RecipeTable(String path, String where) {
        this.path = path;
        this.where = where;
    }

    void put(String key, Entry entry) {
        entries.put(key, entry);
    }

    @Nullable
    Entry entry(String key) {
        return entries.get(key);
    }

    Map<String, Entry> entries() {
        return entries;
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    boolean has(String key) {
        known.add(key);
        return entries.containsKey(key);
    }

    String text(String key) {
        return require(key, "a text", String.class);
    }

    String text(String key, String fallback) {
        return has(key) ? text(key) : fallback;
    }

    @Nullable
    String textOrNull(String key) {
        return has(key) ? text(key) : null;
    }

    boolean flag(String key, boolean fallback) {
        return has(key) ? require(key, "true or false", Boolean.class) : fallback;
    }

    int integer(String key, int min, int max) {
        return (int) whole(key, min, max);
    }

    int integer(String key, int min, int max, int fallback) {
        return has(key) ? integer(key, min, max) : fallback;
    }

    long whole(String key, long min, long max) {
        long value = require(key, "a whole number", Long.class);
        if (value < min || value > max) throw bad(key, "is " + value + ", outside " + min + ".." + max);
        return value;
    }

    long whole(String key, long min, long max, long fallback) {
        return has(key) ? whole(key, min, max) : fallback;
    }

    double real(String key, double min, double max) {
        Entry entry = get(key);
        double value = switch (entry.value) {
            case Long l -> l;
            case Double d -> d;
            default -> throw bad(key, "is " + kind(entry.value) + ", not a number");
        };
        if (!(value >= min && value <= max)) throw bad(key, "is " + entry.value + ", outside " + min + ".." + max);
        return value;
    }

    double real(String key, double min, double max, double fallback) {
        return has(key) ? real(key, min, max) : fallback;
    }

    /** One of an enum's names in lower case. */
    <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        if (!has(key)) return fallback;
        String name = text(key);
        for (E e : type.getEnumConstants()) if (word(e).equals(name)) return e;
        throw bad(
                key,
                "is \"" + name + "\", not one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(RecipeTable::word)
                                .collect(Collectors.joining(", ")));
    }

    static String word(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A list of texts, or one text for a list of one; empty where there is none. */
    List<String> texts(String key) {
        if (!has(key)) return List.of();
        Entry entry = get(key);
        if (entry.value instanceof String one) return List.of(one);
        List<String> texts = new ArrayList<>();
        for (Entry item : list(key, entry)) {
            if (!(item.value instanceof String text)) {
                throw error(item.where, path(key), "holds " + kind(item.value) + ", not texts alone");
            }
            texts.add(text);
        }
        return texts;
    }

    /** A table below this one; an empty one where there is none. */
    RecipeTable table(String key) {
        if (!has(key)) return new RecipeTable(path(key), where);
        return require(key, "a table", RecipeTable.class);
    }

    /** An array of tables; empty where there is none. */
    List<RecipeTable> tables(String key) {
        if (!has(key)) return List.of();
        List<RecipeTable> tables = new ArrayList<>();
        for (Entry item : list(key, get(key))) {
            if (!(item.value instanceof RecipeTable table)) {
                throw error(
                        item.where, path(key), "holds " + kind(item.value) + ", not tables ([[" + path(key) + "]])");
            }
            tables.add(table);
        }
        return tables;
    }

    /** All keys with scalars as TOML writes them, for those who check them themselves. */
    Map<String, String> scalars() {
        Map<String, String> all = new LinkedHashMap<>();
        entries.forEach((key, entry) -> {
            known.add(key);
            switch (entry.value) {
                case String s -> all.put(key, s);
                case Long l -> all.put(key, l.toString());
                case Double d -> all.put(key, d.toString());
                case Boolean b -> all.put(key, b.toString());
                default -> throw bad(key, "is " + kind(entry.value) + ", not a text, a number or true or false");
            }
        });
        return all;
    }

    /** @throws DalangException naming the first key that nobody asked for, and what was perhaps meant */
    void finish() {
        entries.forEach((key, entry) -> {
            if (known.contains(key)) return;
            throw error(
                    entry.where,
                    path(key),
                    "is no key of a recipe" + nearest(key)
                            + (known.isEmpty() ? "" : "; here are " + String.join(", ", known)));
        });
    }

    private String nearest(String key) {
        String best = null;
        int least = 3;
        for (String k : known) {
            int distance = distance(key, k);
            if (distance < least) {
                least = distance;
                best = k;
            }
        }
        return best == null ? "" : "; did you mean " + best + "?";
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** A failure that names file, line and key. */
    DalangException bad(String key, String what) {
        Entry entry = entries.get(key);
        return error(entry == null ? where : entry.where, path(key), what);
    }

    static DalangException error(String where, String key, String what) {
        return DalangException.invalidRequest(where + ": " + key + " " + what, key);
    }

    private Entry get(String key) {
        known.add(key);
        Entry entry = entries.get(key);
        if (entry == null) throw bad(key, "is missing");
        return entry;
    }

    private <T> T require(String key, String wanted, Class<T> type) {
        Entry entry = get(key);
        if (!type.isInstance(entry.value)) throw bad(key, "is " + kind(entry.value) + ", not " + wanted);
        return type.cast(entry.value);
    }

    private List<Entry> list(String key, Entry entry) {
        if (!(entry.value instanceof List<?> list)) throw bad(key, "is " + kind(entry.value) + ", not a list");
        return list.stream().map(Entry.class::cast).toList();
    }

    private static String kind(Object value) {
        return switch (value) {
            case String s -> "\"" + (s.length() > 60 ? s.substring(0, 60) + "…" : s).replaceAll("\\s+", " ") + "\"";
            case Long l -> l.toString();
            case Double d -> d.toString();
            case Boolean b -> b.toString();
            case List<?> l -> "a list";
            case RecipeTable t -> "a table";
            default -> "a date";
        };
    }
}

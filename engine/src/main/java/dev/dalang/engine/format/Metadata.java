package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key-value part of a model file, with typed reads that name the key when it is missing or of another type.
 *
 * <p>Integers of every width and signedness read as {@code long} (a u64 above {@link Long#MAX_VALUE} is refused when
 * it is read as a number), both float widths read as {@code double}: writers do not agree on widths, so readers must
 * not care. Order is the file's.
 */
public final class Metadata {

    /** The value types of GGUF, in the order of their numbers. */
    public enum Type {
        UINT8(0, 1),
        INT8(1, 1),
        UINT16(2, 2),
        INT16(3, 2),
        UINT32(4, 4),
        INT32(5, 4),
        FLOAT32(6, 4),
        BOOL(7, 1),
        STRING(8, 8),
        ARRAY(9, 12),
        UINT64(10, 8),
        INT64(11, 8),
        FLOAT64(12, 8);

        private final int number;
        private final int bytes;

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /** The type's number in a file. */
        int number() {
            return number;
        }

        /** Bytes that a value takes in a file; of a string or an array the least it can take. */
        int bytes() {
            return bytes;
        }
    }

    /**
     * One value. Scalars: {@link Long} for every integer type (u64 as its bits), {@link Double} for both floats,
     * {@link Boolean}, {@link String}. Arrays ({@code element} is set): {@code long[]}, {@code double[]},
     * {@code boolean[]}, {@code String[]}, or {@code Value[]} for nested arrays.
     */
    public record Value(Type type, @Nullable Type element, Object value) {}

    private final @Nullable String file;
    private final Map<String, Value> values;

    /** @param file the file's name for error messages, or null */
    public Metadata(@Nullable String file, Map<String, Value> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public Set<String> keys() {
        return values.keySet();
    }

    public Map<String, Value> asMap() {
        return values;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public @Nullable Value get(String key) {
        return values.get(key);
    }

    public String string(String key) {
        Value v = require(key);
        if (v.value() instanceof String s) return s;
        throw wrongType(key, v, "a string");
    }

    public @Nullable String stringOrNull(String key) {
        return has(key) ? string(key) : null;
    }

    public String string(String key, String fallback) {
        return has(key) ? string(key) : fallback;
    }

    public long integer(String key) {
        Value v = require(key);
        if (v.value() instanceof Long l) {
            if (v.type() == Type.UINT64 && l < 0) throw wrongType(key, v, "an integer below 2^63");
            return l;
        }
        throw wrongType(key, v, "an integer");
    }

    public long integer(String key, long fallback) {
        return has(key) ? integer(key) : fallback;
    }

    /** An integer that must lie in a range; the message names key, value and range. */
    public int integerIn(String key, int min, int max) {
        long l = integer(key);
        if (l < min || l > max) {
            throw DalangException.badModelFile(where() + key + " is " + l + ", outside " + min + ".." + max, file, key);
        }
        return (int) l;
    }

    public int integerIn(String key, int min, int max, int fallback) {
        return has(key) ? integerIn(key, min, max) : fallback;
    }

    /** A float, or an integer read as one. */
    public double real(String key) {
        Value v = require(key);
        if (v.value() instanceof Double d) return d;
        if (v.value() instanceof Long l) return l;
        throw wrongType(key, v, "a number");
    }

    public double real(String key, double fallback) {
        return has(key) ? real(key) : fallback;
    }

    public boolean bool(String key, boolean fallback) {
        Value v = values.get(key);
        if (v == null) return fallback;
        if (v.value() instanceof Boolean b) return b;
        throw wrongType(key, v, "a boolean");
    }

    public String[] strings(String key) {
        Value v = require(key);
        if (v.value() instanceof String[] a) return a;
        throw wrongType(key, v, "an array of strings");
    }

    /** An array of integers of any width. */
    public long[] integers(String key) {
        Value v = require(key);
        if (v.value() instanceof long[] a) return a;
        throw wrongType(key, v, "an array of integers");
    }

    /** An array of floats of either width. */
    public double[] reals(String key) {
        Value v = require(key);
        if (v.value() instanceof double[] a) return a;
        throw wrongType(key, v, "an array of floats");
    }

    /** An array of booleans, or of integers read as booleans. */
    public boolean[] bools(String key) {
        Value v = require(key);
        if (v.value() instanceof boolean[] a) return a;
        if (v.value() instanceof long[] a) {
            boolean[] b = new boolean[a.length];
            for (int i = 0; i < a.length; i++) b[i] = a[i] != 0;
            return b;
        }
        throw wrongType(key, v, "an array of booleans");
    }

    /** The file's name for messages, or null. */
    public @Nullable String file() {
        return file;
    }

    private Value require(String key) {
        Value v = values.get(key);
        if (v == null) throw DalangException.badModelFile(where() + key + " is missing", file, key);
        return v;
    }

    private DalangException wrongType(String key, Value v, String wanted) {
        String is =
                v.type() == Type.ARRAY ? "an array of " + v.element() : v.type().toString();
        return DalangException.badModelFile(where() + key + " is " + is + ", not " + wanted, file, key);
    }

    private String where() {
        return file == null ? "" : file + ": ";
    }
}

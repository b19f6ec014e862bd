package dev.dalang.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Range checks that name the parameter to blame; every null is "not given" and passes. */
final class Checks {
    private Checks() {}

    static void atLeast(String parameter, @Nullable Integer value, int min) {
        if (value != null && value < min) throw outside(parameter, value, "at least " + min);
    }

    static void between(String parameter, @Nullable Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) throw outside(parameter, value, min + " to " + max);
    }

    static void between(String parameter, @Nullable Float value, float min, float max) {
        // Written so that NaN fails too.
        if (value != null && !(value >= min && value <= max)) {
            throw outside(parameter, value, plain(min) + " to " + plain(max));
        }
    }

    static void atLeast(String parameter, @Nullable Float value, float min) {
        if (value != null && !(value >= min && value < Float.POSITIVE_INFINITY)) {
            throw outside(parameter, value, "at least " + plain(min));
        }
    }

    static void above(String parameter, @Nullable Float value, float bound) {
        if (value != null && !(value > bound && value < Float.POSITIVE_INFINITY)) {
            throw outside(parameter, value, "above " + plain(bound));
        }
    }

    static void notEmpty(String parameter, @Nullable String value) {
        if (value != null && value.isEmpty()) throw invalid(parameter, parameter + " must not be empty");
    }

    static DalangException invalid(String parameter, String message) {
        return DalangException.invalidRequest(message, parameter);
    }

    /** An immutable copy that keeps the order of the original, as {@link Map#copyOf} does not. */
    static <K, V> Map<K, V> ordered(Map<K, V> map) {
        for (Map.Entry<K, V> e : map.entrySet()) {
            if (e.getKey() == null || e.getValue() == null) throw new NullPointerException("null in a map");
        }
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    private static DalangException outside(String parameter, Object value, String wanted) {
        return invalid(parameter, parameter + " must be " + wanted + ", not " + value);
    }

    private static String plain(float f) {
        return f == Math.rint(f) ? Long.toString((long) f) : Float.toString(f);
    }
}

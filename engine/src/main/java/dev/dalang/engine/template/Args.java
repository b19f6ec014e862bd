package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Str;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The evaluated arguments of a call. */
record Args(List<Value> positional, Map<String, Value> named) {
    static final Args NONE = new Args(List.of(), Map.of());

    /** Matches the arguments to parameter names as Python would; the first {@code required} must be given. */
    Bound bind(String function, int required, String... parameters) {
        @Nullable Value[] values = new Value[parameters.length];
        if (positional.size() > parameters.length) {
            throw TemplateError.type(function + "() takes at most " + parameters.length + " arguments ("
                    + positional.size() + " given)");
        }
        for (int i = 0; i < positional.size(); i++) values[i] = positional.get(i);
        for (Map.Entry<String, Value> argument : named.entrySet()) {
            int i = List.of(parameters).indexOf(argument.getKey());
            if (i < 0) {
                throw TemplateError.type(
                        function + "() got an unexpected keyword argument '" + argument.getKey() + "'");
            }
            if (values[i] != null) {
                throw TemplateError.type(function + "() got multiple values for argument '" + parameters[i] + "'");
            }
            values[i] = argument.getValue();
        }
        for (int i = 0; i < required; i++) {
            if (values[i] == null) {
                throw TemplateError.type(function + "() missing required argument: '" + parameters[i] + "'");
            }
        }
        return new Bound(function, parameters, values);
    }

    /** Refuses keyword arguments, as Python's built-in methods do. */
    Args positionalOnly(String function) {
        if (!named.isEmpty()) throw TemplateError.type(function + "() takes no keyword arguments");
        return this;
    }

    /** Arguments by parameter index. */
    static final class Bound {
        private final String function;
        private final String[] names;
        private final @Nullable Value[] values;

        Bound(String function, String[] names, @Nullable Value[] values) {
            this.function = function;
            this.names = names;
            this.values = values;
        }

        /** The argument, or null when it was not given. */
        @Nullable
        Value get(int i) {
            return values[i];
        }

        Value require(int i) {
            Value value = values[i];
            if (value == null) throw new IllegalStateException(function + ": " + names[i] + " is not required");
            return value;
        }

        /** The argument, or null when it was not given or is None. */
        @Nullable
        Value orNull(int i) {
            Value value = values[i];
            return value instanceof Value.NoneValue ? null : value;
        }

        Value or(int i, Value fallback) {
            Value value = values[i];
            return value == null ? fallback : value;
        }

        int integer(int i, int fallback) {
            Value value = values[i];
            if (value == null) return fallback;
            long clamped = Numbers.clampedIndex(value, function + "(): " + names[i]);
            return Math.clamp(clamped, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }

        Str string(int i) {
            Value value = require(i);
            if (value instanceof Str s) return s;
            throw TemplateError.type(function + "() argument '" + names[i] + "' must be str, not " + name(value));
        }

        boolean truth(Render render, int i, boolean fallback) {
            Value value = values[i];
            return value == null ? fallback : Operators.isTrue(value);
        }

        private static String name(Value value) {
            return switch (value) {
                case Value.NoneValue ignored -> "None";
                case Bool ignored -> "bool";
                case Int ignored -> "int";
                default -> value.type();
            };
        }
    }
}

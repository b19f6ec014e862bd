package dev.dalang.engine.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and their values. Loops, macros and the bodies of capturing blocks each open one; {@code if} does not.
 * Assignments stay in the innermost scope, which is why templates carry state out of loops in a namespace.
 */
final class Scope {
    private final @Nullable Scope parent;
    private final Map<String, Value> values = new HashMap<>();

    Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    @Nullable
    Value get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Value value = scope.values.get(name);
            if (value != null) return value;
        }
        return null;
    }

    void set(String name, Value value) {
        values.put(name, value);
    }
}

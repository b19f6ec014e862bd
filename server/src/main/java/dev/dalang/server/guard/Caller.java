package dev.dalang.server.guard;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking.
 *
 * @param id of the key, which is no secret; names the caller in logs, metrics and the ledger
 * @param name that the key was given, for people
 * @param scopes what the key may do
 * @param models names of the models that the key may use, where {@code *} at the end stands for anything; null for all
 */
public record Caller(
        String id, String name, Set<Scope> scopes, @Nullable Set<String> models) {

    public Caller {
        scopes = Set.copyOf(scopes);
        models = models == null ? null : Set.copyOf(models);
    }

    /** One who may do everything: the program itself, and tests. */
    public static Caller all(String id) {
        return new Caller(id, id, EnumSet.allOf(Scope.class), null);
    }

    public boolean may(Scope scope) {
        return scopes.contains(scope);
    }

    /** Whether the key's list of models names this one. */
    public boolean mayUse(String model) {
        if (models == null) return true;
        for (String m : models) {
            boolean fits = m.endsWith("*") ? model.startsWith(m.substring(0, m.length() - 1)) : m.equals(model);
            if (fits) return true;
        }
        return false;
    }
}

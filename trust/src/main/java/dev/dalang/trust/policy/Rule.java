package dev.dalang.trust.policy;

import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Kind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule: what is done with requests that match. An empty list matches everything; {@code *} in an entry stands for any
 * characters.
 *
 * @param name for explanations
 * @param kinds what the action is about; empty for the request as a whole, and whatever it holds
 */
public record Rule(
        String name,
        List<String> keys,
        List<String> routes,
        List<String> providers,
        List<String> models,
        Set<Kind> kinds,
        Action action) {
    public Rule {
        keys = List.copyOf(keys);
        routes = List.copyOf(routes);
        providers = List.copyOf(providers);
        models = List.copyOf(models);
        kinds = Set.copyOf(kinds);
    }

    boolean matches(Question q) {
        return any(keys, q.key()) && any(routes, q.route()) && any(providers, q.provider()) && any(models, q.model());
    }

    private static boolean any(List<String> patterns, @Nullable String value) {
        if (patterns.isEmpty()) return true;
        if (value == null) return false;
        for (String p : patterns) if (glob(p, value)) return true;
        return false;
    }

    /** {@code *} alone is special. Goes back to the last star only, so the time is at most the product of the lengths. */
    static boolean glob(String pattern, String value) {
        int p = 0;
        int v = 0;
        int star = -1;
        int resume = 0;
        while (v < value.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = v;
            } else if (p < pattern.length() && pattern.charAt(p) == value.charAt(v)) {
                p++;
                v++;
            } else if (star >= 0) {
                p = star + 1;
                v = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') p++;
        return p == pattern.length();
    }
}

package dev.dalang.trust.redact;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands for what, in one request. A value has one placeholder wherever it comes; they are counted by kind in the order
 * in which the values first come, so that a conversation which grows keeps those it had. A placeholder that the request
 * itself holds as text is never given out. Prints as a number, never as values.
 */
final class Placeholders {
    private static final String SEPARATORS = "\\_- ";
    private static final int SEPARATOR_MAX = 3;

    private final Map<Kind, Map<String, String>> byValue = new HashMap<>();
    private final Map<String, String> byKey = new HashMap<>();
    private final Map<Kind, Integer> last = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    /**
     * Keeps clear of whatever in {@code text} a {@link Restorer} could take for a placeholder, also where a part of it is cut
     * off by one that is put in: all beginnings of the number count.
     */
    void avoid(String text) {
        for (int i = 0; i < text.length(); i++) {
            Kind kind = PlaceholderForm.kind(text, i);
            if (kind == null) continue;
            int p = i + kind.label().length();
            for (int end = p + SEPARATOR_MAX; p < end && p < text.length() && SEPARATORS.indexOf(text.charAt(p)) >= 0; )
                p++;
            if (text.startsWith("%5F", p) || text.startsWith("%5f", p)) p += 3;
            for (int q = p;
                    q < text.length() && q - p < PlaceholderForm.DIGITS_MAX && Scan.digit(text.charAt(q));
                    q++) {
                taken.add(kind.label() + "_" + text.substring(p, q + 1));
            }
        }
    }

    /** Like {@code EMAIL_1}. */
    String key(Kind kind, String value) {
        return byValue.computeIfAbsent(kind, k -> new HashMap<>()).computeIfAbsent(value, v -> {
            int n = last.getOrDefault(kind, 0);
            String key;
            do key = kind.label() + "_" + ++n;
            while (taken.contains(key));
            last.put(kind, n);
            byKey.put(key, v);
            return key;
        });
    }

    /** What a key stands for, or null when it was not given out. */
    @Nullable
    String value(String key) {
        return byKey.get(key);
    }

    boolean none() {
        return byKey.isEmpty();
    }

    @Override
    public String toString() {
        return byKey.size() + " placeholders";
    }
}

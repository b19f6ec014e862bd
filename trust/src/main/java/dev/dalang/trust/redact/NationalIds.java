package dev.dalang.trust.redact;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers that states give to people, by the ways each is written and its check digits ({@link IdRules}). A rule whose
 * check lets too many other numbers through also wants a word before it that says what the number is.
 */
final class NationalIds implements Detector {
    private static final int LENGTH_MAX = 24;
    private static final int CUE_REACH = 48;

    private static final Map<String, List<IdRule>> BY_SHAPE = new HashMap<>();

    static {
        for (IdRule rule : IdRules.ALL) {
            for (String shape : rule.shapes()) {
                BY_SHAPE.computeIfAbsent(shape, s -> new ArrayList<>()).add(rule);
            }
        }
    }

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        StringBuilder shape = new StringBuilder(LENGTH_MAX);
        StringBuilder compact = new StringBuilder(LENGTH_MAX);
        for (int i = 0; i < text.length; i++) {
            if (!Scan.plain(c[i]) || i > 0 && joined(text, i - 1)) continue;
            if (!Scan.digit(c[i]) && !digitSoon(text, i)) {
                while (i + 1 < text.length && Scan.alnum(c[i + 1])) i++;
                continue;
            }
            int end = longest(text, i, shape, compact, found);
            if (end > 0) i = end - 1;
        }
    }

    /** Whether the character at {@code i} makes what follows the middle of something longer. */
    private static boolean joined(Scan text, int i) {
        char before = text.chars[i];
        if (Scan.alnum(before) || before == '_' || before == '$') return true;
        return (before == '-' || before == '.' || before == ',' || before == '/') && Scan.alnum(text.at(i - 1));
    }

    /** An id that begins with letters has its first digit within six. */
    private static boolean digitSoon(Scan text, int from) {
        for (int i = from; i < from + 7 && i < text.length && Scan.plain(text.chars[i]) || i == from + 2; i++) {
            if (Scan.digit(text.at(i))) return true;
        }
        return Scan.upper(text.chars[from]) && text.at(from + 2) == ' ' && Scan.digit(text.at(from + 3));
    }

    /** Adds the longest id that begins at {@code from} and returns its end, or -1. */
    private static int longest(Scan text, int from, StringBuilder shape, StringBuilder compact, Detector.Sink found) {
        shape.setLength(0);
        compact.setLength(0);
        int best = -1;
        IdRule named = null;
        for (int i = from; i < text.length && i - from < LENGTH_MAX; i++) {
            char c = text.chars[i];
            if (Scan.plain(c)) {
                shape.append(Scan.digit(c) ? '9' : 'A');
                compact.append(Character.toUpperCase(c));
                if (continues(text, i + 1)) continue;
                List<IdRule> rules = BY_SHAPE.get(shape.toString());
                if (rules == null) continue;
                for (IdRule rule : rules) {
                    if ((rule.alone() || text.cueBefore(from, CUE_REACH, rule.cues()))
                            && rule.check().test(compact.toString())) {
                        best = i + 1;
                        named = rule;
                        break;
                    }
                }
            } else if (Scan.space(c)) {
                shape.append(' ');
            } else if (c == '-' || c == '.' || c == '/' || c == '+') {
                shape.append(c);
            } else {
                break;
            }
        }
        if (named == null) return -1;
        found.add(Kind.NATIONAL_ID, from, best, named.name());
        return best;
    }

    private static boolean continues(Scan text, int i) {
        char c = text.at(i);
        return Scan.alnum(c) || c == '_';
    }
}

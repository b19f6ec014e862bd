package dev.dalang.trust.redact;

import java.util.Arrays;

/** The runs of digits of a text, and which of them may be one number that is written in groups. */
final class DigitGroups {
    private final Scan text;
    private int[] starts = new int[32];
    private int[] ends = new int[32];
    private int count;

    DigitGroups(Scan text) {
        this.text = text;
        char[] c = text.chars;
        for (int i = 0; i < text.length; ) {
            if (!Scan.digit(c[i])) {
                i++;
                continue;
            }
            int start = i;
            while (i < text.length && Scan.digit(c[i])) i++;
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
                ends = Arrays.copyOf(ends, 2 * count);
            }
            starts[count] = start;
            ends[count++] = i;
        }
    }

    int count() {
        return count;
    }

    int start(int g) {
        return starts[g];
    }

    int end(int g) {
        return ends[g];
    }

    int size(int g) {
        return ends[g] - starts[g];
    }

    /** Only separators stand between the group and the next: at most three of blank, hyphen, dot, slash, parenthesis. */
    boolean joins(int g) {
        if (g + 1 >= count) return false;
        int gap = starts[g + 1] - ends[g];
        if (gap > 3) return false;
        for (int i = ends[g]; i < starts[g + 1]; i++) {
            char c = text.chars[i];
            if (!Scan.space(c) && "-./()\u2011\u2013".indexOf(c) < 0) return false;
        }
        return true;
    }

    /** The one character between the group and the next, NUL where there are several. */
    char separator(int g) {
        return g + 1 < count && starts[g + 1] - ends[g] == 1 ? text.chars[ends[g]] : 0;
    }

    /** Begins in the middle of something longer: a word, a decimal, a UUID, a path. */
    boolean gluedLeft(int g) {
        int at = starts[g];
        char before = text.at(at - 1);
        if (Scan.alnum(before) || before == '_' || before == '$' || before == '#') return true;
        char second = text.at(at - 2);
        if (before == '.' || before == ',' || before == ':')
            return Scan.digit(second) || before == '.' && Scan.alnum(second);
        if (before == '-') return Scan.alnum(second) || second == '_';
        return (before == '/' || before == '=' || before == '%') && Scan.alnum(second) && before != '=';
    }

    /** Goes on as something longer. */
    boolean gluedRight(int g) {
        int at = ends[g];
        char after = text.at(at);
        if (Scan.alnum(after) || after == '_' || after == '%') return true;
        char second = text.at(at + 1);
        if (after == '.' || after == ',' || after == ':') return Scan.digit(second);
        return after == '-' && Scan.alnum(second);
    }

    /** The same, but what is joined to it as a further group does not count as going on with {@code joining}. */
    boolean gluedRight(int g, boolean joining) {
        if (!gluedRight(g)) return false;
        return !joining || !joins(g) || text.chars[ends[g]] == ',' || text.chars[ends[g]] == ':';
    }

    /** The digits of groups {@code from} to {@code to}, both included. */
    String digits(int from, int to) {
        StringBuilder digits = new StringBuilder(24);
        for (int g = from; g <= to; g++) digits.append(text.chars, starts[g], ends[g] - starts[g]);
        return digits.toString();
    }
}

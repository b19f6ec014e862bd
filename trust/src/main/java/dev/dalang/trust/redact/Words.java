package dev.dalang.trust.redact;

import java.util.Arrays;

/** The words of a text: letters, with apostrophes and hyphens inside, or digits. Numbers are words that begin with a digit. */
final class Words {
    private final Scan text;
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int count;

    Words(Scan text) {
        this.text = text;
        char[] c = text.chars;
        int n = text.length;
        for (int i = 0; i < n; ) {
            int kind = Scan.kind(c[i]);
            if (kind == 0) {
                i++;
                continue;
            }
            int start = i++;
            while (i < n) {
                if (Scan.kind(c[i]) != 0) i++;
                else if ((c[i] == '-' || c[i] == '\'' || c[i] == '\u2019')
                        && i + 1 < n
                        && Scan.letter(c[i + 1])
                        && Scan.letter(c[i - 1])) i += 2;
                else break;
            }
            add(start, i);
        }
    }

    private void add(int start, int end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    int count() {
        return count;
    }

    int start(int w) {
        return starts[w];
    }

    int end(int w) {
        return ends[w];
    }

    /** In lower case; words longer than 40 characters are none that any list holds. */
    String lower(int w) {
        int length = Math.min(ends[w] - starts[w], 40);
        return new String(text.lower(), starts[w], length);
    }

    boolean number(int w) {
        return Scan.digit(text.chars[starts[w]]);
    }

    /** Begins with a capital letter. */
    boolean capital(int w) {
        return Scan.upper(text.chars[starts[w]]);
    }

    /** All capitals, two letters or more. */
    boolean shouted(int w) {
        if (ends[w] - starts[w] < 2) return false;
        for (int i = starts[w]; i < ends[w]; i++) {
            if (Scan.letter(text.chars[i]) && !Scan.upper(text.chars[i])) return false;
        }
        return true;
    }

    /** What stands between a word and the next is only blanks (a line's end is none). */
    boolean adjoins(int w) {
        return between(w, "");
    }

    /** What stands between a word and the next is {@code mark} once or not at all, and blanks. */
    boolean between(int w, String mark) {
        if (w < 0 || w + 1 >= count) return false;
        int from = ends[w];
        int to = starts[w + 1];
        if (to - from > 4 || to == from) return false;
        boolean marked = mark.isEmpty();
        for (int i = from; i < to; i++) {
            char c = text.chars[i];
            if (Scan.space(c)) continue;
            if (marked || mark.charAt(0) != c) return false;
            marked = true;
        }
        return true;
    }
}

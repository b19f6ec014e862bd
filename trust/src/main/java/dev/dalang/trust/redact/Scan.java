package dev.dalang.trust.redact;

import java.util.Arrays;
import java.util.Set;

/** A text as the detectors read it: characters, their lower case, and what kind of character each is. */
final class Scan {
    static final int DIGIT = 1;
    static final int LETTER = 2;
    /** Of letters: upper case (or title case). */
    static final int UPPER = 4;

    private static final byte[] ASCII = new byte[128];

    static {
        for (char c = '0'; c <= '9'; c++) ASCII[c] = DIGIT;
        for (char c = 'a'; c <= 'z'; c++) ASCII[c] = LETTER;
        for (char c = 'A'; c <= 'Z'; c++) ASCII[c] = LETTER | UPPER;
    }

    final String string;
    final char[] chars;
    final int length;

    private char[] lower = {};
    private Words words;
    private DigitGroups groups;

    @SuppressWarnings("NullAway.Init") // words and groups are made when first asked for
    Scan(String text) {
        string = text;
        chars = text.toCharArray();
        length = chars.length;
    }

    static int kind(char c) {
        if (c < 128) return ASCII[c];
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | UPPER;
            case Character.LOWERCASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER,
                    Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK -> LETTER;
            default -> 0;
        };
    }

    static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean letter(char c) {
        return (kind(c) & LETTER) != 0;
    }

    static boolean upper(char c) {
        return (kind(c) & UPPER) != 0;
    }

    static boolean alnum(char c) {
        return kind(c) != 0;
    }

    /** Letters and digits of ASCII. */
    static boolean plain(char c) {
        return c < 128 && ASCII[c] != 0;
    }

    static boolean space(char c) {
        return c == ' ' || c == '\u00A0' || c == '\u202F' || c == '\t';
    }

    /** The character at {@code i}; NUL outside the text. */
    char at(int i) {
        return i >= 0 && i < length ? chars[i] : 0;
    }

    char[] lower() {
        if (lower.length != length) {
            char[] l = Arrays.copyOf(chars, length);
            for (int i = 0; i < length; i++) l[i] = Character.toLowerCase(l[i]);
            lower = l;
        }
        return lower;
    }

    @SuppressWarnings("NullAway") // see the constructor
    Words words() {
        if (words == null) words = new Words(this);
        return words;
    }

    @SuppressWarnings("NullAway")
    DigitGroups groups() {
        if (groups == null) groups = new DigitGroups(this);
        return groups;
    }

    boolean startsWith(String prefix, int at) {
        return string.startsWith(prefix, at);
    }

    /**
     * One of these words (lower case, whole) stands in the {@code reach} characters before {@code at}, on the same line or
     * the one above.
     */
    boolean cueBefore(int at, int reach, Set<String> cues) {
        char[] l = lower();
        int from = Math.max(0, at - reach);
        int end = -1;
        for (int i = at - 1; i >= from - 1; i--) {
            boolean in = i >= from && (kind(l[i]) & LETTER) != 0;
            if (in && end < 0) end = i + 1;
            if (!in && end >= 0) {
                int start = i + 1;
                // A word that the window cuts in two is none.
                boolean cut = i < from && start > 0 && (kind(l[start - 1]) & LETTER) != 0;
                if (!cut && cues.contains(new String(l, start, end - start))) return true;
                end = -1;
            }
        }
        return false;
    }
}

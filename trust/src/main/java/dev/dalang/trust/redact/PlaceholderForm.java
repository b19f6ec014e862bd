package dev.dalang.trust.redact;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a placeholder may look when it comes back. We write {@code [EMAIL_1]}; models also write
 *
 * <ul>
 *   <li>{@code [email_1]}, {@code [EMAIL 1]}, {@code [EMAIL-1]}, {@code [EMAIL1]}, {@code [ EMAIL_1 ]}, {@code [EMAIL\_1]};
 *   <li>{@code \[EMAIL\_1\]}, escaped for Markdown;
 *   <li>{@code %5BEMAIL_1%5D}, escaped for an address;
 *   <li>{@code EMAIL_1}, without the brackets, in capitals and as a word of its own.
 * </ul>
 *
 * Whatever is none of these is left as it is.
 */
final class PlaceholderForm {
    static final int NONE = 0;

    /** The text ends before it is decided. */
    static final int MORE = -1;

    static final int DIGITS_MAX = 6;

    private static final Kind[] KINDS = Kind.values();
    private static final String[] LABELS = new String[Kind.values().length];

    static {
        for (Kind k : Kind.values()) LABELS[k.ordinal()] = k.label();
    }

    private final CharSequence s;
    private final boolean end;

    /** Of the last match: like {@code EMAIL_1}. */
    private @Nullable String key;

    private boolean percent;

    /** @param end no more text will follow */
    PlaceholderForm(CharSequence text, boolean end) {
        s = text;
        this.end = end;
    }

    String key() {
        if (key == null) throw new IllegalStateException("nothing matched");
        return key;
    }

    /** The last match was one that is escaped for an address. */
    boolean percent() {
        return percent;
    }

    static boolean mayStart(char c) {
        return c == '[' || c == '\\' || c == '%' || c >= 'A' && c <= 'Z';
    }

    /** The length of the placeholder at {@code i}, {@link #NONE} or {@link #MORE}; {@code before} stands before it, or NUL. */
    int match(int i, char before) {
        percent = false;
        return switch (s.charAt(i)) {
            case '[' -> bracketed(i);
            case '\\' -> markdown(i);
            case '%' -> percentEncoded(i);
            default -> word(before) ? NONE : bare(i);
        };
    }

    private int bracketed(int i) {
        int p = i + 1;
        if (is(p, ' ')) p++;
        int label = label(p, true);
        if (label <= 0) return label;
        p += label;
        int start = p;
        if (is(p, '\\')) {
            if (missing(p + 1)) return open();
            if (!is(p + 1, '_')) return NONE;
            p += 2;
        } else if (is(p, '_') || is(p, '-') || is(p, ' ')) {
            p++;
        }
        int digits = digits(p);
        if (digits <= 0) return missing(start) ? open() : digits;
        int numberEnd = p + digits;
        int close = is(numberEnd, ' ') ? numberEnd + 1 : numberEnd;
        if (missing(close)) return open();
        return is(close, ']') ? matched(i, start - label, label, p, numberEnd, close + 1) : NONE;
    }

    private int markdown(int i) {
        int p = i + 1;
        if (missing(p)) return open();
        if (!is(p, '[')) return NONE;
        p++;
        int label = label(p, true);
        if (label <= 0) return label;
        int separator = p + label;
        int number = separator;
        if (is(number, '\\')) number++;
        if (missing(number)) return open();
        if (!is(number, '_')) return NONE;
        number++;
        int digits = digits(number);
        if (digits <= 0) return digits;
        int close = number + digits;
        if (missing(close) || is(close, '\\') && missing(close + 1)) return open();
        return is(close, '\\') && is(close + 1, ']') ? matched(i, p, label, number, close, close + 2) : NONE;
    }

    private int percentEncoded(int i) {
        int opening = text(i, "%5B");
        if (opening <= 0) return opening;
        int p = i + 3;
        int label = label(p, true);
        if (label <= 0) return label;
        int separator = p + label;
        if (missing(separator)) return open();
        int length = 1;
        if (!is(separator, '_')) {
            length = text(separator, "%5F");
            if (length <= 0) return length;
        }
        int number = separator + length;
        int digits = digits(number);
        if (digits <= 0) return digits;
        int close = number + digits;
        int closing = text(close, "%5D");
        if (closing <= 0) return closing;
        int all = matched(i, p, label, number, close, close + 3);
        percent = true;
        return all;
    }

    private int bare(int i) {
        int label = label(i, false);
        if (label <= 0) return label;
        int p = i + label;
        if (is(p, '\\')) p++;
        if (missing(p)) return open();
        if (!is(p, '_')) return NONE;
        p++;
        int digits = digits(p);
        if (digits <= 0) return digits;
        int stop = p + digits;
        if (missing(stop) && !end) return MORE;
        return stop < s.length() && word(s.charAt(stop)) ? NONE : matched(i, i, label, p, stop, stop);
    }

    private int matched(int from, int label, int labelLength, int number, int numberEnd, int to) {
        key = s.subSequence(label, label + labelLength).toString().toUpperCase(Locale.ROOT) + "_"
                + s.subSequence(number, numberEnd);
        return to - from;
    }

    /** The length of the label at {@code p}. */
    private int label(int p, boolean ignoreCase) {
        boolean cut = false;
        for (String label : LABELS) {
            int k = 0;
            while (k < label.length() && p + k < s.length() && same(s.charAt(p + k), label.charAt(k), ignoreCase)) k++;
            if (k == label.length()) return k;
            cut |= p + k >= s.length();
        }
        return cut ? open() : NONE;
    }

    /** How many digits stand at {@code p}: one to six, not with a zero in front. */
    private int digits(int p) {
        int k = 0;
        while (k <= DIGITS_MAX && p + k < s.length() && Scan.digit(s.charAt(p + k))) k++;
        if (k == 0) return missing(p) ? open() : NONE;
        if (k > DIGITS_MAX || s.charAt(p) == '0') return NONE;
        return missing(p + k) && !end ? MORE : k;
    }

    private int text(int p, String wanted) {
        for (int k = 0; k < wanted.length(); k++) {
            if (missing(p + k)) return open();
            if (!same(s.charAt(p + k), wanted.charAt(k), true)) return NONE;
        }
        return wanted.length();
    }

    private static boolean same(char c, char wanted, boolean ignoreCase) {
        return c == wanted || ignoreCase && c < 128 && Character.toUpperCase(c) == wanted;
    }

    private boolean is(int p, char c) {
        return p < s.length() && s.charAt(p) == c;
    }

    private boolean missing(int p) {
        return p >= s.length();
    }

    private int open() {
        return end ? NONE : MORE;
    }

    /** The kind whose label stands at {@code i} in capitals or small letters, or null. */
    static @Nullable Kind kind(String text, int i) {
        char c = text.charAt(i);
        if (!Scan.plain(c)) return null;
        for (Kind k : KINDS) {
            if ((c | 0x20) == (k.label().charAt(0) | 0x20)
                    && text.regionMatches(true, i, k.label(), 0, k.label().length())) {
                return k;
            }
        }
        return null;
    }

    private static boolean word(char c) {
        return Scan.alnum(c) || c == '_';
    }
}

package dev.dalang.engine.reply;

import dev.dalang.engine.reply.Node.Notation;
import org.jspecify.annotations.Nullable;

/** The little JSON that the reply language needs without a tree. */
final class Json {

    private static final String HEX = "0123456789abcdef";

    private Json() {}

    /** Appends {@code text} as a JSON string. */
    static void quote(StringBuilder out, CharSequence text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) escape(out, text.charAt(i));
        out.append('"');
    }

    /** Appends one character of a JSON string. */
    static void escape(StringBuilder out, char c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (c < 0x20) {
                    out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                } else {
                    out.append(c);
                }
            }
        }
    }

    /** The text of a JSON string literal that is known to be valid. */
    static String unquote(CharSequence literal) {
        StringBuilder out = new StringBuilder(literal.length());
        for (int i = 1; i < literal.length() - 1; i++) {
            char c = literal.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char e = literal.charAt(++i);
            switch (e) {
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'u' -> {
                    out.append((char) Integer.parseInt(literal, i + 1, i + 5, 16));
                    i += 4;
                }
                default -> out.append(e);
            }
        }
        return out.toString();
    }

    /** The JSON of the one value that {@code text} is, white space around it apart, or null if it is none. */
    static @Nullable String valueOrNull(CharSequence text, Notation notation) {
        StringBuilder out = new StringBuilder();
        ValueReader reader = new ValueReader(notation, new int[0], out);
        boolean done = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (done) {
                if (!ValueReader.isSpace(c)) return null;
                continue;
            }
            switch (reader.accept(c)) {
                case MORE -> {}
                case DONE -> done = true;
                case DONE_BEFORE -> {
                    if (!ValueReader.isSpace(c)) return null;
                    done = true;
                }
                case FAILED -> {
                    return null;
                }
            }
        }
        return done || reader.finish() ? out.toString() : null;
    }

    /** The JSON object that stands in a valid JSON string literal, or null if none does. */
    static @Nullable String objectInString(CharSequence literal) {
        String value = valueOrNull(unquote(literal), Notation.JSON);
        return value != null && value.startsWith("{") ? value : null;
    }

    /** RFC 8259, section 6. */
    static boolean isNumber(String s) {
        int i = 0;
        int n = s.length();
        if (i < n && s.charAt(i) == '-') i++;
        int integer = digits(s, i);
        if (integer == i || (s.charAt(i) == '0' && integer > i + 1)) return false;
        i = integer;
        if (i < n && s.charAt(i) == '.') {
            int fraction = digits(s, i + 1);
            if (fraction == i + 1) return false;
            i = fraction;
        }
        if (i < n && (s.charAt(i) == 'e' || s.charAt(i) == 'E')) {
            i++;
            if (i < n && (s.charAt(i) == '+' || s.charAt(i) == '-')) i++;
            int exponent = digits(s, i);
            if (exponent == i) return false;
            i = exponent;
        }
        return i == n;
    }

    private static int digits(String s, int from) {
        int i = from;
        while (i < s.length() && s.charAt(i) >= '0' && s.charAt(i) <= '9') i++;
        return i;
    }
}

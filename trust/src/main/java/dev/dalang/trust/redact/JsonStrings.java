package dev.dalang.trust.redact;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The strings and numbers inside a JSON text, replaced where they stand, while everything between stays as it was written.
 * A text that is no JSON is the caller's to treat as a text.
 */
final class JsonStrings {
    private static final int DEPTH_MAX = 500;

    /** Gives a scalar's replacement, or the same again. */
    interface Replacement {
        /**
         * @param name of the member that holds it, or null; arrays pass on their own
         * @param value a string's text, or a number as it is written
         */
        String of(@Nullable String name, String value);
    }

    private final String json;
    private final Replacement replacement;
    private final StringBuilder out;
    private int at;

    private JsonStrings(String json, Replacement replacement) {
        this.json = json;
        this.replacement = replacement;
        out = new StringBuilder(json.length() + 64);
    }

    /** The text with its scalars replaced, or null when it is no JSON. Names of members are replaced too. */
    static @Nullable String replace(String json, Replacement replacement) {
        JsonStrings strings = new JsonStrings(json, replacement);
        return strings.value(null, 0) && strings.blanks() && strings.at == json.length()
                ? strings.out.toString()
                : null;
    }

    private boolean value(@Nullable String name, int depth) {
        if (!blanks() || at >= json.length() || depth > DEPTH_MAX) return false;
        char c = json.charAt(at);
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(name, depth);
            case '"' -> string(name) != null;
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number(name);
        };
    }

    private boolean object(int depth) {
        copy();
        if (!blanks()) return false;
        if (next('}')) return true;
        while (true) {
            if (!blanks() || at >= json.length() || json.charAt(at) != '"') return false;
            String name = string(null);
            if (name == null || !blanks() || !next(':') || !value(name, depth + 1) || !blanks()) return false;
            if (next('}')) return true;
            if (!next(',')) return false;
        }
    }

    private boolean array(@Nullable String name, int depth) {
        copy();
        if (!blanks()) return false;
        if (next(']')) return true;
        while (true) {
            if (!value(name, depth + 1) || !blanks()) return false;
            if (next(']')) return true;
            if (!next(',')) return false;
        }
    }

    /** Copies a string or its replacement; gives its text as it was, null when it is broken. */
    private @Nullable String string(@Nullable String name) {
        int start = at++;
        StringBuilder text = null;
        int plain = at;
        while (at < json.length()) {
            char c = json.charAt(at);
            if (c == '"') {
                String was = text == null
                        ? json.substring(plain, at)
                        : text.append(json, plain, at).toString();
                at++;
                String now = replacement.of(name, was);
                if (now.equals(was)) out.append(json, start, at);
                else out.append('"').append(escape(now)).append('"');
                return was;
            }
            if (c < ' ') return null;
            if (c == '\\') {
                if (text == null) text = new StringBuilder();
                text.append(json, plain, at);
                if (!escaped(text)) return null;
                plain = at;
            } else {
                at++;
            }
        }
        return null;
    }

    private boolean escaped(StringBuilder text) {
        if (at + 1 >= json.length()) return false;
        char c = json.charAt(at + 1);
        int plain = "\"\\/bfnrt".indexOf(c);
        if (plain >= 0) {
            text.append("\"\\/\b\f\n\r\t".charAt(plain));
            at += 2;
            return true;
        }
        if (c != 'u' || at + 6 > json.length()) return false;
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            if (!HexFormat.isHexDigit(json.charAt(i))) return false;
            unit = unit * 16 + HexFormat.fromHexDigit(json.charAt(i));
        }
        text.append((char) unit);
        at += 6;
        return true;
    }

    /** A number that is replaced becomes a string. */
    private boolean number(@Nullable String name) {
        int start = at;
        while (at < json.length() && "+-.eE0123456789".indexOf(json.charAt(at)) >= 0) at++;
        if (at == start) return false;
        String was = json.substring(start, at);
        String now = replacement.of(name, was);
        if (now.equals(was)) out.append(was);
        else out.append('"').append(escape(now)).append('"');
        return true;
    }

    private boolean word(String word) {
        if (!json.startsWith(word, at)) return false;
        out.append(word);
        at += word.length();
        return true;
    }

    private boolean next(char c) {
        if (at >= json.length() || json.charAt(at) != c) return false;
        copy();
        return true;
    }

    private void copy() {
        out.append(json.charAt(at++));
    }

    private boolean blanks() {
        while (at < json.length() && " \t\n\r".indexOf(json.charAt(at)) >= 0) copy();
        return true;
    }

    /** For the inside of a JSON string (RFC 8259 section 7). */
    static String escape(String text) {
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\') {
                if (escaped != null) escaped.append(c);
                continue;
            }
            if (escaped == null) escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
            switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> escaped.append(String.format("\\u%04x", (int) c));
            }
        }
        return escaped == null ? text : escaped.toString();
    }
}

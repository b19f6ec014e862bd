package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Str;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Text by code points, as Python counts it, over Java's UTF-16. Also the few operations on marked text that both
 * methods and filters use.
 */
final class Strings {
    private Strings() {}

    /** Length in code points. */
    static int length(MarkedText text) {
        return text.text().codePointCount(0, text.length());
    }

    /** UTF-16 offset of a code point index that lies within the text. */
    static int offset(String text, int index) {
        return text.offsetByCodePoints(0, index);
    }

    static List<Value> characters(Render render, Str s) {
        String chars = s.chars();
        // Each character becomes an object of its own, so it is paid for like an element.
        render.elements(chars.length());
        List<Value> characters = new ArrayList<>(chars.length());
        int i = 0;
        while (i < chars.length()) {
            int end = i + Character.charCount(chars.codePointAt(i));
            characters.add(new Str(s.text().slice(i, end), s.markup()));
            i = end;
        }
        return characters;
    }

    /** Order by code points; UTF-16 order differs between surrogates and U+E000…U+FFFF. */
    static int compare(String a, String b) {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean xHigh = Character.isSurrogate(x);
                boolean yHigh = Character.isSurrogate(y);
                return xHigh == yHigh ? Character.compare(x, y) : xHigh ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /**
     * {@link String#indexOf(String, int)} in linear time: a template chooses both sides, and the naive search is
     * quadratic on {@code "aaaa…"} in {@code "aaaa…b"} (Knuth, Morris, Pratt 1977).
     */
    static int indexOf(String text, String part, int from) {
        if (part.length() < 32) return text.indexOf(part, from);
        int[] border = new int[part.length() + 1];
        border[0] = -1;
        for (int i = 0, b = -1; i < part.length(); border[++i] = ++b) {
            while (b >= 0 && part.charAt(b) != part.charAt(i)) b = border[b];
        }
        int matched = 0;
        for (int i = from; i < text.length(); i++) {
            while (matched >= 0 && part.charAt(matched) != text.charAt(i)) matched = border[matched];
            if (++matched == part.length()) return i - matched + 1;
        }
        return -1;
    }

    /** {@code left + right}; if one side is markup, the other is escaped first. */
    static Str add(Render render, Str left, Str right) {
        boolean markup = left.markup() || right.markup();
        MarkedText a = markup && !left.markup() ? escape(render, left.text()) : left.text();
        MarkedText b = markup && !right.markup() ? escape(render, right.text()) : right.text();
        return new Str(render.concat(a, b), markup);
    }

    static MarkedText repeat(Render render, MarkedText text, long times) {
        if (text.isEmpty() || times <= 0) return MarkedText.EMPTY;
        render.chars(times > Integer.MAX_VALUE ? Long.MAX_VALUE : times * text.length());
        if (text.isTrusted()) return MarkedText.trusted(text.text().repeat((int) times));
        MarkedText.Builder out = new MarkedText.Builder();
        for (long i = 0; i < times; i++) out.append(text);
        return out.build();
    }

    /** The five characters that HTML gives a meaning, as markupsafe writes them. */
    static MarkedText escape(Render render, MarkedText text) {
        render.chars(text.length());
        MarkedText.Builder out = new MarkedText.Builder();
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            String entity = switch (text.text().charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '"' -> "&#34;";
                case '\'' -> "&#39;";
                default -> "";
            };
            if (!entity.isEmpty()) {
                out.append(text, plain, i).append(entity, text.isTrustedAt(i));
                plain = i + 1;
            }
        }
        MarkedText escaped = out.append(text, plain, text.length()).build();
        render.chars(escaped.length());
        return escaped;
    }

    /** Replaces up to {@code count} occurrences (negative: all), leaving the marks of what stays and of what comes. */
    static MarkedText replace(Render render, MarkedText text, MarkedText old, MarkedText replacement, long count) {
        long left = count < 0 ? Long.MAX_VALUE : count;
        MarkedText.Builder out = new MarkedText.Builder();
        String chars = text.text();
        int at = 0;
        render.chars(chars.length());
        if (old.isEmpty()) {
            while (left-- > 0) {
                render.chars((long) out.length() + replacement.length() >> 6);
                checkLength(render, out, replacement);
                out.append(replacement);
                if (at == chars.length()) break;
                int end = at + Character.charCount(chars.codePointAt(at));
                out.append(text, at, end);
                at = end;
            }
        } else {
            for (int hit = indexOf(chars, old.text(), 0);
                    hit >= 0 && left-- > 0;
                    hit = indexOf(chars, old.text(), at)) {
                render.chars(hit - at + replacement.length());
                checkLength(render, out, replacement);
                out.append(text, at, hit).append(replacement);
                at = hit + old.length();
            }
        }
        return out.append(text, at, chars.length()).build();
    }

    private static void checkLength(Render render, MarkedText.Builder out, MarkedText next) {
        if ((long) out.length() + next.length() > render.options().maxOutputChars()) {
            render.chars((long) out.length() + next.length());
        }
    }

    /** Without the characters of {@code set} (null: white space) at the chosen ends. */
    static MarkedText strip(MarkedText text, @Nullable String set, boolean left, boolean right) {
        IntPredicate stripped = set == null ? PythonText::isSpace : memberOf(set);
        String chars = text.text();
        int from = 0;
        int to = chars.length();
        while (left && from < to) {
            int c = chars.codePointAt(from);
            if (!stripped.test(c)) break;
            from += Character.charCount(c);
        }
        while (right && to > from) {
            int c = chars.codePointBefore(to);
            if (!stripped.test(c)) break;
            to -= Character.charCount(c);
        }
        return text.slice(from, to);
    }

    private static IntPredicate memberOf(String set) {
        if (set.length() <= 16) return c -> set.indexOf(c) >= 0;
        BitSet members = new BitSet();
        set.codePoints().forEach(members::set);
        return members::get;
    }
}

package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Function;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of {@code str}. */
final class StringMethods {
    private StringMethods() {}

    static @Nullable Value of(Str s, String name) {
        Function.Body body = body(s, name);
        return body == null ? null : new Function(name, body);
    }

    private static Function.@Nullable Body body(Str s, String name) {
        return switch (name) {
            case "strip" -> (render, args) -> strip(s, args, name, true, true);
            case "lstrip" -> (render, args) -> strip(s, args, name, true, false);
            case "rstrip" -> (render, args) -> strip(s, args, name, false, true);
            case "split", "rsplit" -> (render, args) -> split(render, s, args, name);
            case "splitlines" -> (render, args) -> splitLines(render, s, args);
            case "partition", "rpartition" -> (render, args) -> partition(s, args, name);
            case "startswith", "endswith" -> (render, args) -> startsOrEnds(s, args, name);
            case "removeprefix" ->
                (render, args) -> {
                    String prefix = args.bind(name, 1, "prefix").string(0).chars();
                    return s.chars().startsWith(prefix) ? with(s, s.text().slice(prefix.length())) : s;
                };
            case "removesuffix" ->
                (render, args) -> {
                    String suffix = args.bind(name, 1, "suffix").string(0).chars();
                    boolean ends = !suffix.isEmpty() && s.chars().endsWith(suffix);
                    return ends ? with(s, s.text().slice(0, s.text().length() - suffix.length())) : s;
                };
            case "replace" ->
                (render, args) -> {
                    Bound bound = args.positionalOnly("str.replace()").bind(name, 2, "old", "new", "count");
                    Str by = bound.string(1);
                    MarkedText replacement = s.markup() && !by.markup() ? Strings.escape(render, by.text()) : by.text();
                    int count = bound.integer(2, -1);
                    return with(
                            s, Strings.replace(render, s.text(), bound.string(0).text(), replacement, count));
                };
            case "find", "rfind", "index", "rindex", "count" -> (render, args) -> search(render, s, args, name);
            case "join" ->
                (render, args) -> join(render, s, args.bind(name, 1, "iterable").require(0));
            case "format" -> (render, args) -> new Str(BraceFormat.format(render, s, args), s.markup());
            case "upper" ->
                (render, args) -> derived(render, s, args, name, s.chars().toUpperCase(Locale.ROOT));
            case "lower" ->
                (render, args) -> derived(render, s, args, name, s.chars().toLowerCase(Locale.ROOT));
            case "casefold" ->
                (render, args) -> derived(
                        render,
                        s,
                        args,
                        name,
                        s.chars().toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
            case "title" -> (render, args) -> derived(render, s, args, name, title(s.chars()));
            case "capitalize" -> (render, args) -> derived(render, s, args, name, capitalize(s.chars()));
            case "swapcase" -> (render, args) -> derived(render, s, args, name, swapCase(s.chars()));
            case "center", "ljust", "rjust" -> (render, args) -> justify(render, s, args, name);
            case "zfill" -> (render, args) -> zeroFill(render, s, args);
            case "expandtabs" -> (render, args) -> expandTabs(render, s, args);
            default -> question(s, name);
        };
    }

    /** The methods that ask about every character. */
    private static Function.@Nullable Body question(Str s, String name) {
        return switch (name) {
            case "isdigit" -> all(s, c -> Character.isDigit(c) || isDigitOnly(c));
            case "isdecimal" -> all(s, Character::isDigit);
            case "isnumeric" -> all(s, c -> Character.isDigit(c) || isNumberCategory(c));
            case "isalpha" -> all(s, Character::isLetter);
            case "isalnum" -> all(s, c -> Character.isLetterOrDigit(c) || isNumberCategory(c));
            case "isspace" -> all(s, PythonText::isSpace);
            case "isascii" -> (render, args) -> Bool.of(s.chars().chars().allMatch(c -> c < 128));
            case "isprintable" ->
                (render, args) -> Bool.of(s.chars().codePoints().allMatch(PythonText::isPrintable));
            case "isupper" -> (render, args) -> Bool.of(cased(s.chars(), false));
            case "islower" -> (render, args) -> Bool.of(cased(s.chars(), true));
            case "istitle" ->
                (render, args) -> Bool.of(!s.chars().equals(s.chars().toLowerCase(Locale.ROOT))
                        && s.chars().equals(title(s.chars())));
            case "isidentifier" ->
                (render, args) -> {
                    String t = s.chars();
                    return Bool.of(!t.isEmpty()
                            && (t.codePointAt(0) == '_' || Character.isUnicodeIdentifierStart(t.codePointAt(0)))
                            && t.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c)));
                };
            default -> null;
        };
    }

    private static Function.Body all(Str s, IntPredicate test) {
        return (render, args) -> {
            render.chars(s.text().length());
            return Bool.of(!s.text().isEmpty() && s.chars().codePoints().allMatch(test));
        };
    }

    /** Superscript, subscript and circled digits: digits for {@code isdigit}, not for {@code isdecimal}. */
    private static boolean isDigitOnly(int c) {
        return c == 0xB2
                || c == 0xB3
                || c == 0xB9
                || c == 0x2070
                || (c >= 0x2074 && c <= 0x2079)
                || (c >= 0x2080 && c <= 0x2089)
                || (c >= 0x2460 && c <= 0x2468)
                || (c >= 0x2474 && c <= 0x247C)
                || (c >= 0x2488 && c <= 0x2490);
    }

    private static boolean isNumberCategory(int c) {
        int type = Character.getType(c);
        return type == Character.OTHER_NUMBER || type == Character.LETTER_NUMBER;
    }

    static boolean cased(String s, boolean lower) {
        boolean any = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            if (lower ? Character.isUpperCase(c) || Character.isTitleCase(c) : Character.isLowerCase(c)) return false;
            if (lower ? Character.isLowerCase(c) : Character.isUpperCase(c)) any = true;
            i += Character.charCount(c);
        }
        return any;
    }

    private static Str with(Str s, MarkedText text) {
        return new Str(text, s.markup());
    }

    private static Str derived(Render render, Str s, Args args, String name, String result) {
        args.bind(name, 0);
        render.chars(result.length());
        return result.equals(s.chars()) ? s : with(s, s.text().derive(result));
    }

    private static Str strip(Str s, Args args, String name, boolean left, boolean right) {
        Bound bound = args.positionalOnly("str." + name + "()").bind(name, 0, "chars");
        String set = bound.orNull(0) == null ? null : bound.string(0).chars();
        return with(s, Strings.strip(s.text(), set, left, right));
    }

    // ---- splitting -------------------------------------------------------------------------------------------------

    private static Value split(Render render, Str s, Args args, String name) {
        Bound bound = args.bind(name, 0, "sep", "maxsplit");
        int limit = bound.integer(1, -1);
        if (limit < 0) limit = Integer.MAX_VALUE;
        render.chars(s.text().length());
        boolean right = name.equals("rsplit");
        List<int[]> cuts;
        if (bound.orNull(0) == null) {
            cuts = right ? wordsFromRight(s.chars(), limit) : words(s.chars(), limit);
        } else {
            String separator = bound.string(0).chars();
            if (separator.isEmpty()) throw TemplateError.value("empty separator");
            cuts = right ? partsFromRight(s.chars(), separator, limit) : parts(s.chars(), separator, limit);
        }
        render.elements(cuts.size());
        List<Value> parts = new ArrayList<>(cuts.size());
        for (int[] cut : cuts) parts.add(with(s, s.text().slice(cut[0], cut[1])));
        return new ListValue(parts);
    }

    private static List<int[]> parts(String s, String separator, int limit) {
        List<int[]> cuts = new ArrayList<>();
        int at = 0;
        int left = limit;
        for (int hit = Strings.indexOf(s, separator, 0);
                hit >= 0 && left-- > 0;
                hit = Strings.indexOf(s, separator, at)) {
            cuts.add(new int[] {at, hit});
            at = hit + separator.length();
        }
        cuts.add(new int[] {at, s.length()});
        return cuts;
    }

    private static List<int[]> partsFromRight(String s, String separator, int limit) {
        List<int[]> cuts = new ArrayList<>();
        String reversed = new StringBuilder(s).reverse().toString();
        String reversedSeparator = new StringBuilder(separator).reverse().toString();
        for (int[] cut : parts(reversed, reversedSeparator, limit)) {
            cuts.add(new int[] {s.length() - cut[1], s.length() - cut[0]});
        }
        Collections.reverse(cuts);
        return cuts;
    }

    private static List<int[]> words(String s, int limit) {
        List<int[]> cuts = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < s.length() && PythonText.isSpace(s.charAt(i))) i++;
            if (i == s.length()) return cuts;
            if (cuts.size() == limit) {
                // What is left keeps its inner white space but, alone among the parts, also the trailing one.
                cuts.add(new int[] {i, s.length()});
                return cuts;
            }
            int start = i;
            while (i < s.length() && !PythonText.isSpace(s.charAt(i))) i++;
            cuts.add(new int[] {start, i});
        }
    }

    private static List<int[]> wordsFromRight(String s, int limit) {
        List<int[]> cuts = new ArrayList<>();
        int i = s.length();
        while (true) {
            while (i > 0 && PythonText.isSpace(s.charAt(i - 1))) i--;
            if (i == 0) break;
            int end = i;
            if (cuts.size() == limit) i = 0;
            while (i > 0 && !PythonText.isSpace(s.charAt(i - 1))) i--;
            cuts.add(new int[] {i, end});
            if (i == 0) break;
        }
        Collections.reverse(cuts);
        return cuts;
    }

    private static Value splitLines(Render render, Str s, Args args) {
        boolean keep = args.bind("splitlines", 0, "keepends").truth(render, 0, false);
        String chars = s.chars();
        render.chars(chars.length());
        List<Value> lines = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < chars.length()) {
            char c = chars.charAt(i++);
            boolean ends =
                    (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
            if (!ends) continue;
            int end = i - 1;
            if (c == '\r' && i < chars.length() && chars.charAt(i) == '\n') i++;
            lines.add(with(s, s.text().slice(start, keep ? i : end)));
            start = i;
        }
        if (start < chars.length()) lines.add(with(s, s.text().slice(start)));
        render.elements(lines.size());
        return new ListValue(lines);
    }

    private static Value partition(Str s, Args args, String name) {
        Str separator = args.bind(name, 1, "sep").string(0);
        if (separator.text().isEmpty()) throw TemplateError.value("empty separator");
        boolean right = name.equals("rpartition");
        List<int[]> cuts =
                right ? partsFromRight(s.chars(), separator.chars(), 1) : parts(s.chars(), separator.chars(), 1);
        if (cuts.size() == 1) {
            return new TupleValue(right ? List.of(Str.EMPTY, Str.EMPTY, s) : List.of(s, Str.EMPTY, Str.EMPTY));
        }
        return new TupleValue(List.of(
                with(s, s.text().slice(0, cuts.get(0)[1])),
                with(s, s.text().slice(cuts.get(0)[1], cuts.get(1)[0])),
                with(s, s.text().slice(cuts.get(1)[0]))));
    }

    // ---- searching -------------------------------------------------------------------------------------------------

    private static Value startsOrEnds(Str s, Args args, String name) {
        Bound bound = args.positionalOnly("str." + name + "()").bind(name, 1, "prefix", "start", "end");
        String part = part(s, bound);
        if (part == null) return Bool.FALSE;
        List<Value> candidates = bound.require(0) instanceof TupleValue t ? t.items() : List.of(bound.require(0));
        for (Value candidate : candidates) {
            if (candidate instanceof Value.Undefined u) throw u.error();
            if (!(candidate instanceof Str affix)) {
                throw TemplateError.type(name + " first arg must be str or a tuple of str, not " + candidate.type());
            }
            boolean hit = name.equals("startswith") ? part.startsWith(affix.chars()) : part.endsWith(affix.chars());
            if (hit) return Bool.TRUE;
        }
        return Bool.FALSE;
    }

    /** The text between the optional start and end arguments; null when they cross or start lies past the end. */
    private static @Nullable String part(Str s, Bound bound) {
        if (bound.orNull(1) == null && bound.orNull(2) == null) return s.chars();
        int length = Strings.length(s.text());
        int from = bound.orNull(1) == null ? 0 : bound.integer(1, 0);
        int to = bound.orNull(2) == null ? length : bound.integer(2, length);
        if (from < 0) from = Math.max(0, from + length);
        if (to < 0) to = Math.max(0, to + length);
        to = Math.min(to, length);
        if (from > to) return null;
        int start = Strings.offset(s.chars(), from);
        return s.chars().substring(start, s.chars().offsetByCodePoints(start, to - from));
    }

    private static Value search(Render render, Str s, Args args, String name) {
        Bound bound = args.positionalOnly("str." + name + "()").bind(name, 1, "sub", "start", "end");
        String wanted = bound.string(0).chars();
        String part = part(s, bound);
        render.chars(s.text().length());
        if (name.equals("count")) {
            if (part == null) return Int.of(0);
            return Int.of(wanted.isEmpty() ? part.codePointCount(0, part.length()) + 1L : occurrences(part, wanted));
        }
        int hit = -1;
        if (part != null) {
            if (name.startsWith("r")) {
                hit = lastIndexOf(part, wanted);
            } else {
                hit = Strings.indexOf(part, wanted, 0);
            }
        }
        if (hit < 0 || part == null) {
            if (name.endsWith("index")) throw TemplateError.value("substring not found");
            return Int.of(-1);
        }
        int from = bound.orNull(1) == null ? 0 : bound.integer(1, 0);
        if (from < 0) from = Math.max(0, from + Strings.length(s.text()));
        return Int.of(from + (long) part.codePointCount(0, hit));
    }

    private static int lastIndexOf(String s, String wanted) {
        if (wanted.length() < 32) return s.lastIndexOf(wanted);
        int hit = Strings.indexOf(
                new StringBuilder(s).reverse().toString(),
                new StringBuilder(wanted).reverse().toString(),
                0);
        return hit < 0 ? -1 : s.length() - hit - wanted.length();
    }

    private static long occurrences(String s, String wanted) {
        long count = 0;
        for (int hit = Strings.indexOf(s, wanted, 0);
                hit >= 0;
                hit = Strings.indexOf(s, wanted, hit + wanted.length())) {
            count++;
        }
        return count;
    }

    // ---- joining and layout ----------------------------------------------------------------------------------------

    static Str join(Render render, Str separator, Value iterable) {
        if (!Operators.isIterable(iterable)) throw TemplateError.type("can only join an iterable");
        MarkedText.Builder out = new MarkedText.Builder();
        int i = 0;
        for (Value item : Operators.iterate(render, iterable)) {
            if (!(item instanceof Str piece)) {
                throw TemplateError.type("sequence item " + i + ": expected str instance, " + item.type() + " found");
            }
            render.chars(piece.text().length());
            if (i++ > 0) out.append(separator.text());
            out.append(separator.markup() && !piece.markup() ? Strings.escape(render, piece.text()) : piece.text());
            if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
        }
        return with(separator, out.build());
    }

    private static Value justify(Render render, Str s, Args args, String name) {
        Bound bound = args.positionalOnly("str." + name + "()").bind(name, 1, "width", "fillchar");
        MarkedText fill =
                bound.get(1) == null ? MarkedText.trusted(" ") : bound.string(1).text();
        if (Strings.length(fill) != 1) {
            throw TemplateError.type("The fill character must be exactly one character long");
        }
        int length = Strings.length(s.text());
        long padding = Math.max(0L, (long) bound.integer(0, 0) - length);
        long left = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> padding;
            // CPython puts the odd one on the left when the width is odd.
            default -> padding / 2 + (padding & (padding + length) & 1);
        };
        MarkedText before = Strings.repeat(render, fill, left);
        MarkedText after = Strings.repeat(render, fill, padding - left);
        return with(s, render.concat(render.concat(before, s.text()), after));
    }

    private static Value zeroFill(Render render, Str s, Args args) {
        int width = args.bind("zfill", 1, "width").integer(0, 0);
        boolean sign = s.chars().startsWith("-") || s.chars().startsWith("+");
        MarkedText zeros =
                Strings.repeat(render, MarkedText.trusted("0"), Math.max(0L, (long) width - Strings.length(s.text())));
        MarkedText head = render.concat(s.text().slice(0, sign ? 1 : 0), zeros);
        return with(s, render.concat(head, s.text().slice(sign ? 1 : 0)));
    }

    private static Value expandTabs(Render render, Str s, Args args) {
        int size = args.bind("expandtabs", 0, "tabsize").integer(0, 8);
        MarkedText.Builder out = new MarkedText.Builder();
        int column = 0;
        for (int i = 0; i < s.text().length(); i++) {
            char c = s.chars().charAt(i);
            if (c == '\t') {
                int spaces = size <= 0 ? 0 : size - column % size;
                render.chars((long) out.length() + spaces >> 4);
                out.append(
                        " ".repeat(Math.min(spaces, render.options().maxOutputChars())),
                        s.text().isTrustedAt(i));
                if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
                column += spaces;
            } else {
                out.append(s.text(), i, i + 1);
                boolean newline = c == '\n' || c == '\r';
                column = newline ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
            }
        }
        return with(s, out.build());
    }

    // ---- case ------------------------------------------------------------------------------------------------------

    /** {@code str.title}: a letter after a non-letter is large, every other one small. */
    static String title(String s) {
        StringBuilder out = new StringBuilder(s.length());
        boolean inWord = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
            i += Character.charCount(c);
        }
        return out.toString();
    }

    static String capitalize(String s) {
        if (s.isEmpty()) return s;
        int first = s.codePointAt(0);
        String rest = s.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
        return new StringBuilder()
                .appendCodePoint(Character.toTitleCase(first))
                .append(rest)
                .toString();
    }

    private static String swapCase(String s) {
        StringBuilder out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            String one = Character.toString(c);
            out.append(
                    Character.isUpperCase(c)
                            ? one.toLowerCase(Locale.ROOT)
                            : Character.isLowerCase(c) ? one.toUpperCase(Locale.ROOT) : one);
            i += Character.charCount(c);
        }
        return out.toString();
    }
}

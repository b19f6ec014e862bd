package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Function;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters on text. What is not text yet becomes it first, as {@code str()} would. */
final class TextFilters {
    private TextFilters() {}

    private static Str text(Render render, Value input) {
        return input instanceof Str s ? s : Str.of(PythonText.str(render, input));
    }

    private static Str with(Str s, MarkedText text) {
        return new Str(text, s.markup());
    }

    /** A filter that is the string method of the same meaning. */
    static Value method(Render render, Value input, String method, Args args) {
        Value function = StringMethods.of(text(render, input), method);
        if (!(function instanceof Function f)) throw new IllegalStateException(method);
        return f.body().call(render, args);
    }

    static Value capitalize(Render render, Value input, Args args) {
        return method(render, input, "capitalize", args);
    }

    static Value center(Render render, Value input, Args args) {
        int width = args.bind("center", 0, "width").integer(0, 80);
        return method(render, input, "center", new Args(List.of(Int.of(width)), Map.of()));
    }

    static Value escape(Render render, Value input, Args args, boolean force) {
        args.bind("escape", 0);
        Str s = text(render, input);
        return s.markup() && !force ? s : new Str(Strings.escape(render, s.text()), true);
    }

    static Value format(Render render, Value input, Args args) {
        if (!args.positional().isEmpty() && !args.named().isEmpty()) {
            throw TemplateError.type("can't handle positional and keyword arguments at the same time");
        }
        if (args.named().isEmpty()) {
            return PercentFormat.format(render, text(render, input), new TupleValue(args.positional()));
        }
        DictValue.Builder named = new DictValue.Builder();
        args.named().forEach((name, value) -> named.put(Str.trusted(name), value));
        return PercentFormat.format(render, text(render, input), named.build());
    }

    static Value replace(Render render, Value input, Args args) {
        Bound bound = args.bind("replace", 2, "old", "new", "count");
        Str s = text(render, input);
        int count = bound.orNull(2) == null ? -1 : bound.integer(2, -1);
        return Str.of(Strings.replace(
                render,
                s.text(),
                PythonText.str(render, bound.require(0)),
                PythonText.str(render, bound.require(1)),
                count));
    }

    static Value indent(Render render, Value input, Args args) {
        Bound bound = args.bind("indent", 0, "width", "first", "blank");
        if (input instanceof Undefined u) throw u.error();
        if (!(input instanceof Str s)) {
            throw TemplateError.type("unsupported operand type(s) for +=: '" + input.type() + "' and 'str'");
        }
        MarkedText indention = bound.get(0) instanceof Str by
                ? by.text()
                : Strings.repeat(render, MarkedText.trusted(" "), bound.integer(0, 4));
        boolean first = bound.truth(render, 1, false);
        boolean blank = bound.truth(render, 2, false);
        MarkedText newline = MarkedText.trusted("\n");
        Value lines = method(render, with(s, render.concat(s.text(), newline)), "splitlines", Args.NONE);
        MarkedText.Builder out = new MarkedText.Builder();
        int i = 0;
        for (Value line : Operators.iterate(render, lines)) {
            MarkedText text = ((Str) line).text();
            if (i > 0) out.append(newline);
            boolean indented = i == 0 ? first : blank || !text.isEmpty();
            if (indented) out.append(indention);
            render.chars((long) text.length() + indention.length());
            out.append(text);
            if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
            i++;
        }
        return with(s, out.build());
    }

    /** Unlike {@code str.title}, only white space and opening brackets start a word here. */
    static Value title(Render render, Value input, Args args) {
        args.bind("title", 0);
        Str s = text(render, input);
        String chars = s.chars();
        render.chars(chars.length());
        StringBuilder out = new StringBuilder(chars.length());
        boolean starts = true;
        for (int i = 0; i < chars.length(); ) {
            int c = chars.codePointAt(i);
            String one = Character.toString(c);
            out.append(starts ? one.toUpperCase(Locale.ROOT) : one.toLowerCase(Locale.ROOT));
            starts = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
            i += Character.charCount(c);
        }
        return with(s, s.text().derive(out.toString()));
    }

    static Value truncate(Render render, Value input, Args args) {
        Bound bound = args.bind("truncate", 0, "length", "killwords", "end", "leeway");
        boolean measured = !(input instanceof Value.Int || input instanceof Value.Real || input instanceof Value.Bool);
        if (!measured) throw TemplateError.type("object of type '" + input.type() + "' has no len()");
        Str s = text(render, input);
        MarkedText end = bound.get(2) == null
                ? MarkedText.trusted("...")
                : bound.string(2).text();
        int length = bound.integer(0, 255);
        int leeway = bound.orNull(3) == null ? 5 : bound.integer(3, 5);
        int keep = length - Strings.length(end);
        if (keep < 0) throw TemplateError.value("expected length >= " + Strings.length(end) + ", got " + length);
        if (leeway < 0) throw TemplateError.value("expected leeway >= 0, got " + leeway);
        if (Strings.length(s.text()) <= (long) length + leeway) return s;
        MarkedText head = s.text().slice(0, Strings.offset(s.chars(), keep));
        if (!bound.truth(render, 1, false)) {
            int space = head.text().lastIndexOf(' ');
            if (space >= 0) head = head.slice(0, space);
        }
        return with(s, render.concat(head, end));
    }

    static Value wordCount(Render render, Value input, Args args) {
        args.bind("wordcount", 0);
        String s = text(render, input).chars();
        render.chars(s.length());
        int count = 0;
        boolean inside = false;
        for (int i = 0; i < s.length(); ) {
            int c = s.codePointAt(i);
            boolean word = c == '_' || Character.isLetterOrDigit(c) || Character.getType(c) == Character.OTHER_NUMBER;
            if (word && !inside) count++;
            inside = word;
            i += Character.charCount(c);
        }
        return Int.of(count);
    }

    /** Greedy filling: breaks at white space and after hyphens, and inside words that are longer than a line. */
    static Value wordWrap(Render render, Value input, Args args) {
        Bound bound = args.bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        if (!(input instanceof Str || input instanceof Value.Undefined)) {
            throw TemplateError.type("'" + input.type() + "' object has no attribute 'splitlines'");
        }
        int width = bound.integer(0, 79);
        if (width <= 0) throw TemplateError.value("invalid width " + width + " (must be > 0)");
        boolean breakLong = bound.truth(render, 1, true);
        boolean hyphens = bound.truth(render, 3, true);
        MarkedText newline = bound.orNull(2) == null
                ? MarkedText.trusted("\n")
                : bound.string(2).text();
        Str s = text(render, input);
        MarkedText.Builder out = new MarkedText.Builder();
        boolean rest = false;
        for (Value line : Operators.iterate(render, method(render, s, "splitlines", Args.NONE))) {
            List<MarkedText> wrapped = fill(((Str) line).text(), width, breakLong, hyphens);
            if (wrapped.isEmpty()) wrapped = List.of(MarkedText.EMPTY);
            for (MarkedText part : wrapped) {
                render.chars((long) part.length() + newline.length());
                if (rest) out.append(newline);
                out.append(part);
                rest = true;
                if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
            }
        }
        return with(s, out.build());
    }

    private static List<MarkedText> fill(MarkedText line, int width, boolean breakLong, boolean hyphens) {
        String s = line.text();
        List<MarkedText> lines = new ArrayList<>();
        int start = 0;
        int end = 0;
        int i = 0;
        while (i < s.length()) {
            int next = chunkEnd(s, i, hyphens);
            boolean space = PythonText.isSpace(s.charAt(i));
            if (space && start == i && !lines.isEmpty()) {
                start = end = i = next;
            } else if (next - start <= width) {
                i = next;
                if (!space) end = next;
            } else if (end > start || space) {
                if (end > start) lines.add(line.slice(start, end));
                if (space) i = next;
                start = end = i;
            } else if (breakLong) {
                int cut = Math.max(start + 1, Math.min(s.length(), start + width));
                if (cut < s.length() && Character.isLowSurrogate(s.charAt(cut))) cut++;
                lines.add(line.slice(start, cut));
                start = end = i = cut;
            } else {
                lines.add(line.slice(start, next));
                start = end = i = next;
            }
        }
        if (end > start) lines.add(line.slice(start, end));
        return lines;
    }

    private static int chunkEnd(String s, int from, boolean hyphens) {
        boolean space = PythonText.isSpace(s.charAt(from));
        int i = from + 1;
        while (i < s.length() && PythonText.isSpace(s.charAt(i)) == space) {
            boolean hyphen = hyphens
                    && s.charAt(i - 1) == '-'
                    && i - 2 >= from
                    && Character.isLetter(s.charAt(i - 2))
                    && Character.isLetter(s.charAt(i));
            if (hyphen) return i;
            i++;
        }
        return i;
    }

    static Value stripTags(Render render, Value input, Args args) {
        args.bind("striptags", 0);
        Str s = text(render, input);
        render.chars(s.text().length());
        StringBuilder plain = new StringBuilder();
        String chars = s.chars();
        int at = 0;
        while (at < chars.length()) {
            int open = chars.indexOf('<', at);
            boolean comment = open >= 0 && chars.startsWith("<!--", open);
            int close = open < 0 ? -1 : chars.indexOf(comment ? "-->" : ">", open);
            if (close < 0) break;
            plain.append(chars, at, open);
            at = close + (comment ? 3 : 1);
        }
        plain.append(chars, at, chars.length());
        StringBuilder words = new StringBuilder();
        boolean gap = false;
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (PythonText.isSpace(c)) {
                gap = true;
            } else {
                if (gap && !words.isEmpty()) words.append(' ');
                gap = false;
                words.append(c);
            }
        }
        String unescaped = words.toString()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
        return Str.of(s.text().derive(unescaped));
    }

    static Value urlEncode(Render render, Value input, Args args) {
        args.bind("urlencode", 0);
        boolean pairs = !(input instanceof Str) && Operators.isIterable(input);
        if (!pairs) {
            MarkedText text = PythonText.str(render, input);
            return Str.of(text.derive(quote(render, text.text(), false)));
        }
        List<Value> items = input instanceof DictValue d ? d.items() : Operators.iterate(render, input);
        MarkedText.Builder out = new MarkedText.Builder();
        for (Value item : items) {
            List<Value> pair = Operators.iterate(render, item);
            if (pair.size() != 2) throw TemplateError.value("urlencode needs pairs");
            if (out.length() > 0) out.appendTrusted("&");
            MarkedText key = PythonText.str(render, pair.get(0));
            MarkedText value = PythonText.str(render, pair.get(1));
            out.append(key.derive(quote(render, key.text(), true))).appendTrusted("=");
            out.append(value.derive(quote(render, value.text(), true)));
        }
        return Str.of(out.build());
    }

    private static String quote(Render render, String s, boolean query) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        render.chars(3L * bytes.length);
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            int c = b & 0xFF;
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0);
            if (plain || (c == '/' && !query)) out.append((char) c);
            else if (c == ' ' && query) out.append('+');
            else out.append(String.format("%%%02X", c));
        }
        return out.toString();
    }

    static Value xmlAttributes(Render render, Value input, Args args) {
        boolean space = args.bind("xmlattr", 0, "autospace").truth(render, 0, true);
        if (!(input instanceof DictValue dict)) throw TemplateError.type("xmlattr needs a mapping");
        MarkedText.Builder out = new MarkedText.Builder();
        for (DictValue.Entry entry : dict.entries()) {
            if (entry.value() instanceof Value.NoneValue || entry.value() instanceof Undefined) continue;
            MarkedText key = PythonText.str(render, entry.key());
            boolean bad = key.text().chars().anyMatch(c -> PythonText.isSpace(c) || "/>=".indexOf(c) >= 0);
            if (bad) throw TemplateError.value("Invalid character in attribute name: '" + key.text() + "'");
            if (space || out.length() > 0) out.appendTrusted(" ");
            out.append(Strings.escape(render, key)).appendTrusted("=\"");
            out.append(Strings.escape(render, PythonText.str(render, entry.value())))
                    .appendTrusted("\"");
        }
        return Str.of(out.build());
    }
}

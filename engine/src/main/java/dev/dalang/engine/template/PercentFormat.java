package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.List;

/** {@code "…%s…" % values}, the printf-style formatting of Python strings. */
final class PercentFormat {
    private final Render render;
    private final Str format;
    private final Value arguments;
    private final List<Value> positional;
    private int used;

    private PercentFormat(Render render, Str format, Value arguments) {
        this.render = render;
        this.format = format;
        this.arguments = arguments;
        this.positional = arguments instanceof TupleValue t ? t.items() : List.of(arguments);
    }

    static Value format(Render render, Str format, Value arguments) {
        return new Str(new PercentFormat(render, format, arguments).format(), format.markup());
    }

    private MarkedText format() {
        MarkedText text = format.text();
        String s = text.text();
        render.chars(s.length());
        MarkedText.Builder out = new MarkedText.Builder();
        int plain = 0;
        for (int i = s.indexOf('%'); i >= 0; i = s.indexOf('%', plain)) {
            out.append(text, plain, i);
            plain = conversion(s, i + 1, out);
            if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
        }
        // A list counts as a mapping here, as in Python.
        boolean mapping = arguments instanceof DictValue || arguments instanceof ListValue;
        boolean leftOver = used < positional.size() && !mapping;
        if (leftOver) throw TemplateError.type("not all arguments converted during string formatting");
        return out.append(text, plain, s.length()).build();
    }

    /** One conversion that starts behind its percent sign; returns where it ends. */
    private int conversion(String s, int from, MarkedText.Builder out) {
        int i = from;
        Value named = null;
        if (i < s.length() && s.charAt(i) == '(') {
            int close = s.indexOf(')', i);
            if (close < 0) throw TemplateError.value("incomplete format key");
            if (!(arguments instanceof DictValue dict)) throw TemplateError.type("format requires a mapping");
            String key = s.substring(i + 1, close);
            named = dict.get(key);
            if (named == null) throw TemplateError.value("the mapping has no key '" + key + "'");
            i = close + 1;
        }
        boolean left = false;
        boolean zero = false;
        boolean alternate = false;
        char sign = '-';
        flags:
        for (; i < s.length(); i++) {
            switch (s.charAt(i)) {
                case '-' -> left = true;
                case '0' -> zero = true;
                case '#' -> alternate = true;
                case '+' -> sign = '+';
                case ' ' -> sign = sign == '+' ? '+' : ' ';
                default -> {
                    break flags;
                }
            }
        }
        int width;
        if (i < s.length() && s.charAt(i) == '*') {
            width = starred();
            left |= width < 0;
            width = Math.abs(width);
            i++;
        } else {
            int end = FormatSpec.digitsEnd(s, i);
            width = FormatSpec.number(s, i, end);
            i = end;
        }
        int precision = -1;
        if (i < s.length() && s.charAt(i) == '.') {
            i++;
            if (i < s.length() && s.charAt(i) == '*') {
                precision = Math.max(0, starred());
                i++;
            } else {
                int end = FormatSpec.digitsEnd(s, i);
                precision = FormatSpec.number(s, i, end);
                i = end;
            }
        }
        while (i < s.length() && "hlL".indexOf(s.charAt(i)) >= 0) i++;
        if (i >= s.length()) throw TemplateError.value("incomplete format");
        char type = s.charAt(i);
        if (type == '%') {
            out.appendTrusted("%");
            return i + 1;
        }
        Value value = named != null ? named : nextArgument();
        out.append(convert(value, type, new Layout(left, zero, alternate, sign, width, precision)));
        return i + 1;
    }

    private record Layout(boolean left, boolean zero, boolean alternate, char sign, int width, int precision) {}

    private int starred() {
        return Math.clamp(Numbers.clampedIndex(nextArgument(), "* wants int,"), -1_000_000_000, 1_000_000_000);
    }

    private Value nextArgument() {
        if (used >= positional.size()) throw TemplateError.type("not enough arguments for format string");
        return positional.get(used++);
    }

    private MarkedText convert(Value value, char type, Layout layout) {
        MarkedText space = MarkedText.trusted(" ");
        switch (type) {
            case 's', 'r', 'a' -> {
                MarkedText text = type == 's' ? PythonText.str(render, value) : PythonText.repr(render, value);
                if (format.markup() && !(value instanceof Str s && s.markup())) text = Strings.escape(render, text);
                char align = layout.left ? '<' : '>';
                return new FormatSpec(space, align, '-', false, layout.width, ' ', layout.precision, 's')
                        .apply(render, Str.of(text));
            }
            case 'c' -> {
                boolean character = value instanceof Str s && Strings.length(s.text()) == 1;
                if (!character && Numbers.integer(value) == null) throw TemplateError.type("%c requires int or char");
                char align = layout.left ? '<' : '>';
                return new FormatSpec(space, align, '-', false, layout.width, ' ', -1, character ? 's' : 'c')
                        .apply(render, value);
            }
            case 'd', 'i', 'u', 'x', 'X', 'o', 'e', 'E', 'f', 'F', 'g', 'G' -> {
                return number(value, type == 'i' || type == 'u' ? 'd' : type, layout);
            }
            default -> throw TemplateError.value("unsupported format character '" + type + "'");
        }
    }

    private MarkedText number(Value value, char type, Layout layout) {
        if (value instanceof Undefined u) throw u.error();
        if (!Numbers.isNumber(value)) {
            throw TemplateError.type("%" + type + " format: a real number is required, not " + value.type());
        }
        boolean integer = "dxXo".indexOf(type) >= 0;
        Value number = value;
        if (integer && value instanceof Real r) {
            if (type != 'd') throw TemplateError.type("%" + type + " format: an integer is required, not float");
            number = ScalarFilters.truncate(r.value());
        }
        boolean zero = layout.zero && !layout.left;
        char align = layout.left ? '<' : zero ? '=' : '>';
        MarkedText fill = MarkedText.trusted(zero ? "0" : " ");
        int precision = integer ? -1 : layout.precision;
        return new FormatSpec(fill, align, layout.sign, layout.alternate, layout.width, ' ', precision, type)
                .apply(render, number);
    }
}

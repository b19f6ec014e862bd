package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Str;

/** {@code "…{}…".format(…)} with the sandbox's rule that fields see no more than expressions do. */
final class BraceFormat {
    private static final int UNDECIDED = -2;
    private static final int MANUAL = -1;

    private final Render render;
    private final Args args;
    /** The next automatic field, or how fields are numbered. */
    private int automatic = UNDECIDED;

    private BraceFormat(Render render, Args args) {
        this.render = render;
        this.args = args;
    }

    static MarkedText format(Render render, Str format, Args args) {
        return new BraceFormat(render, args).format(format.text(), 2);
    }

    private MarkedText format(MarkedText text, int levels) {
        if (levels == 0) throw TemplateError.value("Max string recursion exceeded");
        String s = text.text();
        render.chars(s.length());
        MarkedText.Builder out = new MarkedText.Builder();
        int i = 0;
        while (i < s.length()) {
            char c = s.charAt(i);
            if (c != '{' && c != '}') {
                int end = i;
                while (end < s.length() && s.charAt(end) != '{' && s.charAt(end) != '}') end++;
                out.append(text, i, end);
                i = end;
            } else if (i + 1 < s.length() && s.charAt(i + 1) == c) {
                out.append(text, i, i + 1);
                i += 2;
            } else if (c == '}') {
                throw TemplateError.value("Single '}' encountered in format string");
            } else {
                int end = fieldEnd(s, i);
                out.append(field(text.slice(i + 1, end), levels));
                if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
                i = end + 1;
            }
        }
        return out.build();
    }

    private static int fieldEnd(String s, int open) {
        int depth = 0;
        for (int i = open; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '{') depth++;
            else if (c == '}' && --depth == 0) return i;
        }
        throw TemplateError.value("expected '}' before end of string");
    }

    private MarkedText field(MarkedText field, int levels) {
        String s = field.text();
        int end = 0;
        boolean bracket = false;
        while (end < s.length() && (bracket || (s.charAt(end) != '!' && s.charAt(end) != ':'))) {
            if (s.charAt(end) == '[') bracket = true;
            else if (s.charAt(end) == ']') bracket = false;
            end++;
        }
        Value value = lookUp(s.substring(0, end));
        int spec = end;
        if (end < s.length() && s.charAt(end) == '!') {
            char conversion = end + 1 < s.length() ? s.charAt(end + 1) : ' ';
            value = Str.of(
                    switch (conversion) {
                        case 's' -> PythonText.str(render, value);
                        case 'r', 'a' -> PythonText.repr(render, value);
                        default -> throw TemplateError.value("Unknown conversion specifier '" + conversion + "'");
                    });
            spec = end + 2;
            if (spec < s.length() && s.charAt(spec) != ':') {
                throw TemplateError.value("expected ':' after conversion specifier");
            }
        }
        MarkedText layout = spec < s.length() ? format(field.slice(spec + 1), levels - 1) : MarkedText.EMPTY;
        return FormatSpec.parse(layout).apply(render, value);
    }

    /** {@code name.attribute[item]…}. */
    private Value lookUp(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') end++;
        Value value = argument(path.substring(0, end));
        int i = end;
        while (i < path.length()) {
            render.step();
            if (path.charAt(i) == '.') {
                int next = i + 1;
                while (next < path.length() && path.charAt(next) != '.' && path.charAt(next) != '[') next++;
                value = Lookup.attribute(render, value, path.substring(i + 1, next));
                i = next;
            } else if (path.charAt(i) == '[') {
                int close = path.indexOf(']', i);
                if (close < 0) throw TemplateError.value("Missing ']' in format string");
                String key = path.substring(i + 1, close);
                boolean index = !key.isEmpty() && FormatSpec.digitsEnd(key, 0) == key.length() && key.length() < 10;
                value = Lookup.item(render, value, index ? Int.of(Long.parseLong(key)) : Str.trusted(key));
                i = close + 1;
            } else {
                throw TemplateError.value("Only '.' or '[' may follow ']' in format field specifier");
            }
        }
        return value;
    }

    private Value argument(String name) {
        boolean number = FormatSpec.digitsEnd(name, 0) == name.length();
        if (!number) {
            Value value = args.named().get(name);
            if (value == null) throw TemplateError.value("format() has no argument '" + name + "'");
            return value;
        }
        int index;
        if (name.isEmpty()) {
            if (automatic == MANUAL) {
                throw TemplateError.value("cannot switch from manual field specification to automatic field numbering");
            }
            if (automatic == UNDECIDED) automatic = 0;
            index = automatic++;
        } else {
            if (automatic >= 0) {
                throw TemplateError.value("cannot switch from automatic field numbering to manual field specification");
            }
            automatic = MANUAL;
            index = FormatSpec.number(name, 0, name.length());
        }
        if (index >= args.positional().size()) {
            throw TemplateError.value("Replacement index " + index + " out of range for positional args tuple");
        }
        return args.positional().get(index);
    }
}

package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.NamespaceValue;
import dev.dalang.engine.template.Value.NoneValue;
import dev.dalang.engine.template.Value.Range;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** {@code str()} and {@code repr()} as Python writes them, and what Python holds for white space and printable. */
final class PythonText {
    private PythonText() {}

    // ---- characters ------------------------------------------------------------------------------------------------

    /** {@code str.isspace}: the white space of {@code strip} and {@code split}; all of it lies in the BMP. */
    static boolean isSpace(int c) {
        return switch (c) {
            case ' ', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default -> (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) || (c >= 0x2000 && c <= 0x200A);
        };
    }

    /** {@code str.isprintable} for one code point. */
    static boolean isPrintable(int c) {
        if (c == ' ') return true;
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /** The escapes of a Python string literal; an unknown one stays as it is written. */
    static String unescape(String literal, int position) {
        if (literal.indexOf('\\') < 0) return literal;
        StringBuilder out = new StringBuilder(literal.length());
        int i = 0;
        while (i < literal.length()) {
            char c = literal.charAt(i++);
            if (c != '\\' || i == literal.length()) {
                out.append(c);
                continue;
            }
            char escape = literal.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append((char) 7);
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append((char) 11);
                case 'x' -> i = hex(literal, i, 2, out, position);
                case 'u' -> i = hex(literal, i, 4, out, position);
                case 'U' -> i = hex(literal, i, 8, out, position);
                case 'N' -> i = named(literal, i, out, position);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int value = escape - '0';
                    for (int n = 0; n < 2 && i < literal.length() && isOctal(literal.charAt(i)); n++) {
                        value = value * 8 + literal.charAt(i++) - '0';
                    }
                    out.append((char) value);
                }
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private static int hex(String literal, int from, int digits, StringBuilder out, int position) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            char c = i < literal.length() ? literal.charAt(i) : ' ';
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) throw TemplateError.syntax("a string has a cut-off \\x, \\u or \\U escape", position);
            value = value << 4 | digit;
        }
        if (!Character.isValidCodePoint(value)) {
            throw TemplateError.syntax("a string has an escape beyond the last character of Unicode", position);
        }
        out.appendCodePoint(value);
        return from + digits;
    }

    private static int named(String literal, int from, StringBuilder out, int position) {
        int end = literal.indexOf('}', from);
        if (end < 0 || !literal.startsWith("{", from)) {
            throw TemplateError.syntax("a string has a malformed \\N{…} escape", position);
        }
        String name = literal.substring(from + 1, end);
        try {
            out.appendCodePoint(Character.codePointOf(name));
        } catch (IllegalArgumentException e) {
            throw TemplateError.syntax("no character is called '" + name + "'", position);
        }
        return end + 1;
    }

    // ---- str and repr ----------------------------------------------------------------------------------------------

    /** {@code str(value)}: what printing shows. */
    static MarkedText str(Render render, Value value) {
        return switch (value) {
            case Str s -> s.text();
            case Undefined ignored -> MarkedText.EMPTY;
            default -> repr(render, value);
        };
    }

    static MarkedText repr(Render render, Value value) {
        MarkedText.Builder out = new MarkedText.Builder();
        repr(render, value, out, 0);
        return out.build();
    }

    private static void repr(Render render, Value value, MarkedText.Builder out, int depth) {
        Render.checkValueDepth(depth);
        render.chars(out.length());
        switch (value) {
            case NoneValue ignored -> out.appendTrusted("None");
            case Bool b -> out.appendTrusted(b.value() ? "True" : "False");
            case Int i -> out.appendTrusted(i.value().toString());
            case Real r -> out.appendTrusted(real(r.value()));
            case Str s -> {
                if (s.markup()) out.appendTrusted("Markup(");
                quote(s.text(), out);
                if (s.markup()) out.appendTrusted(")");
            }
            case ListValue l -> sequence(render, "[", l.items(), "]", out, depth);
            case TupleValue t -> sequence(render, "(", t.items(), t.items().size() == 1 ? ",)" : ")", out, depth);
            case DictValue d -> {
                String separator = "{";
                for (DictValue.Entry entry : d.entries()) {
                    out.appendTrusted(separator);
                    repr(render, entry.key(), out, depth + 1);
                    out.appendTrusted(": ");
                    repr(render, entry.value(), out, depth + 1);
                    separator = ", ";
                }
                out.appendTrusted(d.size() == 0 ? "{}" : "}");
            }
            case Value.View v -> sequence(render, v.type() + "([", v.items(), "])", out, depth);
            case Range r ->
                out.appendTrusted(
                        "range(" + r.start() + ", " + r.stop() + (r.step() == 1 ? "" : ", " + r.step()) + ")");
            case NamespaceValue n -> {
                out.appendTrusted("<Namespace {");
                String separator = "";
                for (Map.Entry<String, Value> entry : n.attributes().entrySet()) {
                    out.appendTrusted(separator);
                    quote(MarkedText.trusted(entry.getKey()), out);
                    out.appendTrusted(": ");
                    repr(render, entry.getValue(), out, depth + 1);
                    separator = ", ";
                }
                out.appendTrusted("}>");
            }
            case Undefined ignored -> out.appendTrusted("Undefined");
            case Value.Generator g -> out.appendTrusted("<" + g.type() + " object>");
            case Value.Function f -> out.appendTrusted("<function " + f.name() + ">");
            case Value.ObjectValue o -> out.appendTrusted(o.repr());
        }
    }

    private static void sequence(
            Render render, String open, List<Value> items, String close, MarkedText.Builder out, int depth) {
        out.appendTrusted(open);
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) out.appendTrusted(", ");
            repr(render, items.get(i), out, depth + 1);
        }
        out.appendTrusted(close);
    }

    /** A string literal: in single quotes unless the text has those and no double ones. */
    private static void quote(MarkedText text, MarkedText.Builder out) {
        String chars = text.text();
        String quote = chars.indexOf('\'') >= 0 && chars.indexOf('"') < 0 ? "\"" : "'";
        out.appendTrusted(quote);
        int plain = 0;
        int i = 0;
        while (i < chars.length()) {
            int c = chars.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c == quote.charAt(0) || c == '\\' || !isPrintable(c)) {
                out.append(text, plain, i).append(escaped(c), text.isTrustedAt(i));
                plain = next;
            }
            i = next;
        }
        out.append(text, plain, chars.length()).appendTrusted(quote);
    }

    private static String escaped(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\'', '"', '\\' -> "\\" + (char) c;
            default -> {
                if (c < 0x100) yield String.format("\\x%02x", c);
                yield c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c);
            }
        };
    }

    /**
     * The shortest decimal that reads back as {@code d}, in Python's layout: an exponent below 1e-4 and from 1e16 on.
     * {@link Double#toString} finds the digits (Giulietti, "The Schubfach way to render doubles", 2020).
     */
    static String real(double d) {
        if (Double.isNaN(d)) return "nan";
        if (Double.isInfinite(d)) return d > 0 ? "inf" : "-inf";
        if (d == 0) return 1 / d < 0 ? "-0.0" : "0.0";
        BigDecimal exact = shortest(d);
        String digits = exact.unscaledValue().abs().toString();
        int exponent = digits.length() - exact.scale() - 1;
        StringBuilder out = new StringBuilder(d < 0 ? "-" : "");
        if (exponent < -4 || exponent >= 16) {
            out.append(digits.charAt(0));
            if (digits.length() > 1) out.append('.').append(digits, 1, digits.length());
            out.append(exponent < 0 ? "e-" : "e+");
            if (Math.abs(exponent) < 10) out.append('0');
            return out.append(Math.abs(exponent)).toString();
        }
        if (exponent < 0)
            return out.append("0.").repeat('0', -exponent - 1).append(digits).toString();
        if (digits.length() <= exponent + 1) {
            return out.append(digits)
                    .repeat('0', exponent + 1 - digits.length())
                    .append(".0")
                    .toString();
        }
        return out.append(digits, 0, exponent + 1)
                .append('.')
                .append(digits, exponent + 1, digits.length())
                .toString();
    }

    private static BigDecimal shortest(double d) {
        BigDecimal decimal = new BigDecimal(Double.toString(d)).stripTrailingZeros();
        // Java never stops at one digit: it gives 4.9E-324 where 5e-324 is enough.
        if (decimal.precision() == 2) {
            BigDecimal one = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
            if (one.doubleValue() == d) return one.stripTrailingZeros();
        }
        return decimal;
    }
}

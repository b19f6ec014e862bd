package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * How one value is laid out: Python's format specification mini-language,
 * {@code [[fill]align][sign][#][0][width][grouping][.precision][type]}. {@code %} formats are translated to it.
 *
 * @param align one of {@code < > = ^}, or a blank for the type's own
 * @param precision digits, or -1
 * @param type the conversion letter, or a blank
 */
record FormatSpec(
        MarkedText fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final int MAX_PRECISION = 1_000;

    static FormatSpec parse(MarkedText source) {
        String s = source.text();
        MarkedText fill = MarkedText.trusted(" ");
        char align = ' ';
        int i = 0;
        int first = s.isEmpty() ? 0 : Character.charCount(s.codePointAt(0));
        if (s.length() > first && isAlign(s.charAt(first))) {
            fill = source.slice(0, first);
            align = s.charAt(first);
            i = first + 1;
        } else if (!s.isEmpty() && isAlign(s.charAt(0))) {
            align = s.charAt(0);
            i = 1;
        }
        char sign = '-';
        if (i < s.length() && "+- ".indexOf(s.charAt(i)) >= 0) sign = s.charAt(i++);
        boolean alternate = i < s.length() && s.charAt(i) == '#';
        if (alternate) i++;
        if (i < s.length() && s.charAt(i) == '0') {
            i++;
            if (align == ' ') {
                align = '=';
                fill = MarkedText.trusted("0");
            }
        }
        int end = digitsEnd(s, i);
        int width = number(s, i, end);
        i = end;
        char grouping = ' ';
        if (i < s.length() && (s.charAt(i) == ',' || s.charAt(i) == '_')) grouping = s.charAt(i++);
        int precision = -1;
        if (i < s.length() && s.charAt(i) == '.') {
            end = digitsEnd(s, i + 1);
            if (end == i + 1) throw TemplateError.value("Format specifier missing precision");
            precision = number(s, i + 1, end);
            i = end;
        }
        char type = i < s.length() ? s.charAt(i++) : ' ';
        if (i < s.length()) throw TemplateError.value("Invalid format specifier '" + s + "'");
        return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
    }

    private static boolean isAlign(char c) {
        return c == '<' || c == '>' || c == '=' || c == '^';
    }

    static int digitsEnd(String s, int from) {
        int i = from;
        while (i < s.length() && s.charAt(i) >= '0' && s.charAt(i) <= '9') i++;
        return i;
    }

    static int number(String s, int from, int to) {
        if (to - from > 9) throw TemplateError.limit("a width or precision in a format is too large");
        return from == to ? 0 : Integer.parseInt(s.substring(from, to));
    }

    /** The value laid out by this specification. */
    MarkedText apply(Render render, Value value) {
        if (value instanceof Value.Undefined u && type != ' ') throw u.error();
        if (value instanceof Str s) {
            if (type != ' ' && type != 's') throw unknownType("str");
            if (align == '=') throw TemplateError.value("'=' alignment not allowed in string format specifier");
            MarkedText text = s.text();
            if (precision >= 0 && precision < Strings.length(text)) {
                text = text.slice(0, Strings.offset(s.chars(), precision));
            }
            return pad(render, MarkedText.EMPTY, text, '<');
        }
        if (value instanceof Bool && type == ' ' && width == 0) return PythonText.str(render, value);
        BigInteger integer = Numbers.integer(value);
        if (integer != null && "fFeEgG%".indexOf(type) < 0) return applyInteger(render, integer);
        if (integer != null || value instanceof Real) return applyReal(render, value);
        if (width != 0 || type != ' ' || precision >= 0) {
            throw TemplateError.type("unsupported format string passed to " + value.type() + ".__format__");
        }
        return PythonText.str(render, value);
    }

    private TemplateError unknownType(String of) {
        return TemplateError.value("Unknown format code '" + type + "' for object of type '" + of + "'");
    }

    private MarkedText applyInteger(Render render, BigInteger value) {
        if (precision >= 0) throw TemplateError.value("Precision not allowed in integer format specifier");
        String digits = value.abs()
                .toString(
                        switch (type) {
                            case 'x', 'X' -> 16;
                            case 'o' -> 8;
                            case 'b' -> 2;
                            default -> 10;
                        });
        String prefix = "";
        switch (type) {
            case ' ', 'd', 'n' -> {}
            case 'x', 'o', 'b' -> prefix = alternate ? "0" + type : "";
            case 'X' -> {
                digits = digits.toUpperCase(Locale.ROOT);
                prefix = alternate ? "0X" : "";
            }
            case 'c' -> {
                if (value.bitLength() > 21 || !Character.isValidCodePoint(value.intValue())) {
                    throw TemplateError.value("%c arg not in range(0x110000)");
                }
                return pad(render, MarkedText.EMPTY, MarkedText.trusted(Character.toString(value.intValue())), '<');
            }
            default -> throw unknownType("int");
        }
        if (grouping != ' ') digits = group(digits, type == ' ' || type == 'd' || type == 'n' ? 3 : 4);
        return pad(render, MarkedText.trusted(sign(value.signum() < 0) + prefix), MarkedText.trusted(digits), '>');
    }

    private MarkedText applyReal(Render render, Value value) {
        double d = Numbers.real(value);
        if (precision > MAX_PRECISION) throw TemplateError.limit("a precision in a format is too large");
        boolean negative = d < 0 || (d == 0 && 1 / d < 0);
        double magnitude = Math.abs(d);
        String digits;
        if (Double.isNaN(d) || Double.isInfinite(d)) {
            digits = Double.isNaN(d) ? "nan" : "inf";
            if (type == '%') digits += "%";
        } else {
            int places = precision < 0 ? 6 : precision;
            digits = switch (type) {
                case 'f', 'F' -> fixed(magnitude, places);
                case 'e', 'E' -> scientific(magnitude, places);
                case 'g', 'G', 'n' -> general(magnitude, places, alternate);
                case '%' -> fixed(magnitude * 100, places) + "%";
                case ' ' -> {
                    if (precision < 0) yield PythonText.real(magnitude);
                    String general = general(magnitude, Math.max(1, precision), false);
                    yield general.matches("[0-9]+") ? general + ".0" : general;
                }
                default -> throw unknownType("float");
            };
        }
        if (Character.isUpperCase(type)) digits = digits.toUpperCase(Locale.ROOT);
        if (grouping != ' ') {
            int whole = digitsEnd(digits, 0);
            digits = group(digits.substring(0, whole), 3) + digits.substring(whole);
        }
        return pad(render, MarkedText.trusted(sign(negative && !Double.isNaN(d))), MarkedText.trusted(digits), '>');
    }

    private String sign(boolean negative) {
        return negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    }

    private String group(String digits, int size) {
        StringBuilder out = new StringBuilder(digits);
        for (int i = digits.length() - size; i > 0; i -= size) out.insert(i, grouping);
        return out.toString();
    }

    private MarkedText pad(Render render, MarkedText head, MarkedText body, char usual) {
        long padding = Math.max(0L, (long) width - Strings.length(head) - Strings.length(body));
        char side = align == ' ' ? usual : align;
        long before = switch (side) {
            case '<' -> 0;
            case '^' -> padding / 2;
            default -> padding;
        };
        MarkedText left = Strings.repeat(render, fill, before);
        MarkedText right = Strings.repeat(render, fill, padding - before);
        MarkedText start = side == '=' ? render.concat(head, left) : render.concat(left, head);
        return render.concat(render.concat(start, body), right);
    }

    // ---- floats to digits ------------------------------------------------------------------------------------------

    /** {@code %.nf} of a magnitude: the exact binary value rounded half to even. */
    static String fixed(double magnitude, int places) {
        return new BigDecimal(magnitude)
                .setScale(places, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private static String scientific(double magnitude, int places) {
        BigDecimal rounded = new BigDecimal(magnitude).round(new MathContext(places + 1, RoundingMode.HALF_EVEN));
        String digits = rounded.unscaledValue().toString();
        int exponent = magnitude == 0 ? 0 : digits.length() - 1 - rounded.scale();
        StringBuilder out = new StringBuilder(digits).repeat('0', Math.max(0, places + 1 - digits.length()));
        out.setLength(places + 1);
        if (places > 0) out.insert(1, '.');
        return out.append(exponent(exponent)).toString();
    }

    private static String exponent(int exponent) {
        String digits = Integer.toString(Math.abs(exponent));
        return (exponent < 0 ? "e-" : "e+") + (digits.length() < 2 ? "0" + digits : digits);
    }

    private static String general(double magnitude, int places, boolean keepZeros) {
        int significant = Math.max(1, places);
        BigDecimal rounded = new BigDecimal(magnitude).round(new MathContext(significant, RoundingMode.HALF_EVEN));
        int exponent = magnitude == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
        boolean plain = exponent >= -4 && exponent < significant;
        String digits = plain ? fixed(magnitude, significant - 1 - exponent) : scientific(magnitude, significant - 1);
        if (keepZeros || digits.indexOf('.') < 0) return digits;
        int mantissa = digits.indexOf('e') < 0 ? digits.length() : digits.indexOf('e');
        int end = mantissa;
        while (digits.charAt(end - 1) == '0') end--;
        if (digits.charAt(end - 1) == '.') end--;
        return digits.substring(0, end) + digits.substring(mantissa);
    }
}

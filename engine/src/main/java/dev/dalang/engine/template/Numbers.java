package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Python's arithmetic: integers of any size (up to a limit), floats, and booleans as integers. */
final class Numbers {
    /** Python prints integers of up to 4300 digits; these are as many bits, well below any cost that matters. */
    private static final long MAX_BITS = 14_284;

    private Numbers() {}

    static boolean isNumber(Value value) {
        return value instanceof Int || value instanceof Real || value instanceof Bool;
    }

    /** The value of an int or a bool, or null. */
    static @Nullable BigInteger integer(Value value) {
        return switch (value) {
            case Int i -> i.value();
            case Bool b -> b.value() ? BigInteger.ONE : BigInteger.ZERO;
            default -> null;
        };
    }

    static double real(Value value) {
        if (value instanceof Real r) return r.value();
        BigInteger i = integer(value);
        if (i == null) throw TemplateError.type("must be real number, not " + value.type());
        double d = i.doubleValue();
        if (Double.isInfinite(d)) throw TemplateError.value("int too large to convert to float");
        return d;
    }

    /** An index or count: an int, far values pulled in to where they mean the same. */
    static long clampedIndex(Value value, String what) {
        BigInteger i = integer(value);
        if (value instanceof Undefined u) throw u.error();
        if (i == null) throw TemplateError.type(what + " must be an integer, not " + value.type());
        if (i.bitLength() < 62) return i.longValue();
        return i.signum() < 0 ? -(1L << 62) : 1L << 62;
    }

    static Int checked(BigInteger value) {
        if (value.bitLength() > MAX_BITS) throw TemplateError.limit("an integer has more than 4300 digits");
        return new Int(value);
    }

    /** Two numbers under one operator; the caller has checked that both are numbers. */
    static Value arithmetic(String operator, Value left, Value right) {
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        if (a == null || b == null) return realArithmetic(operator, real(left), real(right));
        return switch (operator) {
            case "+" -> checked(a.add(b));
            case "-" -> checked(a.subtract(b));
            case "*" -> checked(a.multiply(b));
            case "/" -> new Real(quotient(a, nonZero(b, "division by zero")));
            case "//" -> new Int(floorDivide(a, nonZero(b, "integer division or modulo by zero"))[0]);
            case "%" -> new Int(floorDivide(a, nonZero(b, "integer modulo by zero"))[1]);
            case "**" -> power(a, b);
            default -> throw new IllegalStateException(operator);
        };
    }

    private static Value realArithmetic(String operator, double a, double b) {
        return new Real(
                switch (operator) {
                    case "+" -> a + b;
                    case "-" -> a - b;
                    case "*" -> a * b;
                    case "/" -> a / nonZero(b, "float division by zero");
                    case "//" -> floorQuotient(a, nonZero(b, "float floor division by zero"));
                    case "%" -> floorRemainder(a, nonZero(b, "float modulo"));
                    case "**" -> realPower(a, b);
                    default -> throw new IllegalStateException(operator);
                });
    }

    private static BigInteger nonZero(BigInteger divisor, String message) {
        if (divisor.signum() == 0) throw TemplateError.value(message);
        return divisor;
    }

    private static double nonZero(double divisor, String message) {
        if (divisor == 0) throw TemplateError.value(message);
        return divisor;
    }

    private static double quotient(BigInteger a, BigInteger b) {
        if (a.bitLength() <= 53 && b.bitLength() <= 53) return a.doubleValue() / b.doubleValue();
        double d = new BigDecimal(a)
                .divide(new BigDecimal(b), new MathContext(60, RoundingMode.HALF_EVEN))
                .doubleValue();
        if (Double.isInfinite(d)) throw TemplateError.value("integer division result too large for a float");
        return d;
    }

    /** Quotient rounded down and the remainder with the divisor's sign. */
    private static BigInteger[] floorDivide(BigInteger a, BigInteger b) {
        BigInteger[] result = a.divideAndRemainder(b);
        if (result[1].signum() != 0 && result[1].signum() != b.signum()) {
            result[0] = result[0].subtract(BigInteger.ONE);
            result[1] = result[1].add(b);
        }
        return result;
    }

    static double floorRemainder(double a, double b) {
        double remainder = a % b;
        if (remainder == 0) return Math.copySign(0.0, b);
        return (b < 0) != (remainder < 0) ? remainder + b : remainder;
    }

    private static double floorQuotient(double a, double b) {
        double quotient = (a - floorRemainder(a, b)) / b;
        if (quotient == 0) return Math.copySign(0.0, a / b);
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static Value power(BigInteger base, BigInteger exponent) {
        if (exponent.signum() < 0) {
            if (base.signum() == 0) throw TemplateError.value("0.0 cannot be raised to a negative power");
            return new Real(Math.pow(real(new Int(base)), real(new Int(exponent))));
        }
        int bits = base.abs().bitLength();
        if (bits <= 1) {
            boolean positive = base.signum() >= 0 || !exponent.testBit(0);
            return new Int(exponent.signum() == 0 || (base.signum() != 0 && positive) ? BigInteger.ONE : base);
        }
        if (exponent.bitLength() > 20 || (bits - 1L) * exponent.intValue() > MAX_BITS) {
            throw TemplateError.limit("an integer has more than 4300 digits");
        }
        return checked(base.pow(exponent.intValue()));
    }

    private static double realPower(double a, double b) {
        if (a == 0 && b < 0) throw TemplateError.value("0.0 cannot be raised to a negative power");
        if (a < 0 && b != Math.rint(b)) throw TemplateError.value("the result would be a complex number");
        double d = Math.pow(a, b);
        if (Double.isInfinite(d) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw TemplateError.value("Result too large");
        }
        return d;
    }

    static int compare(Value left, Value right) {
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        if (a != null && b != null) return a.compareTo(b);
        if (a == null && b == null) return Double.compare(real(left) + 0.0, real(right) + 0.0);
        // An int and a float: exactly, as Python does.
        double d = a == null ? real(left) : real(right);
        if (Double.isNaN(d)) return 2;
        if (Double.isInfinite(d)) return (a == null) == (d > 0) ? 1 : -1;
        BigDecimal x = a == null ? new BigDecimal(d) : new BigDecimal(a);
        return x.compareTo(b == null ? new BigDecimal(d) : new BigDecimal(b));
    }

    // ---- text to number --------------------------------------------------------------------------------------------

    /** {@code int(text, base)}, or null where Python raises a ValueError. */
    static @Nullable Int parseInt(Str text, int base) {
        String s = strip(text.chars());
        boolean negative = s.startsWith("-");
        if (negative || s.startsWith("+")) s = s.substring(1);
        int radix = base;
        if (s.length() > 2 && s.charAt(0) == '0') {
            int prefix = switch (Character.toLowerCase(s.charAt(1))) {
                case 'x' -> 16;
                case 'o' -> 8;
                case 'b' -> 2;
                default -> 0;
            };
            if (prefix != 0 && (base == prefix || base == 0)) {
                radix = prefix;
                s = s.substring(2);
                if (s.startsWith("_")) s = s.substring(1);
            }
        }
        if (radix == 0) radix = 10;
        if (radix < 2 || radix > 36 || s.isEmpty() || s.length() > 4_300) return null;
        StringBuilder digits = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '_' && i > 0 && i + 1 < s.length() && s.charAt(i - 1) != '_') continue;
            int digit = Character.digit(c, radix);
            if (digit < 0) return null;
            digits.append(Character.forDigit(digit, radix));
        }
        BigInteger value = new BigInteger(digits.toString(), radix);
        return new Int(negative ? value.negate() : value);
    }

    /** {@code float(text)}, or null where Python raises a ValueError. */
    static @Nullable Double parseReal(Str text) {
        String s = strip(text.chars()).toLowerCase(Locale.ROOT);
        if (s.isEmpty() || s.length() > 4_300) return null;
        String unsigned = s.charAt(0) == '-' || s.charAt(0) == '+' ? s.substring(1) : s;
        double sign = s.charAt(0) == '-' ? -1 : 1;
        switch (unsigned) {
            case "inf", "infinity" -> {
                return sign * Double.POSITIVE_INFINITY;
            }
            case "nan" -> {
                return Double.NaN;
            }
            default -> {}
        }
        if (unsigned.isEmpty() || !(isDigit(unsigned.charAt(0)) || unsigned.charAt(0) == '.')) return null;
        // Java also reads hexadecimal floats and a trailing f or d; Python does not.
        for (int i = 0; i < unsigned.length(); i++) {
            char c = unsigned.charAt(i);
            boolean separator = c == '_'
                    && i > 0
                    && i + 1 < unsigned.length()
                    && isDigit(unsigned.charAt(i - 1))
                    && isDigit(unsigned.charAt(i + 1));
            if (!isDigit(c) && c != '.' && c != 'e' && c != '-' && c != '+' && !separator) return null;
        }
        try {
            return sign * Double.parseDouble(unsigned.replace("_", ""));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String strip(String s) {
        int from = 0;
        int to = s.length();
        while (from < to && PythonText.isSpace(s.charAt(from))) from++;
        while (to > from && PythonText.isSpace(s.charAt(to - 1))) to--;
        return s.substring(from, to);
    }
}

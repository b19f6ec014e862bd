package dev.dalang.engine.template;

import dev.dalang.engine.template.Args.Bound;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Filters about one value: numbers and defaults. */
final class ScalarFilters {
    private static final String[] DECIMAL_UNITS = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    private static final String[] BINARY_UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};

    private ScalarFilters() {}

    static Value length(Value input, Args args) {
        args.bind("length", 0);
        return Int.of(Operators.length(input));
    }

    static Value fallback(Render render, Value input, Args args) {
        Bound bound = args.bind("default", 0, "default_value", "boolean");
        boolean missing = input instanceof Undefined;
        boolean replaced = missing || (bound.truth(render, 1, false) && !Operators.isTrue(input));
        return replaced ? bound.or(0, Str.EMPTY) : input;
    }

    static Value abs(Value input, Args args) {
        args.bind("abs", 0);
        if (input instanceof Real r) return new Real(Math.abs(r.value()));
        BigInteger i = Numbers.integer(input);
        if (i == null) throw TemplateError.type("bad operand type for abs(): '" + input.type() + "'");
        return new Int(i.abs());
    }

    static Value integer(Value input, Args args) {
        Bound bound = args.bind("int", 0, "default", "base");
        if (input instanceof Undefined u) throw u.error();
        BigInteger i = Numbers.integer(input);
        if (i != null) return new Int(i);
        Double real = input instanceof Real r ? Double.valueOf(r.value()) : null;
        if (input instanceof Str s) {
            Int parsed = Numbers.parseInt(s, bound.integer(1, 10));
            if (parsed != null) return parsed;
            real = Numbers.parseReal(s);
        }
        boolean finite = real != null && !Double.isNaN(real) && !Double.isInfinite(real);
        return finite && real != null ? truncate(real) : bound.or(0, Int.of(0));
    }

    /** {@code int(d)}: towards zero. */
    static Int truncate(double d) {
        if (Double.isNaN(d) || Double.isInfinite(d)) {
            throw TemplateError.value("cannot convert float infinity or NaN to integer");
        }
        return new Int(new BigDecimal(d).toBigInteger());
    }

    static Value real(Value input, Args args) {
        Bound bound = args.bind("float", 0, "default");
        if (input instanceof Undefined u) throw u.error();
        if (Numbers.isNumber(input)) return new Real(Numbers.real(input));
        Double parsed = input instanceof Str s ? Numbers.parseReal(s) : null;
        return parsed != null ? new Real(parsed) : bound.or(0, new Real(0));
    }

    static Value round(Value input, Args args) {
        Bound bound = args.bind("round", 0, "precision", "method");
        int precision = Math.clamp(bound.integer(0, 0), -400, 400);
        String method = bound.get(1) == null ? "common" : bound.string(1).chars();
        if (input instanceof Undefined u) throw u.error();
        if (!Numbers.isNumber(input)) {
            throw TemplateError.type("type " + input.type() + " doesn't define __round__ method");
        }
        switch (method) {
            case "common" -> {
                BigInteger i = Numbers.integer(input);
                if (i != null) {
                    if (precision >= 0) return new Int(i);
                    return new Int(new BigDecimal(i)
                            .setScale(precision, RoundingMode.HALF_EVEN)
                            .toBigInteger());
                }
                double d = Numbers.real(input);
                if (Double.isNaN(d) || Double.isInfinite(d) || d == 0) return input;
                double rounded = new BigDecimal(d)
                        .setScale(precision, RoundingMode.HALF_EVEN)
                        .doubleValue();
                return new Real(rounded == 0 ? Math.copySign(0.0, d) : rounded);
            }
            case "ceil", "floor" -> {
                double scale = Math.pow(10, precision);
                double scaled = Numbers.real(input) * scale;
                return new Real((method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale);
            }
            default -> throw TemplateError.type("method must be common, ceil or floor");
        }
    }

    static Value fileSize(Render render, Value input, Args args) {
        boolean binary = args.bind("filesizeformat", 0, "binary").truth(render, 0, false);
        boolean numeric = input instanceof Value.Int
                || input instanceof Real
                || input instanceof Value.Bool
                || input instanceof Str;
        if (!numeric) {
            throw TemplateError.type("float() argument must be a string or a real number, not '" + input.type() + "'");
        }
        if (!(real(input, Args.NONE) instanceof Real number)) throw TemplateError.type("filesizeformat needs a number");
        double bytes = number.value();
        int base = binary ? 1024 : 1000;
        if (bytes == 1) return Str.trusted("1 Byte");
        if (bytes < base) return Str.trusted(truncate(bytes).value() + " Bytes");
        String[] units = binary ? BINARY_UNITS : DECIMAL_UNITS;
        int i = 0;
        double unit = base;
        while (i < units.length - 1 && bytes >= unit * base) {
            unit *= base;
            i++;
        }
        return Str.trusted(FormatSpec.fixed(bytes / unit, 1) + " " + units[i]);
    }
}

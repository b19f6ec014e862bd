package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.NoneValue;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.Set;

/** What may stand behind {@code is}: the tests of Jinja 3.1. */
final class ValueTests {
    private static final Set<String> TESTS = Set.of(
            "boolean",
            "callable",
            "defined",
            "divisibleby",
            "eq",
            "equalto",
            "==",
            "escaped",
            "even",
            "false",
            "filter",
            "float",
            "ge",
            ">=",
            "greaterthan",
            "gt",
            ">",
            "in",
            "integer",
            "iterable",
            "le",
            "<=",
            "lessthan",
            "lt",
            "<",
            "lower",
            "mapping",
            "ne",
            "!=",
            "none",
            "number",
            "odd",
            "sameas",
            "sequence",
            "string",
            "test",
            "true",
            "undefined",
            "upper");

    private ValueTests() {}

    static boolean apply(Render render, String name, Value value, Args args) {
        return switch (name) {
            case "defined" -> none(args, name, !(value instanceof Undefined));
            case "undefined" -> none(args, name, value instanceof Undefined);
            case "none" -> none(args, name, value instanceof NoneValue);
            case "boolean" -> none(args, name, value instanceof Bool);
            case "true" -> none(args, name, value instanceof Bool b && b.value());
            case "false" -> none(args, name, value instanceof Bool b && !b.value());
            case "integer" -> none(args, name, value instanceof Int);
            case "float" -> none(args, name, value instanceof Real);
            case "number" -> none(args, name, Numbers.isNumber(value));
            case "string" -> none(args, name, value instanceof Str);
            case "mapping" -> none(args, name, value instanceof DictValue);
            case "iterable" -> none(args, name, Operators.isIterable(value));
            case "sequence" -> none(args, name, isSequence(value));
            case "callable" -> none(args, name, isCallable(value));
            case "escaped" -> none(args, name, value instanceof Str s && s.markup());
            case "lower" ->
                none(
                        args,
                        name,
                        StringMethods.cased(PythonText.str(render, value).text(), true));
            case "upper" ->
                none(
                        args,
                        name,
                        StringMethods.cased(PythonText.str(render, value).text(), false));
            case "odd" -> none(args, name, remainder(render, value, Int.of(2), 1));
            case "even" -> none(args, name, remainder(render, value, Int.of(2), 0));
            case "divisibleby" -> remainder(render, value, one(args, name), 0);
            case "eq", "equalto", "==" -> Operators.equal(render, value, one(args, name));
            case "ne", "!=" -> !Operators.equal(render, value, one(args, name));
            case "lt", "lessthan", "<" -> Operators.compare(render, "<", value, one(args, name));
            case "le", "<=" -> Operators.compare(render, "<=", value, one(args, name));
            case "gt", "greaterthan", ">" -> Operators.compare(render, ">", value, one(args, name));
            case "ge", ">=" -> Operators.compare(render, ">=", value, one(args, name));
            case "in" -> Operators.contains(render, one(args, name), value);
            case "sameas" -> same(value, one(args, name));
            case "filter" -> none(args, name, value instanceof Str s && isFilter(render, s.chars()));
            case "test" -> none(args, name, value instanceof Str s && TESTS.contains(s.chars()));
            default -> throw TemplateError.unsupported("No test named '" + name + "' found.");
        };
    }

    private static boolean none(Args args, String name, boolean result) {
        args.bind(name, 0);
        return result;
    }

    private static Value one(Args args, String name) {
        return args.bind(name, 1, "other").require(0);
    }

    private static boolean isSequence(Value value) {
        boolean indexed = value instanceof Str
                || value instanceof ListValue
                || value instanceof TupleValue
                || value instanceof DictValue
                || value instanceof Value.Range;
        return indexed || (value instanceof Undefined u && u.kind() == TemplateError.Kind.UNDEFINED);
    }

    private static boolean isCallable(Value value) {
        return value instanceof Value.Function || value instanceof Value.CallableObject || value instanceof Undefined;
    }

    private static boolean remainder(Render render, Value value, Value divisor, int wanted) {
        return Operators.equal(render, Operators.arithmetic(render, "%", value, divisor), Int.of(wanted));
    }

    /** Python's {@code is}: one object, not merely an equal one; small values that Python shares count as one. */
    private static boolean same(Value a, Value b) {
        if (a == b) return true;
        return switch (a) {
            case NoneValue ignored -> b instanceof NoneValue;
            case Bool x -> b instanceof Bool y && x.value() == y.value();
            case Int x -> b instanceof Int y && x.value().equals(y.value());
            case Str x -> b instanceof Str y && x.text().equals(y.text());
            default -> false;
        };
    }

    private static boolean isFilter(Render render, String name) {
        try {
            Filters.apply(render, name, Value.NONE, Args.NONE);
            return true;
        } catch (TemplateError e) {
            return e.kind() != TemplateError.Kind.UNSUPPORTED;
        }
    }
}

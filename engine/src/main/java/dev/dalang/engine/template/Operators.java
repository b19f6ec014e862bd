package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Generator;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.NoneValue;
import dev.dalang.engine.template.Value.Range;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import dev.dalang.engine.template.Value.View;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Truth, equality, order, membership, arithmetic and iteration of values, as Python defines them. */
final class Operators {
    private Operators() {}

    // ---- truth, length, iteration ----------------------------------------------------------------------------------

    static boolean isTrue(Value value) {
        return switch (value) {
            case NoneValue ignored -> false;
            case Undefined ignored -> false;
            case Bool b -> b.value();
            case Int i -> i.value().signum() != 0;
            case Real r -> r.value() != 0;
            case Str s -> !s.text().isEmpty();
            case DictValue d -> d.size() > 0;
            default -> {
                List<Value> items = sized(value);
                yield items == null || !items.isEmpty();
            }
        };
    }

    /** The items of a sequence or view that has a length, else null. */
    static @Nullable List<Value> sized(Value value) {
        return switch (value) {
            case ListValue l -> l.items();
            case TupleValue t -> t.items();
            case View v -> v.items();
            case Range r -> r.items();
            default -> null;
        };
    }

    /** {@code len(value)}. */
    static int length(Value value) {
        return switch (value) {
            case Str s -> Strings.length(s.text());
            case DictValue d -> d.size();
            case Undefined u -> {
                if (u.kind() == TemplateError.Kind.SECURITY) throw u.error();
                yield 0;
            }
            default -> {
                List<Value> items = sized(value);
                if (items == null) throw TemplateError.type("object of type '" + value.type() + "' has no len()");
                yield items.size();
            }
        };
    }

    static boolean isIterable(Value value) {
        return value instanceof Str
                || value instanceof DictValue
                || value instanceof Undefined
                || value instanceof Generator
                || sized(value) != null;
    }

    /** The items that iterating gives; a generator is used up. */
    static List<Value> iterate(Render render, Value value) {
        List<Value> items = switch (value) {
            case Str s -> Strings.characters(render, s);
            case DictValue d -> d.keys();
            case Generator g -> g.drain();
            case Undefined u -> {
                if (u.kind() == TemplateError.Kind.SECURITY) throw u.error();
                yield List.of();
            }
            default -> {
                List<Value> sized = sized(value);
                if (sized == null) {
                    throw TemplateError.type("'" + value.type() + "' object is not iterable");
                }
                yield sized;
            }
        };
        render.elements(items.size());
        return items;
    }

    // ---- equality and order ----------------------------------------------------------------------------------------

    static boolean equal(Render render, Value left, Value right) {
        return equal(render, left, right, 0);
    }

    private static boolean equal(Render render, Value left, Value right, int depth) {
        if (left == right) return !(left instanceof Real r && Double.isNaN(r.value()));
        Render.checkValueDepth(depth);
        render.step();
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) return Numbers.compare(left, right) == 0;
        return switch (left) {
            case Str a -> right instanceof Str b && a.text().equals(b.text());
            case NoneValue ignored -> right instanceof NoneValue;
            case Undefined ignored -> right instanceof Undefined;
            case ListValue a -> right instanceof ListValue b && equal(render, a.items(), b.items(), depth);
            case TupleValue a -> right instanceof TupleValue b && equal(render, a.items(), b.items(), depth);
            case Range a -> right instanceof Range b && equal(render, a.items(), b.items(), depth);
            case View a -> right instanceof View b && equal(render, a.items(), b.items(), depth);
            case DictValue a -> {
                if (!(right instanceof DictValue b) || a.size() != b.size()) yield false;
                for (DictValue.Entry entry : a.entries()) {
                    Value other = b.get(entry.key());
                    if (other == null || !equal(render, entry.value(), other, depth + 1)) yield false;
                }
                yield true;
            }
            default -> false;
        };
    }

    private static boolean equal(Render render, List<Value> left, List<Value> right, int depth) {
        if (left.size() != right.size()) return false;
        for (int i = 0; i < left.size(); i++) {
            if (!equal(render, left.get(i), right.get(i), depth + 1)) return false;
        }
        return true;
    }

    /** Negative, zero or positive; {@code symbol} is the operator for the message when there is no order. */
    static int order(Render render, Value left, Value right, String symbol) {
        return order(render, left, right, symbol, 0);
    }

    private static int order(Render render, Value left, Value right, String symbol, int depth) {
        Render.checkValueDepth(depth);
        render.step();
        if (left instanceof Undefined u) throw u.error();
        if (right instanceof Undefined u) throw u.error();
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) return Numbers.compare(left, right);
        if (left instanceof Str a && right instanceof Str b) return Strings.compare(a.chars(), b.chars());
        if (left instanceof ListValue a && right instanceof ListValue b) {
            return order(render, a.items(), b.items(), symbol, depth);
        }
        if (left instanceof TupleValue a && right instanceof TupleValue b) {
            return order(render, a.items(), b.items(), symbol, depth);
        }
        throw TemplateError.type(
                "'" + symbol + "' not supported between instances of '" + left.type() + "' and '" + right.type() + "'");
    }

    private static int order(Render render, List<Value> left, List<Value> right, String symbol, int depth) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!equal(render, left.get(i), right.get(i), depth + 1)) {
                return order(render, left.get(i), right.get(i), symbol, depth + 1);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    static boolean compare(Render render, String operator, Value left, Value right) {
        return switch (operator) {
            case "==" -> equal(render, left, right);
            case "!=" -> !equal(render, left, right);
            case "in" -> contains(render, right, left);
            case "not in" -> !contains(render, right, left);
            default -> {
                boolean nan = left instanceof Real a && Double.isNaN(a.value())
                        || right instanceof Real b && Double.isNaN(b.value());
                int order = order(render, left, right, operator);
                yield !nan
                        && switch (operator) {
                            case "<" -> order < 0;
                            case "<=" -> order <= 0;
                            case ">" -> order > 0;
                            default -> order >= 0;
                        };
            }
        };
    }

    /** {@code item in container}. */
    static boolean contains(Render render, Value container, Value item) {
        switch (container) {
            case Str s -> {
                if (item instanceof Undefined u && u.kind() == TemplateError.Kind.SECURITY) throw u.error();
                if (!(item instanceof Str part)) {
                    throw TemplateError.type("'in <string>' requires string as left operand, not " + item.type());
                }
                render.chars(s.text().length());
                return Strings.indexOf(s.chars(), part.chars(), 0) >= 0;
            }
            case DictValue d -> {
                return d.get(item) != null;
            }
            default -> {
                if (!isIterable(container)) {
                    throw TemplateError.type("argument of type '" + container.type() + "' is not iterable");
                }
                for (Value candidate : iterate(render, container)) {
                    if (equal(render, candidate, item)) return true;
                }
                return false;
            }
        }
    }

    // ---- arithmetic ------------------------------------------------------------------------------------------------

    static Value arithmetic(Render render, String operator, Value left, Value right) {
        if (left instanceof Undefined u) throw u.error();
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) return Numbers.arithmetic(operator, left, right);
        if (operator.equals("%") && left instanceof Str s) return PercentFormat.format(render, s, right);
        if (right instanceof Undefined u) throw u.error();
        if (operator.equals("+")) return add(render, left, right);
        if (operator.equals("*")) {
            BigInteger count = Numbers.integer(right);
            if (count != null) return repeat(render, left, right);
            if (Numbers.integer(left) != null) return repeat(render, right, left);
        }
        String shown = operator.equals("**") ? "** or pow()" : operator;
        throw TemplateError.type(
                "unsupported operand type(s) for " + shown + ": '" + left.type() + "' and '" + right.type() + "'");
    }

    private static Value add(Render render, Value left, Value right) {
        if (left instanceof Str a) {
            if (right instanceof Str b) return Strings.add(render, a, b);
            throw TemplateError.type("can only concatenate str (not \"" + right.type() + "\") to str");
        }
        if (left instanceof ListValue a) {
            if (right instanceof ListValue b) return new ListValue(joined(render, a.items(), b.items()));
            throw TemplateError.type("can only concatenate list (not \"" + right.type() + "\") to list");
        }
        if (left instanceof TupleValue a) {
            if (right instanceof TupleValue b) return new TupleValue(joined(render, a.items(), b.items()));
            throw TemplateError.type("can only concatenate tuple (not \"" + right.type() + "\") to tuple");
        }
        throw TemplateError.type("unsupported operand type(s) for +: '" + left.type() + "' and '" + right.type() + "'");
    }

    private static List<Value> joined(Render render, List<Value> left, List<Value> right) {
        render.elements((long) left.size() + right.size());
        List<Value> all = new ArrayList<>(left.size() + right.size());
        all.addAll(left);
        all.addAll(right);
        return all;
    }

    private static Value repeat(Render render, Value sequence, Value count) {
        long times = Math.max(0, Numbers.clampedIndex(count, "a repeat count"));
        return switch (sequence) {
            case Str s -> new Str(Strings.repeat(render, s.text(), times), s.markup());
            case ListValue l -> new ListValue(repeated(render, l.items(), times));
            case TupleValue t -> new TupleValue(repeated(render, t.items(), times));
            default ->
                throw TemplateError.type(
                        "unsupported operand type(s) for *: '" + sequence.type() + "' and '" + count.type() + "'");
        };
    }

    private static List<Value> repeated(Render render, List<Value> items, long times) {
        if (items.isEmpty() || times == 0) return List.of();
        if (times > Integer.MAX_VALUE / items.size()) throw TemplateError.limit("a list is repeated too often");
        render.elements(times * items.size());
        List<Value> all = new ArrayList<>((int) times * items.size());
        for (long i = 0; i < times; i++) all.addAll(items);
        return all;
    }

    static Value negate(boolean negative, Value value) {
        if (value instanceof Undefined u) throw u.error();
        if (value instanceof Real r) return negative ? new Real(-r.value()) : r;
        BigInteger i = Numbers.integer(value);
        if (i == null) {
            throw TemplateError.type(
                    "bad operand type for unary " + (negative ? '-' : '+') + ": '" + value.type() + "'");
        }
        return new Int(negative ? i.negate() : i);
    }
}

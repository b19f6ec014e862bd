package dev.dalang.engine.template;

import dev.dalang.engine.template.Node.Arguments;
import dev.dalang.engine.template.Node.Expr;
import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Expressions to values, by walking the tree. */
final class Evaluator {
    private final Render render;

    Evaluator(Render render) {
        this.render = render;
    }

    Value eval(Expr expr, Scope scope) {
        render.step();
        render.enter();
        try {
            return switch (expr) {
                case Node.Literal e -> e.value();
                case Node.Name e -> {
                    Value value = scope.get(e.name());
                    yield value != null ? value : Undefined.name(e.name());
                }
                case Node.Attribute e -> Lookup.attribute(render, eval(e.target(), scope), e.name());
                case Node.Item e -> {
                    Value target = eval(e.target(), scope);
                    yield Lookup.item(render, target, eval(e.index(), scope));
                }
                case Node.Slice e -> {
                    Value target = eval(e.target(), scope);
                    yield Lookup.slice(
                            render,
                            target,
                            evalOrNone(e.start(), scope),
                            evalOrNone(e.stop(), scope),
                            evalOrNone(e.step(), scope));
                }
                case Node.Call e -> {
                    Value callee = eval(e.callee(), scope);
                    // The sandbox looks at what is called before it looks at the arguments.
                    if (callee instanceof Undefined u) throw u.error();
                    yield Lookup.call(render, callee, args(e.arguments(), scope));
                }
                case Node.Filtered e -> filter(e.filter(), eval(e.input(), scope), scope);
                case Node.Test e -> {
                    Value input = eval(e.input(), scope);
                    yield Bool.of(ValueTests.apply(render, e.name(), input, args(e.arguments(), scope)));
                }
                case Node.Not e -> Bool.of(!Operators.isTrue(eval(e.operand(), scope)));
                case Node.Sign e -> Operators.negate(e.negative(), eval(e.operand(), scope));
                case Node.Arithmetic e -> {
                    Value left = eval(e.left(), scope);
                    yield Operators.arithmetic(render, e.operator(), left, eval(e.right(), scope));
                }
                case Node.And e -> {
                    Value left = eval(e.left(), scope);
                    yield Operators.isTrue(left) ? eval(e.right(), scope) : left;
                }
                case Node.Or e -> {
                    Value left = eval(e.left(), scope);
                    yield Operators.isTrue(left) ? left : eval(e.right(), scope);
                }
                case Node.Concat e -> {
                    MarkedText.Builder out = new MarkedText.Builder();
                    for (Expr part : e.parts()) append(out, eval(part, scope));
                    yield Str.of(out.build());
                }
                case Node.Comparison e -> Bool.of(compare(e, scope));
                case Node.Conditional e -> {
                    if (Operators.isTrue(eval(e.condition(), scope))) yield eval(e.then(), scope);
                    if (e.otherwise() != null) yield eval(e.otherwise(), scope);
                    yield Undefined.because("the inline if-expression evaluated to false and has no else part");
                }
                case Node.ListLiteral e -> new ListValue(evalAll(e.items(), scope));
                case Node.TupleLiteral e -> new TupleValue(evalAll(e.items(), scope));
                case Node.DictLiteral e -> {
                    DictValue.Builder dict = new DictValue.Builder();
                    for (int i = 0; i < e.keys().size(); i++) {
                        Value key = eval(e.keys().get(i), scope);
                        dict.put(key, eval(e.values().get(i), scope));
                    }
                    yield dict.build();
                }
            };
        } catch (TemplateError e) {
            throw e.at(expr.at());
        } finally {
            render.leave();
        }
    }

    /** Appends a value as printing shows it, within the limit on the output. */
    void append(MarkedText.Builder out, Value value) {
        if (value instanceof Undefined u && u.kind() == TemplateError.Kind.SECURITY) return;
        MarkedText text = PythonText.str(render, value);
        render.chars(text.length());
        out.append(text);
        if (out.length() > render.options().maxOutputChars()) render.chars(out.length());
    }

    private Value evalOrNone(@Nullable Expr expr, Scope scope) {
        return expr == null ? Value.NONE : eval(expr, scope);
    }

    private List<Value> evalAll(List<Expr> exprs, Scope scope) {
        List<Value> values = new ArrayList<>(exprs.size());
        for (Expr expr : exprs) values.add(eval(expr, scope));
        return values;
    }

    private boolean compare(Node.Comparison comparison, Scope scope) {
        Value left = eval(comparison.first(), scope);
        for (int i = 0; i < comparison.rest().size(); i++) {
            Value right = eval(comparison.rest().get(i), scope);
            if (!Operators.compare(render, comparison.operators().get(i), left, right)) return false;
            left = right;
        }
        return true;
    }

    Value filter(Node.FilterCall filter, Value input, Scope scope) {
        try {
            return Filters.apply(render, filter.name(), input, args(filter.arguments(), scope));
        } catch (TemplateError e) {
            throw e.at(filter.at());
        }
    }

    Args args(Arguments arguments, Scope scope) {
        if (arguments == Arguments.NONE) return Args.NONE;
        List<Value> positional = evalAll(arguments.positional(), scope);
        Map<String, Value> named =
                LinkedHashMap.newLinkedHashMap(arguments.named().size());
        for (Node.Named argument : arguments.named()) {
            if (named.put(argument.name(), eval(argument.value(), scope)) != null) {
                throw TemplateError.type("keyword argument '" + argument.name() + "' repeated");
            }
        }
        if (arguments.star() != null) {
            positional.addAll(Operators.iterate(render, eval(arguments.star(), scope)));
        }
        if (arguments.doubleStar() != null) {
            if (!(eval(arguments.doubleStar(), scope) instanceof DictValue dict)) {
                throw TemplateError.type("the argument after ** must be a mapping");
            }
            for (DictValue.Entry entry : dict.entries()) {
                if (!(entry.key() instanceof Str key)) throw TemplateError.type("keywords must be strings");
                if (named.put(key.chars(), entry.value()) != null) {
                    throw TemplateError.type("got multiple values for keyword argument '" + key.chars() + "'");
                }
            }
        }
        return new Args(positional, named);
    }
}

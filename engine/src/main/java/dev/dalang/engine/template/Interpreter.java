package dev.dalang.engine.template;

import dev.dalang.engine.template.Node.Stmt;
import dev.dalang.engine.template.Node.Target;
import dev.dalang.engine.template.Value.NamespaceValue;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Statements to text, by walking the tree. */
final class Interpreter {
    /** How a body ended. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Render render;
    private final Scope context;
    private final Evaluator evaluator;
    private final MarkedText.Builder output = new MarkedText.Builder();
    private final List<Rendered.Range> generations = new ArrayList<>();

    private Interpreter(Render render, Scope context) {
        this.render = render;
        this.context = context;
        this.evaluator = new Evaluator(render);
    }

    static Rendered run(Render render, List<Stmt> template, Scope context) {
        Interpreter interpreter = new Interpreter(render, context);
        interpreter.body(template, context, interpreter.output);
        return new Rendered(interpreter.output.build(), interpreter.generations);
    }

    // ---- statements ------------------------------------------------------------------------------------------------

    private Flow body(List<Stmt> body, Scope scope, MarkedText.Builder out) {
        for (Stmt stmt : body) {
            Flow flow = exec(stmt, scope, out);
            if (flow != Flow.NEXT) return flow;
        }
        return Flow.NEXT;
    }

    private Flow exec(Stmt stmt, Scope scope, MarkedText.Builder out) {
        render.step();
        render.enter();
        try {
            switch (stmt) {
                case Node.Text s -> evaluator.append(out, Str.of(s.text()));
                case Node.Output s -> evaluator.append(out, evaluator.eval(s.value(), scope));
                case Node.If s -> {
                    return ifStatement(s, scope, out);
                }
                case Node.For s -> forStatement(s, scope, out);
                case Node.Assign s -> assign(s.target(), evaluator.eval(s.value(), scope), scope);
                case Node.AssignBlock s -> {
                    Value text = capture(s.body(), new Scope(scope));
                    for (Node.FilterCall filter : s.filters()) text = evaluator.filter(filter, text, scope);
                    assign(s.target(), text, scope);
                }
                case Node.MacroDefinition s -> scope.set(s.name(), new Macro(this, s, scope));
                case Node.CallBlock s -> {
                    Value callee = evaluator.eval(s.call().callee(), scope);
                    Args args = evaluator.args(s.call().arguments(), scope);
                    Map<String, Value> named = new LinkedHashMap<>(args.named());
                    named.put("caller", new Macro(this, s.caller(), scope));
                    evaluator.append(out, Lookup.call(render, callee, new Args(args.positional(), named)));
                }
                case Node.FilterBlock s -> {
                    Value text = capture(s.body(), new Scope(scope));
                    for (Node.FilterCall filter : s.filters()) text = evaluator.filter(filter, text, scope);
                    evaluator.append(out, text);
                }
                case Node.With s -> {
                    Scope inner = new Scope(scope);
                    for (int i = 0; i < s.targets().size(); i++) {
                        assign(s.targets().get(i), evaluator.eval(s.values().get(i), scope), inner);
                    }
                    return body(s.body(), inner, out);
                }
                case Node.Block s -> body(s.body(), new Scope(s.scoped() ? scope : context), out);
                case Node.Generation s -> {
                    int start = out.length();
                    body(s.body(), new Scope(scope), out);
                    // Inside a captured block the place in the output is not known.
                    if (out == output) generations.add(new Rendered.Range(start, out.length()));
                }
                case Node.Break ignored -> {
                    return Flow.BREAK;
                }
                case Node.Continue ignored -> {
                    return Flow.CONTINUE;
                }
            }
            return Flow.NEXT;
        } catch (TemplateError e) {
            throw e.at(stmt.at());
        } finally {
            render.leave();
        }
    }

    private Flow ifStatement(Node.If s, Scope scope, MarkedText.Builder out) {
        for (Node.Branch branch : s.branches()) {
            if (Operators.isTrue(evaluator.eval(branch.condition(), scope))) return body(branch.body(), scope, out);
        }
        return body(s.otherwise(), scope, out);
    }

    private Str capture(List<Stmt> body, Scope scope) {
        MarkedText.Builder out = new MarkedText.Builder();
        body(body, scope, out);
        return Str.of(out.build());
    }

    /** The body of a macro, its parameters bound. */
    Value callMacro(Node.MacroDefinition macro, Scope scope) {
        return capture(macro.body(), scope);
    }

    Value fallback(Node.Expr expr, Scope scope) {
        return evaluator.eval(expr, scope);
    }

    // ---- assignment ------------------------------------------------------------------------------------------------

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Node.NameTarget t -> scope.set(t.name(), value);
            case Node.NamespaceTarget t -> {
                Value holder = scope.get(t.name());
                if (!(holder instanceof NamespaceValue namespace)) {
                    throw new TemplateError(
                            TemplateError.Kind.TYPE,
                            "cannot assign attribute '" + t.attribute() + "' on non-namespace object");
                }
                namespace.attributes().put(t.attribute(), value);
            }
            case Node.TupleTarget t -> {
                if (!Operators.isIterable(value) || value instanceof Undefined) {
                    if (value instanceof Undefined u && u.kind() == TemplateError.Kind.SECURITY) throw u.error();
                    if (!(value instanceof Undefined)) {
                        throw TemplateError.type("cannot unpack non-iterable " + value.type() + " object");
                    }
                }
                List<Value> parts = Operators.iterate(render, value);
                int wanted = t.parts().size();
                if (parts.size() > wanted) {
                    throw TemplateError.value("too many values to unpack (expected " + wanted + ")");
                }
                if (parts.size() < wanted) {
                    throw TemplateError.value(
                            "not enough values to unpack (expected " + wanted + ", got " + parts.size() + ")");
                }
                for (int i = 0; i < wanted; i++) assign(t.parts().get(i), parts.get(i), scope);
            }
        }
    }

    // ---- loops -----------------------------------------------------------------------------------------------------

    private void forStatement(Node.For s, Scope scope, MarkedText.Builder out) {
        loop(s, evaluator.eval(s.iterable(), scope), scope, 0, out);
    }

    /** {@code loop(children)} in a recursive loop: its body over another iterable, as text. */
    Value recurse(Node.For s, Value iterable, Scope scope, int depth) {
        if (!s.recursive()) {
            throw TemplateError.type("the loop must have the 'recursive' marker to be called recursively");
        }
        MarkedText.Builder out = new MarkedText.Builder();
        loop(s, iterable, scope, depth, out);
        return Str.of(out.build());
    }

    private void loop(Node.For s, Value iterable, Scope scope, int depth, MarkedText.Builder out) {
        List<Value> items = Operators.iterate(render, iterable);
        Iterator<Value> source =
                s.filter() == null ? items.iterator() : new Filtering(items.iterator(), s, s.filter(), scope);
        Loop loop = new Loop(this, s, scope, source, depth);
        boolean any = false;
        while (loop.advance()) {
            render.step();
            Scope inner = new Scope(scope);
            inner.set("loop", loop);
            assign(s.target(), loop.current(), inner);
            Flow flow = body(s.body(), inner, out);
            if (flow == Flow.BREAK) break;
            // Jinja counts an iteration for its 'else' only when the body runs to its end.
            any |= flow == Flow.NEXT;
        }
        if (!any) body(s.otherwise(), new Scope(scope), out);
    }

    /** The {@code if} of a loop, evaluated item by item: the body may change what it depends on. */
    private final class Filtering implements Iterator<Value> {
        private final Iterator<Value> items;
        private final Node.For loop;
        private final Node.Expr condition;
        private final Scope scope;
        private @Nullable Value ahead;

        Filtering(Iterator<Value> items, Node.For loop, Node.Expr condition, Scope scope) {
            this.items = items;
            this.loop = loop;
            this.condition = condition;
            this.scope = scope;
        }

        @Override
        public boolean hasNext() {
            while (ahead == null && items.hasNext()) {
                Value candidate = items.next();
                Scope inner = new Scope(scope);
                assign(loop.target(), candidate, inner);
                if (Operators.isTrue(evaluator.eval(condition, inner))) ahead = candidate;
            }
            return ahead != null;
        }

        @Override
        public Value next() {
            if (!hasNext() || ahead == null) throw new NoSuchElementException();
            Value value = ahead;
            ahead = null;
            return value;
        }
    }
}

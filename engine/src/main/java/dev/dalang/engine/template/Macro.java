package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Str;
import dev.dalang.engine.template.Value.TupleValue;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the {@code caller} that a call block hands to one. Sees the scope that it was defined in. */
final class Macro implements Value.CallableObject {
    private final Interpreter interpreter;
    private final Node.MacroDefinition definition;
    private final Scope scope;

    Macro(Interpreter interpreter, Node.MacroDefinition definition, Scope scope) {
        this.interpreter = interpreter;
        this.definition = definition;
        this.scope = scope;
    }

    @Override
    public String type() {
        return "Macro";
    }

    @Override
    public @Nullable Value attribute(Render render, String name) {
        return switch (name) {
            case "name" -> Str.trusted(definition.name());
            case "arguments" -> {
                List<Value> names = new ArrayList<>();
                for (Node.Parameter parameter : definition.parameters()) names.add(Str.trusted(parameter.name()));
                yield new TupleValue(names);
            }
            case "catch_kwargs" -> Bool.of(definition.used().contains("kwargs"));
            case "catch_varargs" -> Bool.of(definition.used().contains("varargs"));
            case "caller" -> Bool.of(definition.used().contains("caller"));
            default -> null;
        };
    }

    @Override
    public Value call(Render render, Args args) {
        render.step();
        Scope inner = new Scope(scope);
        List<Node.Parameter> parameters = definition.parameters();
        List<Value> positional = args.positional();
        Map<String, Value> named = args.named();
        int matched = 0;
        for (int i = 0; i < parameters.size(); i++) {
            Node.Parameter parameter = parameters.get(i);
            Value value = named.get(parameter.name());
            if (i < positional.size()) {
                if (value != null) throw refused("got multiple values for argument '" + parameter.name() + "'");
                value = positional.get(i);
            } else if (value != null) {
                matched++;
            } else if (parameter.fallback() != null) {
                value = interpreter.fallback(parameter.fallback(), inner);
            } else {
                value = Undefined.because("parameter '" + parameter.name() + "' was not provided");
            }
            inner.set(parameter.name(), value);
        }
        if (definition.used().contains("caller")) {
            Value caller = named.get("caller");
            if (caller != null) matched++;
            inner.set("caller", caller != null ? caller : Undefined.because("No caller defined"));
        }
        extras(args, matched, inner);
        return interpreter.callMacro(definition, inner);
    }

    /** What is left over goes to {@code varargs} and {@code kwargs} if the body mentions them, else it is an error. */
    private void extras(Args args, int matched, Scope inner) {
        int count = definition.parameters().size();
        if (definition.used().contains("kwargs")) {
            DictValue.Builder kwargs = new DictValue.Builder();
            args.named().forEach((name, value) -> {
                if (!isParameter(name)) kwargs.put(Str.trusted(name), value);
            });
            inner.set("kwargs", kwargs.build());
        } else if (args.named().size() > matched) {
            for (String name : args.named().keySet()) {
                if (!isParameter(name)) throw refused("takes no keyword argument '" + name + "'");
            }
        }
        List<Value> positional = args.positional();
        if (definition.used().contains("varargs")) {
            List<Value> rest = positional.size() > count ? positional.subList(count, positional.size()) : List.of();
            inner.set("varargs", new TupleValue(rest));
        } else if (positional.size() > count) {
            throw refused("takes not more than " + count + " argument(s)");
        }
    }

    private boolean isParameter(String name) {
        if (name.equals("caller") && definition.used().contains("caller")) return true;
        for (Node.Parameter parameter : definition.parameters()) {
            if (parameter.name().equals(name)) return true;
        }
        return false;
    }

    private TemplateError refused(String why) {
        return TemplateError.type("macro '" + definition.name() + "' " + why);
    }

    @Override
    public String repr() {
        return "<Macro '" + definition.name() + "'>";
    }
}

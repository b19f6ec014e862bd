package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.DalangException;
import dev.dalang.api.Tool;
import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.schema.MemberSyntax;
import dev.dalang.engine.constrain.schema.Notation;
import dev.dalang.engine.constrain.schema.SchemaPlaces;
import dev.dalang.engine.reply.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Tool calls as a family writes them, with each tool's own schema in them. */
final class CallForm {

    private static final String NO_PARAMETERS = "{\"type\":\"object\",\"additionalProperties\":false}";

    private final List<Tool.Function> tools;
    private final ControlMarks marks;
    private final boolean several;
    private final Consumer<ChatEvent.Notice> notices;

    /** @param several more than one call in a turn is welcome */
    CallForm(List<Tool.Function> tools, ControlMarks marks, boolean several, Consumer<ChatEvent.Notice> notices) {
        this.tools = tools;
        this.marks = marks;
        this.several = several;
        this.notices = notices;
    }

    /** The body of a section of calls, after what opens it. */
    Grammar body(List<Node> nodes) {
        return Grammar.sequence(nodes.stream().map(this::node).toList());
    }

    private Grammar node(Node node) {
        return switch (node) {
            case Node.Call c -> anyTool(t -> parts(c.parts(), t));
            case Node.CallObject c -> anyTool(t -> object(c, t));
            case Node.Repeat r -> repeat(r);
            default -> common(node);
        };
    }

    private Grammar common(Node node) {
        return switch (node) {
            case Node.Literal n -> marks.of(n.text());
            case Node.Space n -> Grammar.space();
            case Node.Skip n ->
                Grammar.sequence(
                        n.canonical().isEmpty()
                                ? Grammar.EMPTY
                                : marks.of(n.canonical()).optional(),
                        marks.of(n.end()));
            case Node.CallId n -> Grammar.regex("[A-Za-z0-9_-]{1,40}");
            default -> throw new IllegalStateException(node + " outside of a call");
        };
    }

    private interface ForTool {
        Grammar of(Tool.Function tool);
    }

    private Grammar anyTool(ForTool form) {
        return Grammar.choice(tools.stream().map(form::of).toList());
    }

    /** Rounds of calls. */
    private Grammar repeat(Node.Repeat r) {
        Grammar round = Grammar.sequence(marks.of(r.each()), body(r.parts()), Grammar.space());
        Grammar rounds = round;
        if (several) {
            Grammar more = Grammar.sequence(marks.of(r.separator()), Grammar.space(), round);
            rounds = Grammar.sequence(round, more.repeated().optional());
        }
        return Grammar.sequence(rounds, marks.of(r.close()));
    }

    // ------------------------------------------------------------------ one call of one tool

    private Grammar parts(List<Node> parts, Tool.Function tool) {
        return Grammar.sequence(parts.stream().map(p -> part(p, tool)).toList());
    }

    private Grammar part(Node node, Tool.Function tool) {
        return switch (node) {
            case Node.Name n -> {
                Grammar name = Grammar.text(n.prefix() + tool.name());
                yield n.counted() ? Grammar.sequence(name, Grammar.regex(":[0-9]{1,3}")) : name;
            }
            case Node.OptionalPart n ->
                Grammar.sequence(marks.of(n.open()), parts(n.parts(), tool)).optional();
            case Node.Arguments n ->
                Grammar.call(schema(tool, notation(n.notation())).value());
            case Node.Repeat n -> Grammar.call(arguments(n, tool));
            default -> common(node);
        };
    }

    private Notation notation(Node.Notation n) {
        return switch (n) {
            case JSON -> Notation.JSON;
            case PYTHON -> Notation.PYTHON;
            case GEMMA, FUNCTION_GEMMA ->
                new Notation("null", "true", "false", marks.of(n.quote())::before, marks.spelled(n.quote()));
        };
    }

    /** Arguments one by one, each with its name. */
    private Place arguments(Node.Repeat r, Tool.Function tool) {
        Node.ArgumentName name = null;
        Node.Typed typed = null;
        Node.TextValue text = null;
        Node.Value value = null;
        List<Grammar> beforeValue = new ArrayList<>();
        List<Grammar> afterValue = new ArrayList<>();
        for (Node part : r.parts()) {
            switch (part) {
                case Node.ArgumentName n -> name = n;
                case Node.Typed n -> typed = n;
                case Node.TextValue n -> text = n;
                case Node.Value n -> value = n;
                default -> (text == null && value == null ? beforeValue : afterValue).add(common(part));
            }
        }
        if (name == null || (text == null && value == null)) throw new IllegalStateException("arguments without value");
        Grammar before = Grammar.sequence(beforeValue);
        Grammar string = typed == null ? before : Grammar.sequence(before, marks.of(typed.string()));
        Grammar other = typed == null ? before : Grammar.sequence(before, marks.of(typed.json()));
        String mark = "";
        if (text != null) {
            Grammar pad = text.pad().isEmpty() ? Grammar.EMPTY : Grammar.text(text.pad());
            string = Grammar.sequence(string, pad);
            other = Grammar.sequence(other, pad);
            afterValue.addFirst(Grammar.sequence(pad, marks.of(text.end())));
            mark = marks.spelled(text.end());
        }
        afterValue.add(Grammar.space());
        MemberSyntax syntax = new MemberSyntax(
                marks.of(r.each())::before,
                marks.of(name.end())::before,
                string::before,
                other::before,
                text != null,
                mark,
                Grammar.sequence(afterValue)::before,
                Grammar.sequence(marks.of(r.separator()), Grammar.space())::before,
                marks.of(r.close())::before);
        return schema(tool, value == null ? Notation.JSON : notation(value.notation()))
                .members(syntax);
    }

    private Grammar object(Node.CallObject keys, Tool.Function tool) {
        Grammar name = pair(keys.name().getFirst(), Grammar.text("\"" + tool.name() + "\""));
        Grammar arguments = pair(
                keys.arguments().getFirst(),
                Grammar.call(schema(tool, Notation.JSON).value()));
        Grammar comma = Grammar.sequence(Grammar.text(","), Grammar.space());
        Grammar core = Grammar.sequence(name, comma, arguments);
        if (!keys.id().isEmpty()) {
            Grammar id = pair(keys.id().getFirst(), Grammar.regex("\"[A-Za-z0-9_-]{1,40}\""));
            Grammar first = Grammar.sequence(id, comma);
            core = keys.writeId()
                    ? Grammar.choice(List.of(Grammar.sequence(first, core), core, Grammar.sequence(core, comma, id)))
                    : core;
        }
        return Grammar.sequence(Grammar.text("{"), Grammar.space(), core, Grammar.space(), Grammar.text("}"));
    }

    private static Grammar pair(String key, Grammar value) {
        return Grammar.sequence(Grammar.text("\"" + key + "\":"), Grammar.space(), value);
    }

    /** A tool's schema; where it cannot be guaranteed and that was not demanded, any object, and a notice of it. */
    private SchemaPlaces schema(Tool.Function tool, Notation notation) {
        String schema = tool.parameters() == null ? NO_PARAMETERS : tool.parameters();
        boolean strict = Boolean.TRUE.equals(tool.strict());
        try {
            return SchemaPlaces.written(schema, strict, notation, true);
        } catch (DalangException e) {
            if (strict) throw e;
            notices.accept(new ChatEvent.Notice(
                    "tool_schema_not_enforced",
                    "the arguments of " + tool.name() + " may be any object: " + e.getMessage()));
            return SchemaPlaces.written("{\"type\":\"object\"}", false, notation, true);
        }
    }
}

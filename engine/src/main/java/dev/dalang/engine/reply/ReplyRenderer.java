package dev.dalang.engine.reply;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.ReplyLanguage.Kind;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Writes an assistant's turn as its family would: the inverse of {@link ReplyParser}, from the same description. */
public final class ReplyRenderer {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(200).build())
            .build();

    private record Argument(String key, boolean string, String json) {}

    private final ReplyLanguage language;
    private final StringBuilder out = new StringBuilder();
    private int callIndex;

    private ReplyRenderer(ReplyLanguage language) {
        this.language = language;
    }

    /**
     * The turn's reasoning, texts and tool calls, in their order.
     *
     * @throws DalangException an invalid request, if a call's arguments are no JSON object, or the family has no way to
     *     write what the turn holds
     */
    public static String render(ReplyLanguage language, Message turn) {
        ReplyRenderer r = new ReplyRenderer(language);
        List<Part> parts = turn.parts();
        for (int i = 0; i < parts.size(); i++) {
            switch (parts.get(i)) {
                case Part.Text t -> r.text(t.text());
                case Part.Reasoning t -> r.reasoning(t.text());
                case Part.ToolCall first -> {
                    List<Part.ToolCall> calls = new ArrayList<>(List.of(first));
                    while (i + 1 < parts.size() && parts.get(i + 1) instanceof Part.ToolCall next) {
                        calls.add(next);
                        i++;
                    }
                    r.calls(calls);
                }
                default ->
                    throw DalangException.unsupported(
                            "an answer of " + language.name() + " cannot hold a "
                                    + parts.get(i).getClass().getSimpleName() + " part",
                            "message parts");
            }
        }
        return r.out.toString();
    }

    private Section section(Kind kind) {
        Section s = language.first(kind);
        if (s == null) {
            throw DalangException.unsupported(
                    language.name() + " has no way to write " + kind.name().toLowerCase(java.util.Locale.ROOT),
                    "reply");
        }
        return s;
    }

    private void open(Section s) {
        if (!out.isEmpty()) out.append(language.separator()).append(s.before());
        out.append(s.open()).append(s.pad());
    }

    private void text(String text) {
        Section s = language.first(Kind.TEXT);
        if (s == null) {
            out.append(text);
        } else {
            open(s);
            out.append(text).append(s.close().isEmpty() ? "" : s.close().getFirst());
        }
    }

    private void reasoning(String text) {
        Section s = section(Kind.REASONING);
        open(s);
        out.append(text).append(s.pad()).append(s.close().getFirst()).append(s.pad());
    }

    private void calls(List<Part.ToolCall> calls) {
        Section s = section(Kind.CALLS);
        List<List<Part.ToolCall>> groups =
                s.many() ? List.of(calls) : calls.stream().map(List::of).toList();
        for (List<Part.ToolCall> group : groups) {
            open(s);
            for (Node node : s.body()) write(node, group);
        }
    }

    private void write(Node node, List<Part.ToolCall> calls) {
        switch (node) {
            case Node.Repeat n
            when holdsCall(n) -> {
                for (int i = 0; i < calls.size(); i++) {
                    if (i > 0) out.append(n.separator()).append(n.between());
                    out.append(n.each());
                    for (Node part : n.parts()) write(part, List.of(calls.get(i)));
                }
                out.append(n.close());
            }
            case Node.Call n -> {
                for (Node part : n.parts()) call(part, calls.getFirst());
                callIndex++;
            }
            case Node.CallObject n -> {
                call(n, calls.getFirst());
                callIndex++;
            }
            default -> call(node, calls.getFirst());
        }
    }

    private static boolean holdsCall(Node.Repeat n) {
        return n.parts().stream().anyMatch(p -> p instanceof Node.Call || p instanceof Node.CallObject);
    }

    private void call(Node node, Part.ToolCall call) {
        switch (node) {
            case Node.Literal n -> out.append(n.text());
            case Node.Space n -> out.append(n.canonical());
            case Node.Skip n -> out.append(n.canonical()).append(n.end());
            case Node.Name n -> {
                out.append(n.prefix()).append(call.name());
                if (n.counted()) out.append(':').append(callIndex);
            }
            case Node.CallId n -> out.append(call.id());
            case Node.OptionalPart n -> {
                if (call.id().matches("[A-Za-z0-9_.:/-]{1,256}")) {
                    out.append(n.open());
                    for (Node part : n.parts()) call(part, call);
                }
            }
            case Node.Arguments n -> notation(n.notation(), call.arguments());
            case Node.CallObject n -> object(n, call);
            case Node.Repeat n -> {
                List<Argument> arguments = arguments(call.arguments());
                for (int i = 0; i < arguments.size(); i++) {
                    if (i > 0) out.append(n.separator()).append(n.between());
                    out.append(n.each());
                    for (Node part : n.parts()) argument(part, arguments.get(i));
                }
                out.append(n.close());
            }
            case Node.Call n -> throw new IllegalStateException("a call within a call");
            case Node.ArgumentName n -> throw new IllegalStateException("an argument outside of a repetition");
            case Node.Typed n -> throw new IllegalStateException("an argument outside of a repetition");
            case Node.TextValue n -> throw new IllegalStateException("an argument outside of a repetition");
            case Node.Value n -> throw new IllegalStateException("an argument outside of a repetition");
        }
    }

    private void argument(Node node, Argument a) {
        switch (node) {
            case Node.Literal n -> out.append(n.text());
            case Node.Space n -> out.append(n.canonical());
            case Node.ArgumentName n -> out.append(a.key()).append(n.end());
            case Node.Typed n -> out.append(a.string() ? n.string() : n.json());
            case Node.TextValue n ->
                out.append(n.pad())
                        .append(a.string() ? Json.unquote(a.json()) : a.json())
                        .append(n.pad())
                        .append(n.end());
            case Node.Value n -> notation(n.notation(), a.json());
            default -> throw new IllegalStateException(node + " in an argument");
        }
    }

    private void object(Node.CallObject n, Part.ToolCall call) {
        out.append('{');
        if (n.writeId()) {
            Json.quote(out, n.id().getFirst());
            out.append(": ");
            Json.quote(out, call.id());
            out.append(", ");
        }
        Json.quote(out, n.name().getFirst());
        out.append(": ");
        Json.quote(out, call.name());
        out.append(", ");
        Json.quote(out, n.arguments().getFirst());
        out.append(": ").append(call.arguments()).append('}');
    }

    // ------------------------------------------------------------------ JSON to other notations

    private static List<Argument> arguments(String json) {
        List<Argument> list = new ArrayList<>();
        try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (p.nextToken() != JsonToken.START_OBJECT) throw notAnObject(null);
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = p.currentName();
                boolean string = p.nextToken() == JsonToken.VALUE_STRING;
                StringBuilder value = new StringBuilder();
                copy(p, Notation.JSON, value);
                list.add(new Argument(key, string, value.toString()));
            }
        } catch (JacksonException e) {
            throw notAnObject(e);
        }
        return list;
    }

    private void notation(Notation notation, String json) {
        if (notation == Notation.JSON) {
            out.append(json);
            return;
        }
        try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
            p.nextToken();
            copy(p, notation, out);
        } catch (JacksonException e) {
            throw notAnObject(e);
        }
    }

    private static DalangException notAnObject(@Nullable Throwable cause) {
        return new DalangException(
                new dev.dalang.api.Failure.InvalidRequest(
                        "the arguments of a tool call must be a JSON object", "messages"),
                cause);
    }

    /** The value that begins with the parser's token. */
    private static void copy(JsonParser p, Notation notation, StringBuilder out) {
        switch (p.currentToken()) {
            case START_OBJECT -> {
                out.append('{');
                String comma = "";
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    out.append(comma);
                    if (notation.quote().isEmpty()) {
                        string(p.currentName(), notation, out);
                        out.append(": ");
                    } else {
                        out.append(p.currentName()).append(':');
                    }
                    p.nextToken();
                    copy(p, notation, out);
                    comma = notation.quote().isEmpty() ? ", " : ",";
                }
                out.append('}');
            }
            case START_ARRAY -> {
                out.append('[');
                String comma = "";
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    out.append(comma);
                    copy(p, notation, out);
                    comma = notation.quote().isEmpty() ? ", " : ",";
                }
                out.append(']');
            }
            case VALUE_STRING -> string(p.getString(), notation, out);
            case VALUE_TRUE -> out.append(notation == Notation.PYTHON ? "True" : "true");
            case VALUE_FALSE -> out.append(notation == Notation.PYTHON ? "False" : "false");
            case VALUE_NULL -> out.append(notation == Notation.PYTHON ? "None" : "null");
            case null -> throw notAnObject(null);
            default -> out.append(p.getString()); // a number, as written
        }
    }

    private static void string(String text, Notation notation, StringBuilder out) {
        if (notation.quote().isEmpty()) {
            Json.quote(out, text);
        } else {
            out.append(notation.quote()).append(text).append(notation.quote());
        }
    }
}

package dev.dalang.server.openai;

import dev.dalang.api.ResponseFormat;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What an answer must look like, in the words of the dialects. */
public final class Formats {

    private Formats() {}

    /** {@code response_format} of the chat dialect: the schema lies in an object of its own. */
    static ResponseFormat chat(Fields in) {
        return format(in, true);
    }

    /** {@code text.format} of the Responses dialect: the schema lies beside the type. */
    public static ResponseFormat responses(Fields in) {
        return format(in, false);
    }

    private static ResponseFormat format(Fields in, boolean nested) {
        String type = in.word("type", List.of("text", "json_object", "json_schema"));
        return switch (type) {
            case null -> throw in.invalid("type", "is required");
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> schema(nested ? in.requireObject("json_schema") : in);
            default -> new ResponseFormat.Text();
        };
    }

    private static ResponseFormat schema(Fields in) {
        String name = in.requireText("name");
        String description = in.text("description");
        JsonNode schema = in.requireAny("schema");
        if (!(schema instanceof ObjectNode object)) throw in.invalid("schema", "must be an object");
        return new ResponseFormat.JsonSchema(name, Json.text(described(object, description)), in.flag("strict"));
    }

    /** What the format is for belongs into the schema, where models are told. */
    private static JsonNode described(ObjectNode schema, @Nullable String description) {
        if (description == null || schema.has("description")) return schema;
        return schema.deepCopy().put("description", description);
    }

    /**
     * A form of the answer.
     *
     * @param field the request's field that asks for it
     */
    record Asked(ResponseFormat format, String field) {}

    /** {@code grammar} of llama.cpp, {@code structured_outputs} of vLLM; null where neither is asked for. */
    static @Nullable Asked local(Fields in) {
        List<Asked> asked = new ArrayList<>();
        String grammar = filled(in, "grammar");
        if (grammar != null) asked.add(new Asked(new ResponseFormat.Grammar(grammar), "grammar"));
        Fields structured = in.object("structured_outputs");
        if (structured != null) {
            String schema = structured.json("json");
            if (schema != null) {
                asked.add(new Asked(new ResponseFormat.JsonSchema(null, schema, null), structured.path("json")));
            }
            String regex = filled(structured, "regex");
            if (regex != null) asked.add(new Asked(new ResponseFormat.Regex(regex), structured.path("regex")));
            List<String> choice = structured.texts("choice");
            if (choice != null) {
                if (choice.isEmpty() || choice.contains("")) {
                    throw structured.invalid("choice", "must hold at least one option, and none that is empty");
                }
                asked.add(new Asked(new ResponseFormat.Choice(choice), structured.path("choice")));
            }
            String gbnf = filled(structured, "grammar");
            if (gbnf != null) asked.add(new Asked(new ResponseFormat.Grammar(gbnf), structured.path("grammar")));
            if (structured.flag("json_object", false)) {
                asked.add(new Asked(new ResponseFormat.JsonObject(), structured.path("json_object")));
            }
        }
        if (asked.size() > 1) throw in.invalid("structured_outputs", "and grammar ask for several forms: give one");
        return asked.isEmpty() ? null : asked.getFirst();
    }

    private static @Nullable String filled(Fields in, String name) {
        String text = in.text(name);
        if (text != null && text.isBlank()) throw in.invalid(name, "must not be empty");
        return text;
    }
}

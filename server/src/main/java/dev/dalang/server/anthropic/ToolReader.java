package dev.dalang.server.anthropic;

import dev.dalang.api.CacheHint;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tools and the choice among them. */
final class ToolReader {

    private ToolReader() {}

    /** A tool of the caller's, or one that Anthropic's servers run or that has a schema of Anthropic's. */
    static Tool tool(Fields t) {
        String type = t.text("type");
        String name = t.requireText("name");
        CacheHint cache = ContentReader.cache(t);
        if (type != null && !type.equals("custom")) {
            ObjectNode whole = Json.object();
            for (String member : t.names()) whole.set(member, t.any(member));
            return new Tool.Hosted(name, type, Json.text(whole), cache);
        }
        String description = t.text("description");
        JsonNode schema = t.requireAny("input_schema");
        if (!schema.isObject()) throw t.invalid("input_schema", "must be an object");
        Boolean strict = t.flag("strict");
        // Arguments are streamed as they are written, whether that was asked for or not.
        t.flag("eager_input_streaming");
        t.refuseUnless("defer_loading", "false", "every tool that is declared is shown to the model");
        t.refuseUnless("allowed_callers", "[\"direct\"]", "only the model itself calls tools here");
        t.refuseUnless("input_examples", "[]", "put examples into the description");
        return new Tool.Function(name, description, Json.text(schema), strict, cache);
    }

    /** @param parallel null for the model's default */
    record Choice(ToolChoice choice, @Nullable Boolean parallel) {}

    static Choice choice(@Nullable Fields f) {
        if (f == null) return new Choice(new ToolChoice.Auto(), null);
        String type = f.requireText("type");
        ToolChoice choice = switch (type) {
            case "auto" -> new ToolChoice.Auto();
            case "any" -> new ToolChoice.Required();
            case "none" -> new ToolChoice.None();
            case "tool" -> new ToolChoice.Named(List.of(f.requireText("name")));
            default -> throw f.invalid("type", "is auto, any, tool or none, not " + type);
        };
        Boolean disabled = f.flag("disable_parallel_tool_use");
        return new Choice(choice, disabled == null ? null : !disabled);
    }
}

package dev.dalang.server.responses;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Truncation;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request's settings as its response repeats them, with what holds where nothing was said. */
final class Echo {

    /** Handed back as they came, where they came. */
    private static final List<String> AS_GIVEN = List.of(
            "max_tool_calls",
            "moderation",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "safety_identifier",
            "user");

    private Echo() {}

    static ObjectNode of(Fields in, ChatRequest settings) {
        ObjectNode echo = Json.object();
        echo.put("background", in.flag("background", false));
        echo.put("instructions", in.text("instructions"));
        echo.put("max_output_tokens", settings.maxTokens());
        echo.put("previous_response_id", in.text("previous_response_id"));
        echo.put("parallel_tool_calls", in.flag("parallel_tool_calls", true));
        echo.set("reasoning", reasoning(in.any("reasoning")));
        echo.put("service_tier", settings.serviceTier() == null ? "default" : settings.serviceTier());
        echo.put("store", in.flag("store", true));
        echo.put("temperature", settings.sampling().temperature());
        echo.put("top_p", settings.sampling().topP());
        echo.set("text", text(in.any("text")));
        JsonNode choice = in.any("tool_choice");
        if (choice == null) echo.put("tool_choice", "auto");
        else echo.set("tool_choice", choice);
        echo.set("tools", tools(in.any("tools")));
        echo.put("top_logprobs", in.integer("top_logprobs", 0));
        echo.put("truncation", settings.truncation() == Truncation.DROP_OLDEST ? "auto" : "disabled");
        ObjectNode metadata = echo.putObject("metadata");
        settings.metadata().forEach(metadata::put);
        for (String name : AS_GIVEN) {
            JsonNode value = in.any(name);
            if (value != null) echo.set(name, value);
        }
        return echo;
    }

    private static ObjectNode reasoning(@Nullable JsonNode given) {
        ObjectNode reasoning = Json.object().putNull("effort").putNull("summary");
        if (given instanceof ObjectNode object) reasoning.setAll(object);
        return reasoning;
    }

    private static ObjectNode text(@Nullable JsonNode given) {
        ObjectNode text = Json.object();
        if (given instanceof ObjectNode object) text.setAll(object);
        if (text.get("format") == null || text.get("format").isNull())
            text.putObject("format").put("type", "text");
        return text;
    }

    private static ArrayNode tools(@Nullable JsonNode given) {
        ArrayNode tools = Json.array();
        if (given == null) return tools;
        for (JsonNode tool : given) {
            ObjectNode one = ((ObjectNode) tool).deepCopy();
            if ("function".equals(one.path("type").asString(""))) {
                if (one.get("strict") == null) one.putNull("strict");
                if (one.get("parameters") == null) one.putNull("parameters");
            }
            tools.add(one);
        }
        return tools;
    }
}

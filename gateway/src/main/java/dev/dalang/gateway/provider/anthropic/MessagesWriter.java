package dev.dalang.gateway.provider.anthropic;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of Anthropic's Messages. */
final class MessagesWriter {
    /** The protocol wants a limit; this is what every model of the last years can write. */
    static final int DEFAULT_MAX_TOKENS = 8192;

    private static final List<String> EXTENSIONS =
            List.of("container", "context_management", "mcp_servers", "inference_geo", "speed");

    private final String provider;
    private final Fields fields;

    MessagesWriter(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        if (!(r.prompt() instanceof Prompt.Conversation conversation)) {
            throw Fields.noPlace(provider, "a prompt without a conversation");
        }
        ObjectNode out = Json.object().put("model", model);
        MessagesContent content = new MessagesContent(provider, fields);
        content.read(conversation);
        if (!content.system().isEmpty()) out.set("system", content.system());
        out.set("messages", content.messages());

        Integer asked = fields.take("max_tokens", r.maxTokens());
        int most = asked == null ? DEFAULT_MAX_TOKENS : asked;
        most = ClaudeThinking.write(r.reasoning(), model, most, asked != null, fields, out);
        out.put("max_tokens", most);

        Sampling s = r.sampling();
        decimal(out, "temperature", s.temperature());
        decimal(out, "top_p", s.topP());
        Integer topK = fields.take("top_k", s.topK());
        if (topK != null) out.put("top_k", topK);
        fields.take("stop");
        if (!r.stop().isEmpty()) {
            ArrayNode stop = out.putArray("stop_sequences");
            r.stop().forEach(stop::add);
        }
        String tier = fields.take("service_tier", r.serviceTier());
        if (tier != null) out.put("service_tier", tier);
        if (r.user() != null) out.putObject("metadata").put("user_id", r.user());
        tools(r, out);
        if (r.responseFormat() instanceof ResponseFormat.JsonSchema f) {
            fields.take("response_format");
            ObjectNode format =
                    out.withObjectProperty("output_config").putObject("format").put("type", "json_schema");
            format.set("schema", Json.givenObject(f.schema(), "response_format.schema"));
        }
        for (String name : EXTENSIONS) {
            JsonNode value = fields.extension(name);
            if (value != null) out.set(name, value);
        }
        return out.put("stream", true);
    }

    /** The betas that a request asks for, as the header wants them, or null. */
    @Nullable
    String betas() {
        JsonNode betas = fields.extension("betas");
        if (betas == null) return null;
        List<String> names = new ArrayList<>();
        for (JsonNode name : betas.values()) if (name.isString()) names.add(name.stringValue());
        return names.isEmpty() ? null : String.join(",", names);
    }

    private void decimal(ObjectNode out, String name, @Nullable Float value) {
        fields.take(name);
        if (value != null) out.put(name, Json.decimal(value));
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        fields.take("tool_choice");
        Boolean parallel = fields.take("parallel_tool_calls", r.parallelToolCalls());
        List<Tool> tools = new ArrayList<>(r.tools());
        ObjectNode choice = Json.object();
        switch (r.toolChoice()) {
            case ToolChoice.Auto c -> choice.put("type", "auto");
            case ToolChoice.None c -> choice.put("type", "none");
            case ToolChoice.Required c -> choice.put("type", "any");
            case ToolChoice.Named c -> {
                if (c.names().size() == 1 && c.required()) {
                    choice.put("type", "tool").put("name", c.names().getFirst());
                } else {
                    // The protocol names one or none; leaving the others out says the same.
                    tools.removeIf(t -> !c.names().contains(t.name()));
                    choice.put("type", c.required() ? "any" : "auto");
                }
            }
        }
        if (tools.isEmpty()) return;
        ArrayNode array = out.putArray("tools");
        for (Tool tool : tools) tool(tool, array.addObject());
        String type = Json.text(choice, "type", "");
        if (parallel != null && !type.equals("none")) choice.put("disable_parallel_tool_use", !parallel);
        if (!type.equals("auto") || parallel != null) out.set("tool_choice", choice);
    }

    private void tool(Tool tool, ObjectNode at) {
        switch (tool) {
            case Tool.Function f -> {
                at.put("name", f.name());
                if (f.description() != null) at.put("description", f.description());
                at.set(
                        "input_schema",
                        f.parameters() == null
                                ? Json.object().put("type", "object")
                                : Json.givenObject(f.parameters(), "tools." + f.name() + ".input_schema"));
                if (f.strict() != null) at.put("strict", f.strict());
            }
            case Tool.Custom c -> throw Fields.noPlace(provider, "the freeform tool " + c.name());
            case Tool.Hosted h -> at.setAll(Json.givenObject(h.configuration(), "tools." + h.name()));
        }
        MessagesContent.cache(at, tool.cache());
    }
}

package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.api.Truncation;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request of OpenAI's Responses ({@code CreateResponse}). Nothing is stored at the provider unless the request says
 * {@code store}: what must be remembered between turns comes back sealed and goes along.
 */
final class ResponsesWriter {
    private static final Map<String, String> PARAMETERS = Map.of(
            "temperature",
            "temperature",
            "top_p",
            "top_p",
            "max_tokens",
            "max_output_tokens",
            "parallel_tool_calls",
            "parallel_tool_calls",
            "service_tier",
            "service_tier");
    private static final List<String> EXTENSIONS = List.of(
            "previous_response_id",
            "conversation",
            "max_tool_calls",
            "prompt_cache_key",
            "prompt_cache_retention",
            "safety_identifier",
            "prompt",
            "context_management",
            "moderation",
            "prompt_cache_options");

    private final String provider;
    private final Fields fields;

    ResponsesWriter(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        if (!(r.prompt() instanceof Prompt.Conversation conversation)) {
            throw Fields.noPlace(provider, "a prompt without a conversation over Responses");
        }
        if (conversation.continueLast()) throw Fields.noPlace(provider, "an answer that is begun already (prefill)");
        ObjectNode out = Json.object().put("model", model);
        List<Message> messages = conversation.messages();
        String instructions = messages.getFirst().role() == Role.SYSTEM
                ? Content.textOf(messages.getFirst().parts())
                : null;
        if (instructions != null) {
            out.put("instructions", instructions);
            messages = messages.subList(1, messages.size());
        }
        new ResponsesInput(provider, out.putArray("input")).write(messages);
        tools(r, out);
        format(r.responseFormat(), out);
        ArrayNode include = Json.array();
        reasoning(r.reasoning(), out, include);
        Integer top = fields.take("top_logprobs", r.topLogprobs());
        if (top != null) {
            out.put("top_logprobs", top);
            include.add("message.output_text.logprobs");
        }
        if (r.truncation() == Truncation.DROP_OLDEST) out.put("truncation", "auto");
        fields.take("truncation");
        Parameters.write(r, PARAMETERS, fields, out);
        if (r.user() != null) out.put("safety_identifier", r.user());
        for (String name : EXTENSIONS) {
            JsonNode value = fields.extension(name);
            if (value != null) out.set(name, value);
        }
        JsonNode verbosity = fields.extension("verbosity");
        if (verbosity != null) out.withObjectProperty("text").set("verbosity", verbosity);
        JsonNode more = fields.extension("include");
        if (more != null) more.values().forEach(include::add);
        if (!include.isEmpty()) out.set("include", include);
        JsonNode store = fields.extension("store");
        boolean stored = store != null && store.isBoolean() && store.booleanValue();
        out.put("store", stored);
        if (stored && !r.metadata().isEmpty()) {
            ObjectNode labels = out.putObject("metadata");
            r.metadata().forEach(labels::put);
        }
        return out.put("stream", true);
    }

    private void reasoning(ReasoningOptions t, ObjectNode out, ArrayNode include) {
        ObjectNode reasoning = Json.object();
        Effort effort = t.off() ? Effort.NONE : t.effort();
        fields.take("reasoning.enabled");
        fields.take("reasoning.effort");
        if (t.budgetTokens() != null && t.budgetTokens() == 0) fields.take("reasoning.budget_tokens");
        if (effort != null) reasoning.put("effort", ChatWriter.word(effort));
        String summary = fields.take("reasoning.summary", t.summary());
        if (summary != null) reasoning.put("summary", summary);
        if (!reasoning.isEmpty()) out.set("reasoning", reasoning);
        fields.take("reasoning.encrypted_content");
        if (t.includeEncrypted()) include.add("reasoning.encrypted_content");
    }

    private void format(ResponseFormat format, ObjectNode out) {
        switch (format) {
            case ResponseFormat.JsonObject f -> {
                fields.take("response_format");
                out.putObject("text").putObject("format").put("type", "json_object");
            }
            case ResponseFormat.JsonSchema f -> {
                fields.take("response_format");
                ObjectNode at = out.putObject("text")
                        .putObject("format")
                        .put("type", "json_schema")
                        .put("name", f.name() == null ? "answer" : f.name());
                at.set("schema", Json.givenObject(f.schema(), "response_format.schema"));
                if (f.strict() != null) at.put("strict", f.strict());
            }
            default -> {} // no place
        }
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        fields.take("tool_choice");
        if (r.tools().isEmpty()) return;
        ArrayNode array = out.putArray("tools");
        for (Tool tool : r.tools()) tool(tool, array.addObject());
        switch (r.toolChoice()) {
            case ToolChoice.Auto c -> {}
            case ToolChoice.None c -> out.put("tool_choice", "none");
            case ToolChoice.Required c -> out.put("tool_choice", "required");
            case ToolChoice.Named c -> {
                if (c.names().size() == 1 && c.required()) {
                    name(r, c.names().getFirst(), out.putObject("tool_choice"));
                } else {
                    ObjectNode allowed = out.putObject("tool_choice")
                            .put("type", "allowed_tools")
                            .put("mode", c.required() ? "required" : "auto");
                    ArrayNode names = allowed.putArray("tools");
                    for (String name : c.names()) name(r, name, names.addObject());
                }
            }
        }
    }

    private static void name(ChatRequest r, String name, ObjectNode at) {
        for (Tool tool : r.tools()) {
            if (!tool.name().equals(name)) continue;
            switch (tool) {
                case Tool.Function f -> at.put("type", "function").put("name", name);
                case Tool.Custom c -> at.put("type", "custom").put("name", name);
                case Tool.Hosted h -> at.put("type", h.type());
            }
        }
    }

    private static void tool(Tool tool, ObjectNode at) {
        switch (tool) {
            case Tool.Function f -> {
                at.put("type", "function").put("name", f.name());
                if (f.description() != null) at.put("description", f.description());
                if (f.parameters() != null) {
                    at.set("parameters", Json.givenObject(f.parameters(), "tools." + f.name() + ".parameters"));
                }
                // Here a tool is strict unless it says otherwise, and a schema that was not written for that is
                // refused.
                at.put("strict", f.strict() != null && f.strict());
            }
            case Tool.Custom c -> {
                at.put("type", "custom").put("name", c.name());
                if (c.description() != null) at.put("description", c.description());
                if (c.grammar() != null) {
                    at.putObject("format")
                            .put("type", "grammar")
                            .put("syntax", c.grammar().syntax())
                            .put("definition", c.grammar().definition());
                }
            }
            case Tool.Hosted h -> at.setAll(Json.givenObject(h.configuration(), "tools." + h.name()));
        }
    }
}

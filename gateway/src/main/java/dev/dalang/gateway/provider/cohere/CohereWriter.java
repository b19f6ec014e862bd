package dev.dalang.gateway.provider.cohere;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of Cohere's Chat, version 2. */
final class CohereWriter {
    private static final List<String> EXTENSIONS =
            List.of("documents", "citation_options", "safety_mode", "strict_tools", "priority");

    private final String provider;
    private final Fields fields;
    private boolean thinks;

    CohereWriter(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        if (!(r.prompt() instanceof Prompt.Conversation conversation) || conversation.continueLast()) {
            throw Fields.noPlace(provider, "a prompt other than a conversation with a turn of its own to answer");
        }
        ObjectNode out = Json.object().put("model", model);
        ReasoningOptions t = r.reasoning();
        thinks = !t.off() && (Boolean.TRUE.equals(t.enabled()) || t.budgetTokens() != null);
        ArrayNode messages = out.putArray("messages");
        for (Message m : conversation.messages()) message(m, messages);
        tools(r, out);
        Sampling s = r.sampling();
        decimal(out, "temperature", "temperature", s.temperature());
        decimal(out, "p", "top_p", s.topP());
        decimal(out, "frequency_penalty", "frequency_penalty", s.frequencyPenalty());
        decimal(out, "presence_penalty", "presence_penalty", s.presencePenalty());
        Integer k = fields.take("top_k", s.topK());
        if (k != null) out.put("k", k);
        Long seed = fields.take("seed", s.seed());
        if (seed != null) out.put("seed", seed);
        Integer most = fields.take("max_tokens", r.maxTokens());
        if (most != null) out.put("max_tokens", most);
        fields.take("stop");
        if (!r.stop().isEmpty()) r.stop().forEach(out.putArray("stop_sequences")::add);
        // Scores without alternatives are all that there is.
        if (r.topLogprobs() != null && r.topLogprobs() == 0) {
            fields.take("top_logprobs");
            out.put("logprobs", true);
        }
        format(r.responseFormat(), out);
        thinking(t, out);
        for (String name : EXTENSIONS) {
            JsonNode value = fields.extension(name);
            if (value != null) out.set(name, value);
        }
        return out.put("stream", true);
    }

    private void decimal(ObjectNode out, String wire, String name, @Nullable Float value) {
        fields.take(name);
        if (value != null) out.put(wire, Json.decimal(value));
    }

    private void format(ResponseFormat format, ObjectNode out) {
        if (format instanceof ResponseFormat.JsonObject) {
            out.putObject("response_format").put("type", "json_object");
        } else if (format instanceof ResponseFormat.JsonSchema f) {
            out.putObject("response_format")
                    .put("type", "json_object")
                    .set("json_schema", Json.givenObject(f.schema(), "response_format.schema"));
        } else {
            return;
        }
        fields.take("response_format");
    }

    private void thinking(ReasoningOptions t, ObjectNode out) {
        fields.take("reasoning.enabled");
        if (t.off()) {
            fields.take("reasoning.effort");
            fields.take("reasoning.budget_tokens");
            out.putObject("thinking").put("type", "disabled");
            return;
        }
        Integer budget = fields.take("reasoning.budget_tokens", t.budgetTokens());
        if (budget == null && !Boolean.TRUE.equals(t.enabled())) return;
        ObjectNode thinking = out.putObject("thinking").put("type", "enabled");
        if (budget != null) thinking.put("token_budget", budget);
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        fields.take("tool_choice");
        if (Boolean.TRUE.equals(r.parallelToolCalls())) fields.take("parallel_tool_calls");
        List<Tool> tools = new ArrayList<>(r.tools());
        String choice = null;
        switch (r.toolChoice()) {
            case ToolChoice.Auto c -> {}
            case ToolChoice.None c -> choice = "NONE";
            case ToolChoice.Required c -> choice = "REQUIRED";
            case ToolChoice.Named c -> {
                tools.removeIf(t -> !c.names().contains(t.name()));
                if (c.required()) choice = "REQUIRED";
            }
        }
        if (tools.isEmpty()) return;
        ArrayNode array = out.putArray("tools");
        for (Tool tool : tools) {
            if (!(tool instanceof Tool.Function f)) throw Fields.noPlace(provider, "the tool " + tool.name());
            ObjectNode function = array.addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", f.name());
            if (f.description() != null) function.put("description", f.description());
            function.set(
                    "parameters",
                    f.parameters() == null
                            ? Json.object().put("type", "object")
                            : Json.givenObject(f.parameters(), "tools." + f.name() + ".parameters"));
        }
        if (choice != null) out.put("tool_choice", choice);
        strict(tools, out);
    }

    /** Here all tools are strict, or none; strict ones must have a required parameter, so that nobody's are made so. */
    private void strict(List<Tool> tools, ObjectNode out) {
        if (fields.hasExtension("strict_tools")) return;
        long strict = tools.stream()
                .filter(t -> t instanceof Tool.Function f && Boolean.TRUE.equals(f.strict()))
                .count();
        if (strict == tools.size()) {
            out.put("strict_tools", true);
        } else if (strict > 0) {
            fields.notice(
                    "tools_not_strict",
                    provider + " holds all tools strictly to their schemas or none, and not all of these ask for it;"
                            + " none is");
        }
    }

    private void message(Message m, ArrayNode to) {
        switch (m.role()) {
            case ASSISTANT -> assistant(m, to.addObject().put("role", "assistant"));
            case TOOL -> {
                for (Part part : m.parts()) {
                    if (!(part instanceof Part.ToolResult r)) {
                        throw Fields.noPlace(provider, "a part beside the results of tools");
                    }
                    String text = Content.textOf(r.parts());
                    if (text == null) throw Fields.noPlace(provider, "a tool's result that is no text");
                    to.addObject()
                            .put("role", "tool")
                            .put("tool_call_id", r.callId())
                            .put("content", text);
                }
            }
            default -> said(m, to.addObject().put("role", m.role() == Role.USER ? "user" : "system"));
        }
    }

    private void said(Message m, ObjectNode to) {
        String text = Content.textOf(m.parts());
        if (text != null) {
            to.put("content", text);
            return;
        }
        ArrayNode content = to.putArray("content");
        for (Part part : m.parts()) {
            switch (part) {
                case Part.Text t -> content.addObject().put("type", "text").put("text", t.text());
                case Part.Image i -> {
                    String url = switch (i.source()) {
                        case Source.Bytes b -> Content.dataUrl(b, Content.type(b, "image/png"));
                        case Source.Url u -> u.url();
                        case Source.FileId f -> throw Fields.noPlace(provider, "a picture by its file id");
                    };
                    ObjectNode image = content.addObject()
                            .put("type", "image_url")
                            .putObject("image_url")
                            .put("url", url);
                    if (i.detail() != null) image.put("detail", i.detail());
                }
                default -> throw Fields.noPlace(provider, "a " + part.getClass().getSimpleName() + " part here");
            }
        }
    }

    private void assistant(Message m, ObjectNode to) {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        ArrayNode calls = Json.array();
        for (Part part : m.parts()) {
            switch (part) {
                case Part.Text t -> text.append(t.text());
                case Part.Refusal r -> text.append(r.text());
                case Part.Reasoning r -> reasoning.append(r.text());
                case Part.RedactedReasoning r -> {} // another provider's
                case Part.ToolCall c -> {
                    if (c.freeform()) throw Fields.noPlace(provider, "a freeform tool call");
                    calls.addObject()
                            .put("id", c.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", c.name())
                            .put("arguments", c.arguments().isBlank() ? "{}" : c.arguments());
                }
                default ->
                    throw Fields.noPlace(
                            provider, "a " + part.getClass().getSimpleName() + " part in a message of the assistant's");
            }
        }
        if (!calls.isEmpty()) {
            // Every model knows the plan before its calls; blocks of thinking, those that think.
            if (!thinks && !reasoning.isEmpty()) to.put("tool_plan", reasoning.toString());
            to.set("tool_calls", calls);
        }
        if (thinks && !reasoning.isEmpty()) {
            ArrayNode content = to.putArray("content");
            content.addObject().put("type", "thinking").put("thinking", reasoning.toString());
            if (!text.isEmpty()) content.addObject().put("type", "text").put("text", text.toString());
        } else if (!text.isEmpty() || calls.isEmpty()) {
            to.put("content", text.toString());
        }
    }
}

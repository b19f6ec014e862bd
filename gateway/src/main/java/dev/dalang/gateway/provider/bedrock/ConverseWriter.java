package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.anthropic.ClaudeThinking;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of Bedrock's Converse. What Converse has no field for goes to the model's family in its own words. */
final class ConverseWriter {
    private static final List<String> EXTENSIONS =
            List.of("guardrailConfig", "performanceConfig", "promptVariables", "additionalModelResponseFieldPaths");
    private static final int SOME_TOKENS = 8192;

    private final String provider;
    private final Fields fields;

    ConverseWriter(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        if (!(r.prompt() instanceof Prompt.Conversation conversation)) {
            throw Fields.noPlace(provider, "a prompt without a conversation");
        }
        ObjectNode out = Json.object();
        new ConverseContent(provider, fields).write(conversation, out);
        ObjectNode own = Json.object();
        JsonNode more = fields.extension("additionalModelRequestFields");
        if (more instanceof ObjectNode object) own.setAll(object);
        Integer most = thinking(r, model, own, fields.take("max_tokens", r.maxTokens()));
        ObjectNode config = Json.object();
        Sampling s = r.sampling();
        if (most != null) config.put("maxTokens", most);
        decimal(config, "temperature", "temperature", s.temperature());
        decimal(config, "topP", "top_p", s.topP());
        fields.take("stop");
        if (!r.stop().isEmpty()) r.stop().forEach(config.putArray("stopSequences")::add);
        if (!config.isEmpty()) out.set("inferenceConfig", config);
        if (s.topK() != null && of(model, "anthropic.")) {
            fields.take("top_k");
            own.put("top_k", s.topK());
        }
        if (!own.isEmpty()) out.set("additionalModelRequestFields", own);
        tools(r, out);
        if (r.responseFormat() instanceof ResponseFormat.JsonSchema f) {
            fields.take("response_format");
            ObjectNode schema = out.putObject("outputConfig")
                    .putObject("textFormat")
                    .put("type", "json_schema")
                    .putObject("structure")
                    .putObject("jsonSchema");
            schema.put("name", f.name() == null ? "answer" : f.name());
            schema.put(
                    "schema",
                    Json.givenObject(f.schema(), "response_format.schema").toString());
        }
        String tier = fields.take("service_tier", r.serviceTier());
        if (tier != null) out.putObject("serviceTier").put("type", tier);
        if (!r.metadata().isEmpty()) {
            ObjectNode labels = out.putObject("requestMetadata");
            r.metadata().forEach(labels::put);
        }
        for (String name : EXTENSIONS) {
            JsonNode value = fields.extension(name);
            if (value != null) out.set(name, value);
        }
        return out;
    }

    private static boolean of(String model, String family) {
        return model.toLowerCase(Locale.ROOT).contains(family);
    }

    private void decimal(ObjectNode to, String wire, String name, @Nullable Float value) {
        fields.take(name);
        if (value != null) to.put(wire, Json.decimal(value));
    }

    /** @return the limit of the answer, which a budget of thinking is a part of */
    private @Nullable Integer thinking(ChatRequest r, String model, ObjectNode own, @Nullable Integer most) {
        ReasoningOptions t = r.reasoning();
        if (t.equals(ReasoningOptions.DEFAULT)) return most;
        if (of(model, "anthropic.")) {
            int limit = ClaudeThinking.write(t, model, most == null ? SOME_TOKENS : most, most != null, fields, own);
            return most == null && limit == SOME_TOKENS ? null : (Integer) limit;
        }
        Effort effort = t.off() ? Effort.NONE : t.effort();
        if (of(model, "amazon.nova")) {
            ObjectNode config = own.putObject("reasoningConfig").put("type", t.off() ? "disabled" : "enabled");
            if (effort != null && effort != Effort.NONE) config.put("maxReasoningEffort", effort(effort));
        } else if (effort != null && effort != Effort.NONE) {
            own.put("reasoning_effort", effort(effort));
        } else {
            return most; // nothing says how: refused by name
        }
        fields.take("reasoning.enabled");
        fields.take("reasoning.effort");
        return most;
    }

    private static String effort(Effort effort) {
        return switch (effort) {
            case NONE, MINIMAL, LOW -> "low";
            case MEDIUM -> "medium";
            case HIGH, XHIGH, MAX -> "high";
        };
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        List<Tool> tools = new ArrayList<>(r.tools());
        ObjectNode choice = Json.object();
        switch (r.toolChoice()) {
            case ToolChoice.Auto c -> {}
            // There is no word for it, and a conversation with calls in it must declare its tools.
            case ToolChoice.None c -> {
                return;
            }
            case ToolChoice.Required c -> choice.putObject("any");
            case ToolChoice.Named c -> {
                if (c.names().size() == 1 && c.required()) {
                    choice.putObject("tool").put("name", c.names().getFirst());
                } else {
                    tools.removeIf(t -> !c.names().contains(t.name()));
                    if (c.required()) choice.putObject("any");
                }
            }
        }
        fields.take("tool_choice");
        // Several calls in one turn are always welcome there.
        if (Boolean.TRUE.equals(r.parallelToolCalls())) fields.take("parallel_tool_calls");
        if (tools.isEmpty()) return;
        ObjectNode config = out.putObject("toolConfig");
        ArrayNode array = config.putArray("tools");
        for (Tool tool : tools) {
            switch (tool) {
                case Tool.Function f -> {
                    ObjectNode spec = array.addObject().putObject("toolSpec").put("name", f.name());
                    if (f.description() != null) spec.put("description", f.description());
                    spec.putObject("inputSchema")
                            .set(
                                    "json",
                                    f.parameters() == null
                                            ? Json.object().put("type", "object")
                                            : Json.givenObject(f.parameters(), "tools." + f.name() + ".parameters"));
                    if (f.strict() != null) spec.put("strict", f.strict());
                }
                case Tool.Custom c -> throw Fields.noPlace(provider, "the freeform tool " + c.name());
                case Tool.Hosted h -> array.add(Json.givenObject(h.configuration(), "tools." + h.name()));
            }
            ConverseContent.cache(tool.cache(), array);
        }
        if (!choice.isEmpty()) config.set("toolChoice", choice);
    }
}

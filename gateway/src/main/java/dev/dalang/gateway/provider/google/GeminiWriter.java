package dev.dalang.gateway.provider.google;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of Gemini's {@code generateContent}, as AI Studio and Vertex take it. */
final class GeminiWriter {
    private static final List<String> TOP = List.of("safetySettings", "cachedContent", "labels");
    private static final List<String> WITHIN = List.of(
            "responseModalities", "speechConfig", "mediaResolution", "imageConfig", "enableEnhancedCivicAnswers");

    private final String provider;
    private final Fields fields;

    GeminiWriter(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        if (!(r.prompt() instanceof Prompt.Conversation conversation)) {
            throw Fields.noPlace(provider, "a prompt without a conversation");
        }
        ObjectNode out = Json.object();
        new GeminiContent(provider, fields).write(conversation, out);
        tools(r, out);
        ObjectNode config = Json.object();
        Sampling s = r.sampling();
        decimal(config, "temperature", "temperature", s.temperature());
        decimal(config, "topP", "top_p", s.topP());
        decimal(config, "frequencyPenalty", "frequency_penalty", s.frequencyPenalty());
        decimal(config, "presencePenalty", "presence_penalty", s.presencePenalty());
        whole(config, "topK", "top_k", s.topK());
        whole(config, "maxOutputTokens", "max_tokens", r.maxTokens());
        seed(config, s.seed());
        fields.take("stop");
        if (!r.stop().isEmpty()) r.stop().forEach(config.putArray("stopSequences")::add);
        Integer top = fields.take("top_logprobs", r.topLogprobs());
        if (top != null) {
            config.put("responseLogprobs", true);
            if (top > 0) config.put("logprobs", top);
        }
        format(r.responseFormat(), config);
        thinking(r.reasoning(), model, config);
        for (String name : WITHIN) copy(name, config);
        if (!config.isEmpty()) out.set("generationConfig", config);
        for (String name : TOP) copy(name, out);
        return out;
    }

    private void copy(String extension, ObjectNode to) {
        JsonNode value = fields.extension(extension);
        if (value != null) to.set(extension, value);
    }

    private void decimal(ObjectNode to, String wire, String name, @Nullable Float value) {
        fields.take(name);
        if (value != null) to.put(wire, Json.decimal(value));
    }

    private void whole(ObjectNode to, String wire, String name, @Nullable Integer value) {
        fields.take(name);
        if (value != null) to.put(wire, value);
    }

    /** Seeds have 32 bits there; a longer one keeps its lower half, which is as good a seed. */
    private void seed(ObjectNode config, @Nullable Long seed) {
        fields.take("seed");
        if (seed != null) config.put("seed", (int) (seed & 0x7fffffff));
    }

    private void format(ResponseFormat format, ObjectNode config) {
        switch (format) {
            case ResponseFormat.JsonObject f -> config.put("responseMimeType", "application/json");
            case ResponseFormat.JsonSchema f -> {
                config.put("responseMimeType", "application/json");
                config.set("responseJsonSchema", Json.givenObject(f.schema(), "response_format.schema"));
            }
            case ResponseFormat.Choice f -> {
                config.put("responseMimeType", "text/x.enum");
                f.options()
                        .forEach(config.putObject("responseSchema")
                                .put("type", "STRING")
                                .putArray("enum")::add);
            }
            default -> {
                return; // no place for it
            }
        }
        fields.take("response_format");
    }

    /** Models before Gemini 3 think by a budget, later ones at a level, which has no "not at all". */
    private void thinking(ReasoningOptions t, String model, ObjectNode config) {
        boolean byBudget = model.matches("(?i).*gemini-(1|2|flash-latest|robotics).*");
        ObjectNode thinking = Json.object();
        if (t.off()) {
            if (!byBudget) return;
            thinking.put("thinkingBudget", 0);
        } else {
            Effort effort = t.effort();
            if (t.budgetTokens() != null) thinking.put("thinkingBudget", t.budgetTokens());
            else if (effort != null && byBudget) thinking.put("thinkingBudget", budget(effort));
            else if (effort != null) thinking.put("thinkingLevel", level(effort));
            if (t.summary() != null || Boolean.TRUE.equals(t.enabled())) thinking.put("includeThoughts", true);
        }
        for (String name : new String[] {"enabled", "effort", "budget_tokens", "summary", "encrypted_content"}) {
            fields.take("reasoning." + name);
        }
        if (!thinking.isEmpty()) config.set("thinkingConfig", thinking);
    }

    private static int budget(Effort effort) {
        return switch (effort) {
            case NONE -> 0;
            case MINIMAL, LOW -> 1024;
            case MEDIUM -> 8192;
            case HIGH, XHIGH, MAX -> 24576;
        };
    }

    private static String level(Effort effort) {
        return switch (effort) {
            case NONE, MINIMAL, LOW, MEDIUM, HIGH -> effort.name().toLowerCase(Locale.ROOT);
            case XHIGH, MAX -> "high";
        };
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        fields.take("tool_choice");
        // Several calls in one turn are always welcome to it.
        if (Boolean.TRUE.equals(r.parallelToolCalls())) fields.take("parallel_tool_calls");
        if (r.tools().isEmpty()) return;
        ArrayNode tools = out.putArray("tools");
        ArrayNode declarations = Json.array();
        for (Tool tool : r.tools()) {
            switch (tool) {
                case Tool.Function f -> {
                    ObjectNode at = declarations.addObject().put("name", f.name());
                    if (f.description() != null) at.put("description", f.description());
                    if (f.parameters() != null) {
                        at.set(
                                "parametersJsonSchema",
                                Json.givenObject(f.parameters(), "tools." + f.name() + ".parameters"));
                    }
                }
                case Tool.Custom c -> throw Fields.noPlace(provider, "the freeform tool " + c.name());
                case Tool.Hosted h -> tools.add(Json.givenObject(h.configuration(), "tools." + h.name()));
            }
        }
        if (!declarations.isEmpty()) tools.addObject().set("functionDeclarations", declarations);
        ObjectNode config = Json.object();
        switch (r.toolChoice()) {
            case ToolChoice.Auto c -> {
                return;
            }
            case ToolChoice.None c -> config.put("mode", "NONE");
            case ToolChoice.Required c -> config.put("mode", "ANY");
            case ToolChoice.Named c -> {
                config.put("mode", c.required() ? "ANY" : "VALIDATED");
                c.names().forEach(config.putArray("allowedFunctionNames")::add);
            }
        }
        out.putObject("toolConfig").set("functionCallingConfig", config);
    }
}

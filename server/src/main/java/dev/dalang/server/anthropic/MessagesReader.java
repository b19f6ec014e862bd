package dev.dalang.server.anthropic;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * A body of {@code POST /v1/messages} and of {@code POST /v1/messages/count_tokens} as a request of the doorway.
 *
 * <p>What only Anthropic's servers do ({@code container}, {@code mcp_servers}, …) travels as an extension: a model that
 * does not know it says so or refuses.
 */
final class MessagesReader {

    /**
     * A request, and what is between the front end and its client.
     *
     * @param stream the answer is to come as it is written
     * @param hidesThinking the answer shows that the model thought, not what ({@code display: omitted})
     */
    record Read(ChatRequest request, boolean stream, boolean hidesThinking) {}

    /** Fields that only Anthropic's servers understand. */
    private static final List<String> EXTENSIONS = List.of(
            "container", "context_management", "mcp_servers", "inference_geo", "speed", "fallbacks", "user_profile_id");

    private MessagesReader() {}

    /**
     * A question.
     *
     * @param betas of the header {@code anthropic-beta}, comma-separated, or null
     */
    static Read read(Fields f, @Nullable String betas) {
        ChatRequest.Builder b = common(f, betas);
        Integer most = f.integer("max_tokens");
        if (most == null) throw f.invalid("max_tokens", "is required");
        if (most < 1) throw f.invalid("max_tokens", "must be at least 1, not " + most);
        b.maxTokens(most);
        List<String> stop = f.texts("stop_sequences");
        if (stop != null && stop.contains("")) throw f.invalid("stop_sequences", "must not hold an empty one");
        b.stop(stop == null ? List.of() : stop);
        b.sampling(Sampling.builder()
                .temperature(f.single("temperature"))
                .topP(f.single("top_p"))
                .topK(f.integer("top_k"))
                .build());
        boolean stream = f.flag("stream", false);
        Fields metadata = f.object("metadata");
        if (metadata != null) {
            b.user(metadata.text("user_id"));
        }
        b.serviceTier(tier(f));
        JsonNode thinking = f.any("thinking");
        boolean hides =
                thinking != null && thinking.path("display").asString("").equals("omitted");
        f.done();
        return new Read(b.build(), stream, hides);
    }

    /** The same without what only an answer needs. */
    static ChatRequest readForCount(Fields f, @Nullable String betas) {
        ChatRequest.Builder b = common(f, betas);
        f.done();
        return b.build();
    }

    private static ChatRequest.Builder common(Fields f, @Nullable String betas) {
        String model = f.requireText("model");
        List<Message> messages = new ArrayList<>();
        if (f.has("system")) {
            List<Part> texts = ContentReader.texts(f, "system");
            if (!texts.isEmpty()) messages.add(new Message(Role.SYSTEM, texts, null));
        }
        List<Fields> turns = f.requireObjects("messages");
        if (turns.isEmpty()) throw f.invalid("messages", "must hold at least one message");
        Set<String> calls = new HashSet<>();
        for (Fields turn : turns) {
            List<Message> read = ContentReader.messages(turn);
            checkResults(turn, read, calls);
            messages.addAll(read);
        }
        // A last message of the assistant's is the beginning of the answer.
        boolean prefill = messages.getLast().role() == Role.ASSISTANT;

        ChatRequest.Builder b = ChatRequest.builder(model, new Prompt.Conversation(messages, prefill));
        List<Fields> declared = f.objects("tools");
        List<Tool> tools = declared == null
                ? List.of()
                : declared.stream().map(ToolReader::tool).toList();
        ToolReader.Choice choice = ToolReader.choice(f.object("tool_choice"));
        b.tools(tools).toolChoice(choice.choice()).parallelToolCalls(choice.parallel());

        Fields output = f.object("output_config");
        Effort effort = null;
        ResponseFormat format = null;
        if (output != null) {
            effort = effort(output);
            format = format(output.object("format"));
            output.refuse("task_budget", "use max_tokens");
        }
        // The name that the field had while it was a beta.
        ResponseFormat before = format(f.object("output_format"));
        if (format != null && before != null) throw f.invalid("output_format", "is given beside output_config.format");
        if (format == null) format = before;
        if (format != null) b.responseFormat(format);
        ReasoningOptions reasoning = reasoning(f.object("thinking"), effort);
        b.reasoning(reasoning);
        Map<String, String> extensions = extensions(f, betas);
        if (effort != null && reasoning.effort() == null) {
            // The effort of an answer without thought: only hosted models know such.
            extensions.put("effort", Json.text(StringNode.valueOf(effort.name().toLowerCase(Locale.ROOT))));
        }
        if (!extensions.isEmpty()) b.extensions(extensions);
        return b;
    }

    /** A result is of a call that an earlier turn has made; {@code calls} are the ids of those. */
    private static void checkResults(Fields turn, List<Message> read, Set<String> calls) {
        for (Message m : read) {
            for (Part p : m.parts()) {
                if (p instanceof Part.ToolCall call) calls.add(call.id());
                if (p instanceof Part.ToolResult result && !calls.contains(result.callId())) {
                    throw turn.invalid(
                            "content",
                            "has a tool_result for " + result.callId() + ", which no tool_use before it has called");
                }
            }
        }
    }

    private static Map<String, String> extensions(Fields f, @Nullable String betas) {
        Map<String, String> extensions = new LinkedHashMap<>();
        for (String name : EXTENSIONS) {
            JsonNode value = f.any(name);
            if (value == null || (value.isContainer() && value.isEmpty())) continue;
            extensions.put(name, Json.text(value));
        }
        // A hint on the whole prompt. Local models keep what fits anyway.
        if (ContentReader.cache(f) != null) extensions.put("cache_control", String.valueOf(f.json("cache_control")));
        if (betas != null && !betas.isBlank()) {
            extensions.put("anthropic-beta", Json.text(StringNode.valueOf(betas)));
        }
        return extensions;
    }

    private static @Nullable Effort effort(Fields output) {
        String word = output.text("effort");
        if (word == null) return null;
        for (Effort e : Effort.values()) {
            if (e != Effort.NONE && e.name().toLowerCase(Locale.ROOT).equals(word)) return e;
        }
        throw output.invalid("effort", "is minimal, low, medium, high, xhigh or max, not " + word);
    }

    private static @Nullable ResponseFormat format(@Nullable Fields format) {
        if (format == null) return null;
        String type = format.requireText("type");
        if (!type.equals("json_schema")) throw format.invalid("type", "is json_schema, not " + type);
        JsonNode schema = format.requireAny("schema");
        if (!schema.isObject()) throw format.invalid("schema", "must be an object");
        return new ResponseFormat.JsonSchema(format.text("name"), Json.text(schema), null);
    }

    private static ReasoningOptions reasoning(@Nullable Fields thinking, @Nullable Effort effort) {
        if (thinking == null) {
            return effort == null ? ReasoningOptions.DEFAULT : ReasoningOptions.of(effort);
        }
        String type = thinking.requireText("type");
        Integer budget = thinking.integer("budget_tokens");
        String display = thinking.text("display");
        if (display != null && !display.equals("summarized") && !display.equals("omitted")) {
            throw thinking.invalid("display", "is summarized or omitted, not " + display);
        }
        String summary = "summarized".equals(display) ? "auto" : null;
        boolean hidden = "omitted".equals(display);
        switch (type) {
            case "disabled" -> {
                if (budget != null) throw thinking.invalid("budget_tokens", "is given though thinking is disabled");
                return new ReasoningOptions(false, null, null, null, false);
            }
            case "enabled" -> {
                if (budget == null) throw thinking.invalid("budget_tokens", "is required");
                if (budget < 1) throw thinking.invalid("budget_tokens", "must be at least 1, not " + budget);
                return new ReasoningOptions(true, effort, budget, summary, hidden);
            }
            case "adaptive" -> {
                if (budget != null) throw thinking.invalid("budget_tokens", "is given though thinking is adaptive");
                return new ReasoningOptions(true, effort, null, summary, hidden);
            }
            default -> throw thinking.invalid("type", "is enabled, disabled or adaptive, not " + type);
        }
    }

    private static @Nullable String tier(Fields f) {
        String tier = f.text("service_tier");
        if (tier == null || tier.equals("auto")) return tier;
        if (tier.equals("standard_only")) return "default";
        throw f.invalid("service_tier", "is auto or standard_only, not " + tier);
    }
}

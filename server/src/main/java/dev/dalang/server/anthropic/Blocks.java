package dev.dalang.server.anthropic;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.DalangException;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Answers;
import dev.dalang.server.http.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The pieces that whole and streamed answers of Anthropic's form have in common. */
final class Blocks {

    private Blocks() {}

    /** A message without content yet. */
    static ObjectNode message(String id, String model) {
        ObjectNode m = Json.object();
        m.put("id", id.startsWith("msg_") ? id : "msg_" + id.replaceFirst("^[a-z]+[-_]", ""));
        m.put("type", "message");
        m.put("role", "assistant");
        m.put("model", model);
        m.putArray("content");
        m.putNull("stop_reason");
        m.putNull("stop_sequence");
        return m;
    }

    static ObjectNode text(String text) {
        return Json.object().put("type", "text").put("text", text);
    }

    /** What a model of this machine thinks has an empty signature: there is nothing to prove. */
    static ObjectNode thinking(String text, @Nullable String signature) {
        ObjectNode block = Json.object().put("type", "thinking").put("thinking", text);
        return block.put("signature", signature == null ? "" : signature);
    }

    static ObjectNode redacted(String data) {
        return Json.object().put("type", "redacted_thinking").put("data", data);
    }

    static ObjectNode toolUse(String id, String name) {
        ObjectNode block = Json.object().put("type", "tool_use").put("id", id).put("name", name);
        block.putObject("input");
        return block;
    }

    /** @throws DalangException if the block is another provider's */
    static ObjectNode opaque(Part.Opaque part) {
        if (part.provider().equals(ContentReader.PROVIDER) && Json.parse(part.json()) instanceof ObjectNode block) {
            return block;
        }
        throw notHere("a block " + part.type() + " of " + part.provider());
    }

    static DalangException notHere(String what) {
        return DalangException.unsupported(
                "the answer holds " + what + ", which Anthropic's form of messages cannot show", "messages");
    }

    /** Anthropic counts what a cache held, or was given to keep, apart from {@code input_tokens}. */
    static ObjectNode usage(Usage u, Map<String, String> details) {
        ObjectNode usage = Json.object();
        usage.put("input_tokens", Math.max(0, u.promptTokens() - u.cachedTokens() - u.cacheWriteTokens()));
        usage.put("cache_creation_input_tokens", u.cacheWriteTokens());
        usage.put("cache_read_input_tokens", u.cachedTokens());
        usage.put("output_tokens", u.completionTokens());
        u.other().forEach(usage::put);
        String tier = details.get("service_tier");
        if (tier != null) usage.set("service_tier", Json.parse(tier));
        return usage;
    }

    static void stop(ObjectNode into, FinishReason reason, @Nullable String stopSequence, Map<String, String> details) {
        into.put("stop_reason", reason(reason));
        into.put("stop_sequence", reason == FinishReason.STOP_SEQUENCE ? stopSequence : null);
        for (String name : List.of("stop_details", "container")) {
            String json = details.get(name);
            if (json != null) into.set(name, Json.parse(json));
        }
    }

    private static String reason(FinishReason reason) {
        return switch (reason) {
            // Whoever wished it to stop is gone; what there is of the answer is cut off.
            case END_OF_TURN -> "end_turn";
            case STOP_SEQUENCE -> "stop_sequence";
            case LENGTH, CANCELLED -> "max_tokens";
            case CONTEXT_FULL -> "model_context_window_exceeded";
            case TOOL_CALLS -> "tool_use";
            case CONTENT_FILTER, REFUSAL -> "refusal";
            case PAUSED -> "pause_turn";
        };
    }

    /** Not of Anthropic's: what was done that the request did not ask for. Clients skip fields that they do not know. */
    static void notices(ObjectNode into, List<Notice> notices) {
        if (notices.isEmpty()) return;
        ArrayNode all = into.putArray("notices");
        for (Notice n : notices) all.add(Answers.notice(n));
    }
}

package dev.dalang.server.trace;

import dev.dalang.api.ChatResponse;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Prompts and answers as the GenAI conventions write them ({@code gen_ai.input.messages}, {@code gen_ai.output.messages}): JSON
 * of a bounded length. Long texts are cut and say so; of long conversations the newest messages are kept.
 */
final class Contents {

    /** Of one attribute. */
    static final int MOST_CHARS = 64 << 10;

    private static final int TEXT_CHARS = 8 << 10;

    private Contents() {}

    /** @param leftOut how many messages there was no room for */
    record Cut(String json, int leftOut) {}

    static Cut asked(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Conversation c -> messages(c.messages());
            case Prompt.Raw r -> raw(r.text());
            case Prompt.Tokens t -> raw(t.ids().length + " token ids");
            case Prompt.Infill i -> raw(i.prefix() + "…" + i.suffix());
        };
    }

    static String answered(ChatResponse response, String reason) {
        ObjectNode message = message(response.message());
        message.put("finish_reason", reason);
        return Json.text(Json.array().add(message));
    }

    private static Cut raw(String text) {
        ObjectNode message = Json.object();
        message.put("role", "user");
        message.putArray("parts").add(part("text").put("content", cut(text)));
        return new Cut(Json.text(Json.array().add(message)), 0);
    }

    private static Cut messages(List<Message> all) {
        List<ObjectNode> kept = new ArrayList<>();
        int chars = 2;
        for (int i = all.size() - 1; i >= 0; i--) {
            ObjectNode m = message(all.get(i));
            chars += Json.text(m).length() + 1;
            if (chars > MOST_CHARS) break;
            kept.addFirst(m);
        }
        ArrayNode array = Json.array();
        kept.forEach(array::add);
        return new Cut(Json.text(array), all.size() - kept.size());
    }

    private static ObjectNode message(Message m) {
        ObjectNode node = Json.object();
        node.put("role", m.role().word());
        ArrayNode parts = node.putArray("parts");
        int room = MOST_CHARS;
        for (Part p : m.parts()) {
            ObjectNode part = part(p);
            room -= Json.text(part).length() + 1;
            if (room < 1024) {
                parts.add(part("text").put("content", "[further parts left out]"));
                break;
            }
            parts.add(part);
        }
        return node;
    }

    private static ObjectNode part(Part p) {
        return switch (p) {
            case Part.Text t -> part("text").put("content", cut(t.text()));
            case Part.Reasoning r -> part("reasoning").put("content", cut(r.text()));
            case Part.Refusal r -> part("text").put("content", cut(r.text()));
            case Part.ToolCall c ->
                part("tool_call").put("id", c.id()).put("name", c.name()).put("arguments", cut(c.arguments()));
            case Part.ToolResult r ->
                part("tool_call_response").put("id", r.callId()).put("response", cut(r.text()));
            // What is neither read nor written as text is named, not copied.
            case Part.Image i -> part("image");
            case Part.Audio a -> part("audio");
            case Part.Document d -> part("document");
            case Part.RedactedReasoning r -> part("redacted_reasoning");
            case Part.Opaque o -> part(o.type());
        };
    }

    private static ObjectNode part(String type) {
        return Json.object().put("type", type);
    }

    private static String cut(String text) {
        if (text.length() <= TEXT_CHARS) return text;
        int end = Character.isHighSurrogate(text.charAt(TEXT_CHARS - 1)) ? TEXT_CHARS - 1 : TEXT_CHARS;
        return text.substring(0, end) + "… [" + (text.length() - end) + " more characters left out]";
    }
}

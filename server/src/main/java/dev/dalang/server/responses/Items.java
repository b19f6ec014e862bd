package dev.dalang.server.responses;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Input items, as they are kept. */
final class Items {

    private static final Map<String, String> KINDS = Map.of(
            "message", "msg",
            "reasoning", "rs",
            "function_call", "fc",
            "function_call_output", "fco",
            "custom_tool_call", "ctc",
            "custom_tool_call_output", "ctco");

    private Items() {}

    /** With type, id and status where the client left them out; a text as content becomes a part, as lists of items show it. */
    static ObjectNode identified(ObjectNode item) {
        ObjectNode kept = item.deepCopy();
        String type = text(kept, "type");
        if (type == null) {
            type = "message";
            kept.put("type", type);
        }
        if (type.equals("item_reference")) return kept;
        if (text(kept, "id") == null) kept.put("id", Ids.next(KINDS.getOrDefault(type, "item")));
        if (KINDS.containsKey(type) && text(kept, "status") == null) kept.put("status", "completed");
        JsonNode content = kept.get("content");
        if (type.equals("message") && content != null && content.isString()) {
            boolean own = "assistant".equals(text(kept, "role"));
            ObjectNode part = kept.putArray("content")
                    .addObject()
                    .put("type", own ? "output_text" : "input_text")
                    .put("text", content.stringValue());
            if (own) {
                part.putArray("annotations");
                part.putArray("logprobs");
            }
        }
        return kept;
    }

    private static @org.jspecify.annotations.Nullable String text(ObjectNode node, String name) {
        JsonNode value = node.get(name);
        return value != null && value.isString() ? value.stringValue() : null;
    }
}

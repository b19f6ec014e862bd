package dev.dalang.server.responses;

import dev.dalang.api.ChatEvent;
import dev.dalang.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** A call of a tool while it is written. */
final class CallItem {

    private final ResponseEvents events;
    private final ObjectNode item;
    private final boolean freeform;
    private final int index;
    private final StringBuilder written = new StringBuilder();
    private boolean closed;

    CallItem(ResponseEvents events, ChatEvent.ToolCallStarted call) {
        this.events = events;
        this.freeform = call.freeform();
        String id = call.itemId() == null ? Ids.next(freeform ? "ctc" : "fc") : call.itemId();
        this.item = Json.object()
                .put("id", id)
                .put("type", freeform ? "custom_tool_call" : "function_call")
                .put("call_id", call.id())
                .put("name", call.name())
                .put(freeform ? "input" : "arguments", "");
        item.put("status", "in_progress");
        this.index = events.add(item);
    }

    void delta(String more) {
        if (more.isEmpty()) return;
        written.append(more);
        String type = freeform ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta";
        events.send(type, item, index, e -> e.put("delta", more));
    }

    void close(String status) {
        if (closed) return;
        closed = true;
        String whole = written.toString();
        item.put(freeform ? "input" : "arguments", whole).put("status", status);
        if (freeform) {
            events.send("response.custom_tool_call_input.done", item, index, e -> e.put("input", whole));
        } else {
            events.send(
                    "response.function_call_arguments.done",
                    item,
                    index,
                    e -> e.put("name", item.path("name").asString("")).put("arguments", whole));
        }
        events.done(index, item);
    }
}

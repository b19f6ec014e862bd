package dev.dalang.server.responses;

import dev.dalang.server.http.Json;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A stretch of thought while it is written: one part of its summary, which clients show. */
final class ReasoningItem {

    private final ResponseEvents events;
    private final ObjectNode item;
    private final ArrayNode summary;
    private final int index;
    private final StringBuilder written = new StringBuilder();
    private @Nullable ObjectNode part;

    ReasoningItem(ResponseEvents events) {
        this.events = events;
        this.item = Json.object().put("id", Ids.next("rs")).put("type", "reasoning");
        this.summary = item.putArray("summary");
        item.put("status", "in_progress");
        this.index = events.add(item);
    }

    void text(String delta) {
        if (part == null) {
            ObjectNode opened = Json.object().put("type", "summary_text").put("text", "");
            part = opened;
            summary.add(opened);
            send("response.reasoning_summary_part.added", e -> e.set("part", opened.deepCopy()));
        }
        written.append(delta);
        send("response.reasoning_summary_text.delta", e -> e.put("delta", delta));
    }

    /** @param itemId by which the provider wants it back, which comes only when the item's own id is out */
    void sealed(String data, @Nullable String itemId) {
        item.put("encrypted_content", data);
        if (itemId != null) item.putObject("dalang").put("item_id", itemId);
    }

    void close(String status) {
        ObjectNode open = part;
        if (open != null) {
            String whole = written.toString();
            open.put("text", whole);
            send("response.reasoning_summary_text.done", e -> e.put("text", whole));
            send("response.reasoning_summary_part.done", e -> e.set("part", open.deepCopy()));
        }
        item.put("status", status);
        events.done(index, item);
    }

    private void send(String type, Consumer<ObjectNode> fill) {
        events.send(type, item, index, e -> {
            e.put("summary_index", 0);
            fill.accept(e);
        });
    }
}

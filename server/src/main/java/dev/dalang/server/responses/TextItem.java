package dev.dalang.server.responses;

import dev.dalang.api.TokenScore;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.Scores;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A message of the assistant while it is written: parts of text and of refusal, one after the other. */
final class TextItem {

    private final ResponseEvents events;
    private final ObjectNode item;
    private final ArrayNode content;
    private final int index;
    private final StringBuilder written = new StringBuilder();
    private @Nullable ObjectNode part;

    /** @param id the provider's, or null */
    TextItem(ResponseEvents events, @Nullable String id, @Nullable String phase) {
        this.events = events;
        this.item = Json.object()
                .put("id", id == null ? Ids.next("msg") : id)
                .put("type", "message")
                .put("status", "in_progress")
                .put("role", "assistant");
        if (phase != null) item.put("phase", phase);
        this.content = item.putArray("content");
        this.index = events.add(item);
    }

    void text(String delta, List<TokenScore> scores) {
        open("output_text");
        written.append(delta);
        ArrayNode logprobs = Scores.json(scores);
        if (part != null) ((ArrayNode) part.get("logprobs")).addAll(logprobs.deepCopy());
        send("response.output_text.delta", e -> {
            e.put("delta", delta);
            e.set("logprobs", logprobs);
        });
    }

    void annotation(JsonNode annotation) {
        open("output_text");
        if (part == null) return;
        ArrayNode all = (ArrayNode) part.get("annotations");
        all.add(annotation);
        send("response.output_text.annotation.added", e -> {
            e.put("annotation_index", all.size() - 1);
            e.set("annotation", annotation.deepCopy());
        });
    }

    void refusal(String delta) {
        open("refusal");
        written.append(delta);
        send("response.refusal.delta", e -> e.put("delta", delta));
    }

    void close(String status) {
        closePart();
        item.put("status", status);
        events.done(index, item);
    }

    private void open(String type) {
        if (part != null && type.equals(part.path("type").asString(""))) return;
        closePart();
        ObjectNode next = Json.object().put("type", type);
        if (type.equals("refusal")) {
            next.put("refusal", "");
        } else {
            next.put("text", "");
            next.putArray("annotations");
            next.putArray("logprobs");
        }
        content.add(next);
        part = next;
        send("response.content_part.added", e -> e.set("part", next.deepCopy()));
    }

    private void closePart() {
        ObjectNode open = part;
        if (open == null) return;
        String whole = written.toString();
        written.setLength(0);
        if (open.has("refusal")) {
            open.put("refusal", whole);
            send("response.refusal.done", e -> e.put("refusal", whole));
        } else {
            open.put("text", whole);
            send("response.output_text.done", e -> {
                e.put("text", whole);
                e.set("logprobs", open.get("logprobs").deepCopy());
            });
        }
        send("response.content_part.done", e -> e.set("part", open.deepCopy()));
        part = null;
    }

    private void send(String type, java.util.function.Consumer<ObjectNode> fill) {
        events.send(type, item, index, e -> {
            e.put("content_index", content.size() - 1);
            fill.accept(e);
        });
    }
}

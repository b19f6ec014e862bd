package dev.dalang.gateway.provider.openai;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A conversation as the {@code input} items of Responses. */
final class ResponsesInput {
    static final String FAMILY = "openai";

    private final String provider;
    private final ArrayNode items;
    private final Set<String> freeform = new HashSet<>();

    ResponsesInput(String provider, ArrayNode items) {
        this.provider = provider;
        this.items = items;
    }

    void write(List<Message> messages) {
        for (Message m : messages) {
            switch (m.role()) {
                case ASSISTANT -> assistant(m);
                case TOOL -> results(m);
                default -> said(m);
            }
        }
    }

    private void said(Message m) {
        ArrayNode content = items.addObject()
                .put("type", "message")
                .put("role", m.role() == Role.USER ? "user" : m.role().word())
                .putArray("content");
        for (Part part : m.parts()) content.add(content(part));
    }

    private ObjectNode content(Part part) {
        ObjectNode at = Json.object();
        switch (part) {
            case Part.Text t -> at.put("type", "input_text").put("text", t.text());
            case Part.Image i -> {
                at.put("type", "input_image");
                switch (i.source()) {
                    case Source.Bytes b -> at.put("image_url", Content.dataUrl(b, Content.type(b, "image/png")));
                    case Source.Url u -> at.put("image_url", u.url());
                    case Source.FileId f -> at.put("file_id", f.id());
                }
                at.put("detail", i.detail() == null ? "auto" : i.detail());
            }
            case Part.Document d -> {
                at.put("type", "input_file");
                switch (d.source()) {
                    case Source.Bytes b ->
                        at.put("filename", d.title() == null ? "document" : d.title())
                                .put("file_data", Content.dataUrl(b, Content.type(b, "text/plain")));
                    case Source.Url u -> at.put("file_url", u.url());
                    case Source.FileId f -> at.put("file_id", f.id());
                }
            }
            default -> throw Fields.noPlace(provider, "a " + part.getClass().getSimpleName() + " part here");
        }
        return at;
    }

    private void assistant(Message m) {
        ObjectNode message = null;
        for (Part part : m.parts()) {
            switch (part) {
                case Part.Text t -> {
                    if (message == null || t.itemId() != null) message = message(t);
                    ObjectNode text = message.withArray("content").addObject();
                    text.put("type", "output_text").put("text", t.text());
                    text.set(
                            "annotations",
                            t.annotations() == null ? Json.array() : Json.given(t.annotations(), "annotations"));
                }
                case Part.Refusal r -> {
                    if (message == null) message = message(new Part.Text(""));
                    message.withArray("content")
                            .addObject()
                            .put("type", "refusal")
                            .put("refusal", r.text());
                }
                case Part.ToolCall c -> {
                    message = null;
                    call(c);
                }
                case Part.Reasoning r -> {
                    message = null;
                    if (r.signature() != null) reasoning(r.itemId(), r.summary() ? r.text() : "", r.signature());
                }
                case Part.RedactedReasoning r -> {
                    message = null;
                    reasoning(r.itemId(), "", r.data());
                }
                case Part.Opaque o -> {
                    message = null;
                    if (!o.provider().equals(FAMILY)) {
                        throw Fields.noPlace(
                                provider, "a part of type " + o.type() + " that only " + o.provider() + " understands");
                    }
                    items.add(Json.givenObject(o.json(), o.type()));
                }
                default ->
                    throw Fields.noPlace(
                            provider, "a " + part.getClass().getSimpleName() + " part in a message of the assistant's");
            }
        }
    }

    private ObjectNode message(Part.Text t) {
        ObjectNode at = items.addObject().put("type", "message").put("role", "assistant");
        if (t.itemId() != null) at.put("id", t.itemId()).put("status", "completed");
        if (t.phase() != null) at.put("phase", t.phase());
        return at;
    }

    private void call(Part.ToolCall c) {
        ObjectNode at = items.addObject();
        if (c.freeform()) {
            freeform.add(c.id());
            at.put("type", "custom_tool_call")
                    .put("call_id", c.id())
                    .put("name", c.name())
                    .put("input", c.arguments());
        } else {
            at.put("type", "function_call")
                    .put("call_id", c.id())
                    .put("name", c.name())
                    .put("arguments", c.arguments().isBlank() ? "{}" : c.arguments());
        }
        if (c.itemId() != null) at.put("id", c.itemId());
    }

    private void reasoning(@org.jspecify.annotations.Nullable String id, String summary, String encrypted) {
        ObjectNode at = items.addObject().put("type", "reasoning");
        if (id != null) at.put("id", id);
        ArrayNode parts = at.putArray("summary");
        if (!summary.isEmpty()) parts.addObject().put("type", "summary_text").put("text", summary);
        at.put("encrypted_content", encrypted);
    }

    private void results(Message m) {
        for (Part part : m.parts()) {
            if (!(part instanceof Part.ToolResult r)) {
                throw Fields.noPlace(provider, "a part beside the results of tools");
            }
            ObjectNode at = items.addObject()
                    .put("type", freeform.contains(r.callId()) ? "custom_tool_call_output" : "function_call_output")
                    .put("call_id", r.callId());
            String text = Content.textOf(r.parts());
            if (text != null) {
                at.put("output", text);
            } else {
                ArrayNode output = at.putArray("output");
                for (Part p : r.parts()) output.add(content(p));
            }
        }
    }
}

package dev.dalang.gateway.provider.anthropic;

import dev.dalang.api.CacheHint;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Turns;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A conversation as {@code system} and {@code messages} of Anthropic's Messages. */
final class MessagesContent {
    private final String provider;
    private final Fields fields;
    private final ArrayNode system = Json.array();
    private final Turns messages = new Turns("content");

    MessagesContent(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    ArrayNode system() {
        return system;
    }

    ArrayNode messages() {
        return messages.all();
    }

    void read(Prompt.Conversation conversation) {
        boolean moved = false;
        for (Message m : conversation.messages()) {
            if (m.role() == Role.SYSTEM || m.role() == Role.DEVELOPER) {
                moved |= !messages.isEmpty();
                blocks(turnless(m.parts()), system);
            } else {
                ArrayNode said = Json.array();
                blocks(m.parts(), said);
                messages.add(m.role() == Role.ASSISTANT ? "assistant" : "user", said);
            }
        }
        if (moved) {
            fields.notice(
                    "system_moved",
                    provider
                            + " takes instructions at the beginning only; those from within the conversation went there");
        }
    }

    private List<Part> turnless(List<Part> parts) {
        for (Part part : parts) {
            if (!(part instanceof Part.Text)) throw Fields.noPlace(provider, "a system message that is no text");
        }
        return parts;
    }

    private void blocks(List<Part> parts, ArrayNode to) {
        for (Part part : parts) {
            ObjectNode block = block(part);
            if (block == null) continue;
            cache(block, part.cache());
            to.add(block);
        }
    }

    static void cache(ObjectNode at, @Nullable CacheHint hint) {
        if (hint == null) return;
        ObjectNode control = at.putObject("cache_control").put("type", "ephemeral");
        if (hint == CacheHint.LONG) control.put("ttl", "1h");
    }

    private @Nullable ObjectNode block(Part part) {
        ObjectNode at = Json.object();
        switch (part) {
            case Part.Text t -> {
                if (t.text().isEmpty()) return null; // empty blocks are refused
                at.put("type", "text").put("text", t.text());
                if (t.annotations() != null) at.set("citations", Json.given(t.annotations(), "citations"));
            }
            case Part.Refusal r -> at.put("type", "text").put("text", r.text());
            case Part.Image i -> source(at.put("type", "image").putObject("source"), i.source(), "image/png");
            case Part.Document d -> document(at.put("type", "document"), d);
            case Part.Audio a -> throw Fields.noPlace(provider, "a sound");
            case Part.ToolCall c -> {
                if (c.freeform()) throw Fields.noPlace(provider, "a freeform tool call");
                at.put("type", "tool_use").put("id", c.id()).put("name", c.name());
                at.set("input", Json.givenObject(c.arguments(), "the arguments of " + c.name()));
            }
            case Part.ToolResult r -> {
                at.put("type", "tool_result").put("tool_use_id", r.callId());
                blocks(r.parts(), at.putArray("content"));
                if (r.isError()) at.put("is_error", true);
            }
            case Part.Reasoning r -> {
                // Without its signature it is another model's, and would be refused.
                if (r.signature() == null) return null;
                at.put("type", "thinking").put("thinking", r.text()).put("signature", r.signature());
            }
            case Part.RedactedReasoning r -> at.put("type", "redacted_thinking").put("data", r.data());
            case Part.Opaque o -> {
                if (!o.provider().equals(MessagesWire.FAMILY)) throw foreign(o);
                at.setAll(Json.givenObject(o.json(), o.type()));
            }
        }
        return at;
    }

    private DalangException foreign(Part.Opaque o) {
        return Fields.noPlace(provider, "a part of type " + o.type() + " that only " + o.provider() + " understands");
    }

    private void document(ObjectNode at, Part.Document d) {
        ObjectNode source = at.putObject("source");
        if (d.source() instanceof Source.Bytes b
                && Content.type(b, "text/plain").startsWith("text/")) {
            source.put("type", "text")
                    .put("media_type", "text/plain")
                    .put("data", new String(b.data(), StandardCharsets.UTF_8));
        } else {
            source(source, d.source(), "application/pdf");
        }
        if (d.title() != null) at.put("title", d.title());
        if (d.context() != null) at.put("context", d.context());
        if (d.citations()) at.putObject("citations").put("enabled", true);
    }

    private static void source(ObjectNode at, Source source, String type) {
        switch (source) {
            case Source.Bytes b ->
                at.put("type", "base64")
                        .put("media_type", Content.type(b, type))
                        .put("data", Content.base64(b));
            case Source.Url u -> at.put("type", "url").put("url", u.url());
            case Source.FileId f -> at.put("type", "file").put("file_id", f.id());
        }
    }
}

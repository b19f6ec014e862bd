package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.CacheHint;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Turns;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A conversation as {@code system} and {@code messages} of Converse. */
final class ConverseContent {
    static final String FAMILY = "bedrock";
    /** 200, less the number that tells namesakes apart. */
    private static final int MAX_NAME = 190;

    private final String provider;
    private final Fields fields;
    private final ArrayNode system = Json.array();
    private final Turns messages = new Turns("content");
    private final Set<String> names = new HashSet<>();

    ConverseContent(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    void write(Prompt.Conversation conversation, ObjectNode out) {
        boolean moved = false;
        for (Message m : conversation.messages()) {
            if (m.role() == Role.SYSTEM || m.role() == Role.DEVELOPER) {
                moved |= !messages.isEmpty();
                blocks(m.parts(), system);
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
        if (!system.isEmpty()) out.set("system", system);
        out.set("messages", messages.all());
    }

    private void blocks(List<Part> parts, ArrayNode to) {
        for (Part part : parts) {
            ObjectNode block = block(part);
            if (block == null) continue;
            to.add(block);
            cache(part.cache(), to);
        }
    }

    static void cache(@Nullable CacheHint hint, ArrayNode to) {
        if (hint == null) return;
        ObjectNode point = to.addObject().putObject("cachePoint").put("type", "default");
        if (hint == CacheHint.LONG) point.put("ttl", "1h");
    }

    private @Nullable ObjectNode block(Part part) {
        ObjectNode at = Json.object();
        switch (part) {
            case Part.Text t -> {
                if (t.text().isEmpty()) return null;
                at.put("text", t.text());
            }
            case Part.Refusal r -> at.put("text", r.text());
            case Part.Image i -> {
                Source.Bytes b = bytes(i.source(), "a picture");
                source(at.putObject("image").put("format", format(Content.type(b, "image/png"))), b);
            }
            case Part.Document d -> document(at.putObject("document"), d);
            case Part.Audio a -> {
                Source.Bytes b = bytes(a.source(), "a sound");
                source(at.putObject("audio").put("format", Content.format(a)), b);
            }
            case Part.ToolCall c -> {
                if (c.freeform()) throw Fields.noPlace(provider, "a freeform tool call");
                ObjectNode use =
                        at.putObject("toolUse").put("toolUseId", c.id()).put("name", c.name());
                use.set("input", Json.givenObject(c.arguments(), "the arguments of " + c.name()));
            }
            case Part.ToolResult r -> {
                ObjectNode result = at.putObject("toolResult").put("toolUseId", r.callId());
                blocks(r.parts(), result.putArray("content"));
                if (r.isError()) result.put("status", "error");
            }
            case Part.Reasoning r -> {
                if (r.signature() == null) return null; // another model's
                at.putObject("reasoningContent")
                        .putObject("reasoningText")
                        .put("text", r.text())
                        .put("signature", r.signature());
            }
            case Part.RedactedReasoning r -> at.putObject("reasoningContent").put("redactedContent", r.data());
            case Part.Opaque o -> {
                if (!o.provider().equals(FAMILY)) {
                    throw Fields.noPlace(
                            provider, "a part of type " + o.type() + " that only " + o.provider() + " understands");
                }
                JsonNode json = Json.givenObject(o.json(), o.type());
                at.setAll((ObjectNode) json);
            }
        }
        return at;
    }

    private void document(ObjectNode at, Part.Document d) {
        Source.Bytes b = bytes(d.source(), "a document");
        at.put("format", format(Content.type(b, "text/plain"))).put("name", name(d.title()));
        source(at, b);
        if (d.context() != null) at.put("context", d.context());
        if (d.citations()) at.putObject("citations").put("enabled", true);
    }

    /** With the only characters that a name may have there, not too long, and unlike every other name of the request. */
    private String name(@Nullable String title) {
        String said = title == null || title.isBlank() ? null : title;
        String name = said == null
                ? "document"
                : said.replaceAll("[^A-Za-z0-9 ()\\[\\]-]+", "-").replaceAll(" +", " ");
        if (name.length() > MAX_NAME) name = name.substring(0, MAX_NAME);
        String unlike = said == null ? name + " 1" : name;
        for (int i = 2; !names.add(unlike); i++) unlike = name + " " + (said == null ? i : "(" + i + ")");
        return unlike;
    }

    private Source.Bytes bytes(Source source, String what) {
        if (source instanceof Source.Bytes b) return b;
        throw Fields.noPlace(provider, what + " that is not in the request itself");
    }

    private static void source(ObjectNode at, Source.Bytes b) {
        at.putObject("source").put("bytes", Content.base64(b));
    }

    /** {@code image/jpeg} is {@code jpeg}, {@code text/plain} is {@code txt}. */
    private static String format(String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "text/plain" -> "txt";
            case "text/markdown" -> "md";
            case "application/msword" -> "doc";
            case "application/vnd.openxmlformats-officedocument.wordprocessingml.document" -> "docx";
            case "application/vnd.ms-excel" -> "xls";
            case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" -> "xlsx";
            default -> type.substring(type.indexOf('/') + 1);
        };
    }
}

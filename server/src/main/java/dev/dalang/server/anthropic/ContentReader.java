package dev.dalang.server.anthropic;

import dev.dalang.api.CacheHint;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Messages and their content blocks, from Anthropic's form to the doorway's.
 *
 * <p>Blocks that only Anthropic's own servers understand (searches that they ran, compacted histories) stay as they are,
 * as {@link Part.Opaque}: they go back to it, and every other model refuses them by name.
 */
final class ContentReader {

    /** Whose the blocks are that only one provider understands. */
    static final String PROVIDER = "anthropic";

    private ContentReader() {}

    /** A message with content as a string or as blocks; results of tools become a message of their own, first. */
    static List<Message> messages(Fields m) {
        String role = m.requireText("role");
        return switch (role) {
            case "user" -> user(m);
            case "assistant" -> List.of(new Message(Role.ASSISTANT, parts(m, "content", Role.ASSISTANT), null));
            case "system" -> List.of(new Message(Role.SYSTEM, texts(m, "content"), null));
            default -> throw m.invalid("role", "is user or assistant, not " + role);
        };
    }

    private static List<Message> user(Fields m) {
        List<Part> results = new ArrayList<>();
        List<Part> rest = new ArrayList<>();
        for (Part p : parts(m, "content", Role.USER)) (p instanceof Part.ToolResult ? results : rest).add(p);
        List<Message> messages = new ArrayList<>();
        if (!results.isEmpty()) messages.add(new Message(Role.TOOL, results, null));
        if (!rest.isEmpty() || results.isEmpty()) messages.add(new Message(Role.USER, rest, null));
        return messages;
    }

    /** A member that is a string, or text blocks. */
    static List<Part> texts(Fields f, String member) {
        JsonNode content = f.requireAny(member);
        if (content.isString()) return List.of(new Part.Text(content.stringValue()));
        List<Part> parts = new ArrayList<>();
        for (Fields block : f.requireObjects(member)) {
            if (!block.requireText("type").equals("text")) throw block.invalid("type", "must be text here");
            parts.add(text(block));
        }
        return parts;
    }

    private static List<Part> parts(Fields f, String member, Role role) {
        JsonNode content = f.requireAny(member);
        if (content.isString()) return List.of(new Part.Text(content.stringValue()));
        return f.requireObjects(member).stream().map(b -> part(b, role)).toList();
    }

    private static Part part(Fields block, Role role) {
        String type = block.requireText("type");
        boolean assistant = role == Role.ASSISTANT;
        return switch (type) {
            case "text" -> text(block);
            case "image" -> image(block);
            case "document" -> document(block);
            case "tool_result" -> {
                if (assistant) throw misplaced(block, type, "an assistant");
                yield toolResult(block);
            }
            case "tool_use" -> {
                if (!assistant) throw misplaced(block, type, "a user");
                yield toolUse(block);
            }
            case "thinking" -> {
                if (!assistant) throw misplaced(block, type, "a user");
                yield thinking(block);
            }
            case "redacted_thinking" -> {
                if (!assistant) throw misplaced(block, type, "a user");
                String data = block.requireText("data");
                yield new Part.RedactedReasoning(data, null);
            }
            default -> opaque(block, type);
        };
    }

    private static DalangException misplaced(Fields block, String type, String whose) {
        return block.invalid("type", "is " + type + ", which " + whose + " message cannot hold");
    }

    private static Part text(Fields block) {
        String text = block.requireText("text");
        CacheHint cache = cache(block);
        return new Part.Text(text, cache, block.json("citations"));
    }

    private static Part image(Fields block) {
        Source source = source(block.requireObject("source"));
        CacheHint cache = cache(block);
        return new Part.Image(source, null, cache);
    }

    private static Part document(Fields block) {
        JsonNode given = block.any("source");
        // Blocks as a source are for Anthropic's servers, as they are.
        if (given != null && given.path("type").asString("").equals("content")) return opaque(block, "document");
        Fields source = block.requireObject("source");
        String title = block.text("title");
        String context = block.text("context");
        CacheHint cache = cache(block);
        Fields citations = block.object("citations");
        boolean cited = citations != null && citations.flag("enabled", false);
        return new Part.Document(source(source), title, context, cited, cache);
    }

    private static Source source(Fields source) {
        String type = source.requireText("type");
        return switch (type) {
            case "base64" -> new Source.Bytes(base64(source), source.requireText("media_type"));
            case "text" -> {
                String media = source.text("media_type");
                String data = source.requireText("data");
                yield new Source.Bytes(data.getBytes(StandardCharsets.UTF_8), media == null ? "text/plain" : media);
            }
            case "url" -> new Source.Url(source.requireText("url"));
            case "file" -> new Source.FileId(source.requireText("file_id"));
            default -> throw source.invalid("type", "is base64, text, url or file, not " + type);
        };
    }

    private static byte[] base64(Fields source) {
        try {
            return Base64.getDecoder().decode(source.requireText("data"));
        } catch (IllegalArgumentException e) {
            throw source.invalid("data", "is no base64: " + e.getMessage());
        }
    }

    private static Part toolUse(Fields block) {
        String id = block.requireText("id");
        String name = block.requireText("name");
        JsonNode input = block.any("input");
        if (input != null && !input.isObject()) throw block.invalid("input", "must be an object");
        CacheHint cache = cache(block);
        direct(block);
        return new Part.ToolCall(id, name, input == null ? "{}" : Json.text(input), null, false, cache);
    }

    /** Who called the tool: the model itself. Anything else is a feature of Anthropic's servers. */
    private static void direct(Fields block) {
        Fields caller = block.object("caller");
        if (caller == null) return;
        caller.refuseUnless("type", "\"direct\"", "only the model itself calls tools here");
    }

    private static Part toolResult(Fields block) {
        String id = block.requireText("tool_use_id");
        boolean error = block.flag("is_error", false);
        CacheHint cache = cache(block);
        List<Part> parts = block.has("content") ? parts(block, "content", Role.TOOL) : List.of();
        return new Part.ToolResult(id, null, parts, error, cache);
    }

    private static Part thinking(Fields block) {
        String text = block.requireText("thinking");
        String signature = block.text("signature");
        // What a model of this machine thought has no proof, and none goes back.
        return new Part.Reasoning(text, signature == null || signature.isEmpty() ? null : signature, null, false);
    }

    private static Part opaque(Fields block, String type) {
        CacheHint cache = cache(block);
        ObjectNode whole = Json.object();
        for (String name : block.names()) whole.set(name, block.any(name));
        return new Part.Opaque(PROVIDER, type, Json.text(whole), cache);
    }

    /** {@code cache_control}: {@code {"type":"ephemeral","ttl":"5m"|"1h"}}. */
    static @Nullable CacheHint cache(Fields block) {
        Fields control = block.object("cache_control");
        if (control == null) return null;
        String type = control.requireText("type");
        if (!type.equals("ephemeral")) throw control.invalid("type", "is ephemeral, not " + type);
        String ttl = control.text("ttl");
        if (ttl == null || ttl.equals("5m")) return CacheHint.SHORT;
        if (ttl.equals("1h")) return CacheHint.LONG;
        throw control.invalid("ttl", "is 5m or 1h, not " + ttl);
    }
}

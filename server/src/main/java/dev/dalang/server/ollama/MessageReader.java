package dev.dalang.server.ollama;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Messages of {@code /api/chat}. Ollama pairs results of tools with calls by the tool's name, or by their order; the doorway
 * by an id, so calls without one get one here.
 */
final class MessageReader {

    private final List<Message> messages = new ArrayList<>();

    /** Calls without a result so far: ids with the tools' names. */
    private final Map<String, String> open = new LinkedHashMap<>();

    private int calls;

    static List<Message> read(List<Fields> all) {
        MessageReader reader = new MessageReader();
        for (Fields m : all) reader.add(m);
        return reader.messages;
    }

    private void add(Fields m) {
        String role = m.requireText("role");
        switch (role) {
            case "system" -> messages.add(new Message(Role.SYSTEM, parts(m), null));
            case "user" -> messages.add(new Message(Role.USER, parts(m), null));
            case "assistant" -> messages.add(new Message(Role.ASSISTANT, assistant(m), null));
            case "tool" -> messages.add(new Message(Role.TOOL, List.of(result(m)), null));
            default -> throw m.invalid("role", "is system, user, assistant or tool, not " + role);
        }
    }

    private static List<Part> parts(Fields m) {
        List<Part> parts = new ArrayList<>();
        String content = m.text("content");
        if (content != null && !content.isEmpty()) parts.add(new Part.Text(content));
        parts.addAll(images(m));
        return parts;
    }

    /** {@code images}: base64 without a media type. */
    static List<Part> images(Fields f) {
        List<String> images = f.texts("images");
        List<Part> parts = new ArrayList<>();
        for (String image : images == null ? List.<String>of() : images) {
            try {
                // Some send a data: address.
                String data = image.startsWith("data:") ? image.substring(image.indexOf(',') + 1) : image;
                byte[] bytes = Base64.getDecoder().decode(data.replaceAll("[\\r\\n]", ""));
                parts.add(new Part.Image(new Source.Bytes(bytes, null), null, null));
            } catch (IllegalArgumentException e) {
                throw f.invalid("images", "must be base64: " + e.getMessage());
            }
        }
        return parts;
    }

    private List<Part> assistant(Fields m) {
        List<Part> parts = new ArrayList<>();
        String thinking = m.text("thinking");
        if (thinking != null && !thinking.isEmpty()) parts.add(new Part.Reasoning(thinking));
        parts.addAll(parts(m));
        List<Fields> given = m.objects("tool_calls");
        for (Fields call : given == null ? List.<Fields>of() : given) {
            Fields function = call.requireObject("function");
            String name = function.requireText("name");
            function.integer("index");
            String id = call.text("id");
            call.refuseUnless("type", "\"function\"", "functions are what can be called");
            if (id == null || id.isEmpty()) id = "call_" + ++calls;
            open.put(id, name);
            parts.add(new Part.ToolCall(id, name, arguments(function)));
        }
        return parts;
    }

    /** An object; some write it as a string, as OpenAI does. */
    private static String arguments(Fields function) {
        JsonNode arguments = function.any("arguments");
        if (arguments == null) return "{}";
        if (arguments.isObject()) return Json.text(arguments);
        if (arguments.isString() && Json.parse(arguments.stringValue()).isObject()) return arguments.stringValue();
        throw function.invalid("arguments", "must be an object");
    }

    private Part result(Fields m) {
        String name = m.text("tool_name");
        if (name == null) name = m.text("name");
        String id = m.text("tool_call_id");
        if (id == null || id.isEmpty()) id = answered(name);
        if (id == null) id = "call_" + ++calls;
        String called = open.remove(id);
        List<Part> parts = new ArrayList<>();
        parts.addAll(parts(m));
        return new Part.ToolResult(id, name == null ? called : name, parts, false, null);
    }

    /** The first open call of this tool, or of any where no tool is named. */
    private @Nullable String answered(@Nullable String name) {
        for (Map.Entry<String, String> e : open.entrySet()) {
            if (name == null || e.getValue().equals(name)) return e.getKey();
        }
        return null;
    }
}

package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A chat request in the form of OpenAI's chat completions, read for what it says: messages, tools, metadata, user. What this
 * form has besides becomes an extension, so that every text of it is looked at.
 */
final class RequestFile {
    private static final Set<String> READ = Set.of("model", "messages", "tools", "metadata", "user", "stream");

    private RequestFile() {}

    /** @param model in place of the request's own, or null */
    static ChatRequest parse(String json, String what, @Nullable String model) {
        Map<?, ?> request = map(Json.parse(json, what), what, "the request");
        Object named = model == null ? request.get("model") : model;
        if (!(named instanceof String name)) throw wrong(what, "model must be a text");
        List<Message> messages = new ArrayList<>();
        for (Object o : list(request.get("messages"), what, "messages")) {
            messages.add(message(map(o, what, "a message"), what));
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        if (request.get("metadata") instanceof Map<?, ?> m) m.forEach((k, v) -> metadata.put(String.valueOf(k), String.valueOf(v)));
        Map<String, String> extensions = new LinkedHashMap<>();
        request.forEach((k, v) -> {
            if (!READ.contains(k)) extensions.put(String.valueOf(k), Json.compact(v));
        });
        return ChatRequest.builder(name, new Prompt.Conversation(messages))
                .tools(tools(request.get("tools"), what))
                .user(request.get("user") instanceof String user ? user : null)
                .metadata(metadata)
                .extensions(extensions)
                .build();
    }

    private static Message message(Map<?, ?> m, String what) {
        Role role = role(m.get("role"), what);
        List<Part> parts = new ArrayList<>();
        content(m.get("content"), parts, what);
        if (m.get("reasoning_content") instanceof String s && role == Role.ASSISTANT) parts.addFirst(new Part.Reasoning(s));
        if (m.get("tool_calls") instanceof List<?> calls && role == Role.ASSISTANT) {
            for (Object o : calls) {
                Map<?, ?> call = map(o, what, "a tool call");
                Map<?, ?> function = map(call.get("function"), what, "a tool call's function");
                parts.add(new Part.ToolCall(
                        String.valueOf(call.get("id")),
                        String.valueOf(function.get("name")),
                        function.get("arguments") instanceof String s ? s : Json.compact(function.get("arguments"))));
            }
        }
        if (role == Role.TOOL) {
            parts = List.of(new Part.ToolResult(String.valueOf(m.get("tool_call_id")), null, parts, false, null));
        }
        return new Message(role, parts, m.get("name") instanceof String s ? s : null);
    }

    private static void content(@Nullable Object content, List<Part> parts, String what) {
        switch (content) {
            case null -> {}
            case String s -> parts.add(new Part.Text(s));
            case List<?> list -> {
                for (Object o : list) parts.add(part(map(o, what, "a part of content")));
            }
            default -> throw wrong(what, "content must be a text or a list of parts");
        }
    }

    private static Part part(Map<?, ?> part) {
        if (part.get("text") instanceof String s) return new Part.Text(s);
        if (part.get("image_url") instanceof Map<?, ?> image && image.get("url") instanceof String url) {
            return new Part.Image(new Source.Url(url.startsWith("data:") ? "data:" : url), null, null);
        }
        return new Part.Opaque("request", String.valueOf(part.get("type")), Json.compact(part), null);
    }

    private static List<Tool> tools(@Nullable Object tools, String what) {
        List<Tool> list = new ArrayList<>();
        if (tools == null) return list;
        for (Object o : list(tools, what, "tools")) {
            Map<?, ?> tool = map(o, what, "a tool");
            if (tool.get("function") instanceof Map<?, ?> f) {
                list.add(new Tool.Function(
                        String.valueOf(f.get("name")),
                        f.get("description") instanceof String s ? s : null,
                        f.get("parameters") == null ? null : Json.compact(f.get("parameters"))));
            } else {
                String type = String.valueOf(tool.get("type"));
                list.add(new Tool.Hosted(type, type, Json.compact(tool), null));
            }
        }
        return list;
    }

    private static Role role(@Nullable Object word, String what) {
        Set<String> words = new HashSet<>();
        for (Role role : Role.values()) {
            if (role.word().equals(word)) return role;
            words.add(role.word());
        }
        throw wrong(what, "a message's role must be one of " + words.stream().sorted().toList());
    }

    private static Map<?, ?> map(@Nullable Object o, String what, String name) {
        if (o instanceof Map<?, ?> map) return map;
        throw wrong(what, name + " must be an object");
    }

    private static List<?> list(@Nullable Object o, String what, String name) {
        if (o instanceof List<?> list) return list;
        throw wrong(what, name + " must be a list");
    }

    private static DalangException wrong(String what, String why) {
        return DalangException.invalidRequest(what + ": " + why, null);
    }
}

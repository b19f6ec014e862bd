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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * As much of an OpenAI chat request as routing looks at: model, messages with their parts, tools, limit of tokens and
 * service tier. What else it holds is not looked at, since nothing is sent.
 */
final class RequestFile {
    private RequestFile() {}

    /** @throws DalangException naming what is wrong */
    static ChatRequest read(String text, String what) {
        if (!(Json.parse(text, what) instanceof Map<?, ?> root)) throw wrong(what, "is no JSON object");
        if (!(root.get("model") instanceof String model)) throw wrong(what, "names no model");
        if (!(root.get("messages") instanceof List<?> list)) throw wrong(what, "has no messages");
        List<Message> messages = new ArrayList<>();
        for (Object o : list) {
            if (!(o instanceof Map<?, ?> m)) throw wrong(what, "has a message that is no object");
            messages.add(message(m, what));
        }
        Object limit = root.get("max_completion_tokens") != null ? root.get("max_completion_tokens") : root.get("max_tokens");
        ChatRequest.Builder request = ChatRequest.builder(model, new Prompt.Conversation(messages));
        if (limit instanceof Long n && n >= 0 && n <= Integer.MAX_VALUE) request.maxTokens(Math.toIntExact(n));
        else if (limit != null) throw wrong(what, "has max_tokens of " + limit);
        if (root.get("service_tier") instanceof String tier) request.serviceTier(tier);
        if (root.get("tools") instanceof List<?> tools) request.tools(tools(tools, what));
        return request.build();
    }

    private static Message message(Map<?, ?> m, String what) {
        Role role = switch (String.valueOf(m.get("role"))) {
            case "system", "developer" -> Role.SYSTEM;
            case "user" -> Role.USER;
            case "assistant" -> Role.ASSISTANT;
            case "tool" -> Role.TOOL;
            default -> throw wrong(what, "has a message of role " + m.get("role"));
        };
        List<Part> parts = new ArrayList<>();
        Object content = m.get("content");
        if (content instanceof String s) parts.add(new Part.Text(s));
        if (content instanceof List<?> list) for (Object p : list) parts.add(part(p, what));
        if (role != Role.TOOL) return new Message(role, parts, null);
        return new Message(
                role, List.of(new Part.ToolResult(String.valueOf(m.get("tool_call_id")), null, parts, false, null)), null);
    }

    private static Part part(@Nullable Object o, String what) {
        if (!(o instanceof Map<?, ?> p)) throw wrong(what, "has a part that is no object");
        return switch (String.valueOf(p.get("type"))) {
            case "text" -> new Part.Text(String.valueOf(p.get("text")));
            case "image_url" -> new Part.Image(new Source.Url(address(p.get("image_url"))), null, null);
            case "input_audio" -> new Part.Audio(new Source.Url("data:"), null, null);
            case "file" -> new Part.Document(new Source.Url("data:"), null, null, false, null);
            default -> throw wrong(what, "has a part of type " + p.get("type"));
        };
    }

    private static String address(@Nullable Object image) {
        return image instanceof Map<?, ?> m ? String.valueOf(m.get("url")) : String.valueOf(image);
    }

    private static List<Tool> tools(List<?> list, String what) {
        List<Tool> tools = new ArrayList<>();
        for (Object o : list) {
            boolean function = o instanceof Map<?, ?> t && t.get("function") instanceof Map<?, ?> f
                    && f.get("name") instanceof String;
            if (!function) throw wrong(what, "has a tool without a function's name");
            Map<?, ?> f = (Map<?, ?>) ((Map<?, ?>) o).get("function");
            Object parameters = f.get("parameters");
            tools.add(new Tool.Function(
                    String.valueOf(f.get("name")),
                    f.get("description") instanceof String s ? s : null,
                    parameters == null ? null : Json.compact(parameters)));
        }
        return tools;
    }

    private static DalangException wrong(String what, String why) {
        return DalangException.invalidRequest(what + " " + why, null);
    }
}

package dev.dalang.train.chat;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages, calls and tools as OpenAI's chat and fine-tuning interfaces write them.
 *
 * @see <a href="https://platform.openai.com/docs/guides/supervised-fine-tuning">OpenAI, supervised fine-tuning</a>
 */
final class MessageReader {

    private static final List<String> REASONING = List.of("reasoning_content", "reasoning", "thinking");

    private MessageReader() {}

    /** {@code asked} gets the indices of the assistant's messages whose {@code weight} is not 0. */
    static List<Message> messages(String what, List<?> list, List<Integer> asked) throws Unusable {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Fields m = Fields.of(what + "[" + i + "]", list.get(i));
            messages.add(message(m));
            if (messages.getLast().role() == Role.ASSISTANT && weight(m)) asked.add(i);
        }
        return messages;
    }

    private static boolean weight(Fields m) throws Unusable {
        Object weight = m.get("weight");
        if (weight == null) return true;
        if (weight instanceof Number n && (n.doubleValue() == 0 || n.doubleValue() == 1)) return n.doubleValue() == 1;
        throw new Unusable("has " + weight + " in " + m.path("weight") + ", which may be 0 or 1");
    }

    private static Message message(Fields m) throws Unusable {
        String word = m.string("role");
        Role role = role(word);
        if (role == null) throw new Unusable("has the role '" + word + "' in " + m.what() + ", which nobody knows");
        String text = text(m, m.get("content"));
        if (role == Role.TOOL) {
            String name = m.stringOrEmpty("name");
            Part.ToolResult result = new Part.ToolResult(
                    m.stringOrEmpty("tool_call_id"),
                    name.isEmpty() ? null : name,
                    List.of(new Part.Text(text)),
                    false,
                    null);
            return new Message(role, List.of(result), null);
        }
        List<Part> parts = new ArrayList<>();
        if (role == Role.ASSISTANT) {
            for (String field : REASONING) {
                if (!m.has(field)) continue;
                parts.add(new Part.Reasoning(m.string(field)));
                break;
            }
        }
        if (!text.isEmpty()) parts.add(new Part.Text(text));
        if (m.has("tool_calls")) {
            if (role != Role.ASSISTANT) throw new Unusable("has calls in " + m.what() + ", which no assistant says");
            List<?> calls = m.list("tool_calls");
            for (int i = 0; i < calls.size(); i++) parts.add(call(m.path("tool_calls[" + i + "]"), calls.get(i), i));
        }
        String name = m.stringOrEmpty("name");
        return new Message(role, parts, name.isEmpty() ? null : name);
    }

    private static @Nullable Role role(String word) {
        for (Role r : Role.values()) if (r.word().equals(word)) return r;
        return null;
    }

    private static String text(Fields m, @Nullable Object content) throws Unusable {
        switch (content) {
            case null -> {
                return "";
            }
            case String s -> {
                return s;
            }
            case List<?> parts -> {
                StringBuilder text = new StringBuilder();
                for (Object p : parts) {
                    Fields part = Fields.of(m.path("content"), p);
                    String type = part.stringOrEmpty("type");
                    if (!type.equals("text")) {
                        throw new Unusable("has a part of type '" + type + "' in " + m.path("content")
                                + "; only texts can be learned here");
                    }
                    text.append(part.string("text"));
                }
                return text.toString();
            }
            default -> throw new Unusable("has no text in " + m.path("content"));
        }
    }

    private static Part.ToolCall call(String what, @Nullable Object tree, int index) throws Unusable {
        Fields call = Fields.of(what, tree);
        Fields function = Fields.of(what + ".function", call.get("function"));
        String id = call.stringOrEmpty("id");
        return new Part.ToolCall(
                id.isEmpty() ? "call_" + index : id, function.string("name"), arguments(function.get("arguments")));
    }

    /** A JSON object as text, given as one or as the object itself. */
    static String arguments(@Nullable Object arguments) {
        if (arguments == null) return "{}";
        return arguments instanceof String s ? s : JsonTree.write(arguments);
    }

    /** The declarations in {@code tools}, a list or the text of one; none where the field is absent. */
    static List<Tool> tools(@Nullable Object tree) throws Unusable {
        Object value = tree instanceof String text && !text.isBlank() ? JsonTree.parse(text) : tree;
        if (value == null || value instanceof String) return List.of();
        if (!(value instanceof List<?> list)) throw new Unusable("has no list in tools");
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            Fields tool = Fields.of("tools[" + i + "]", list.get(i));
            // Some write the function without the object around it.
            Fields f = tool.has("function") ? Fields.of(tool.path("function"), tool.get("function")) : tool;
            Object parameters = f.get("parameters");
            if (parameters != null && !(parameters instanceof Map)) {
                throw new Unusable("has no object in " + f.path("parameters"));
            }
            String description = f.stringOrEmpty("description");
            try {
                tools.add(new Tool.Function(
                        f.string("name"),
                        description.isEmpty() ? null : description,
                        parameters == null ? null : JsonTree.write(parameters)));
            } catch (DalangException e) {
                throw new Unusable("has a tool that cannot be: " + e.getMessage());
            }
        }
        return tools;
    }
}

package dev.dalang.server.openai;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** {@code messages} of the chat dialect. An answer's message, sent back as it came, reads as what it was. */
final class MessagesReader {

    /** Ids of the calls so far, which results may be of. */
    private final Set<String> calls = new HashSet<>();

    private MessagesReader() {}

    static List<Message> read(List<Fields> messages) {
        MessagesReader reader = new MessagesReader();
        return messages.stream().map(reader::message).toList();
    }

    private Message message(Fields in) {
        String role = in.requireText("role");
        return switch (role) {
            case "system" -> spoken(in, Role.SYSTEM);
            case "developer" -> spoken(in, Role.DEVELOPER);
            case "user" -> spoken(in, Role.USER);
            case "assistant" -> assistant(in);
            case "tool" -> toolResult(in);
            case "function" -> throw in.invalid("role", "function is not supported: tool replaced it");
            default -> throw in.invalid("role", "must be system, developer, user, assistant or tool");
        };
    }

    private static Message spoken(Fields in, Role role) {
        in.requireAny("content");
        return new Message(role, Content.parts(in, "content"), in.text("name"));
    }

    private Message assistant(Fields in) {
        List<Part> parts = new ArrayList<>();
        String reasoning = in.text("reasoning_content");
        String other = in.text("reasoning");
        if (reasoning == null) reasoning = other;
        if (reasoning != null) parts.add(new Part.Reasoning(reasoning));
        JsonNode annotations = in.any("annotations");
        List<Part> said = Content.parts(in, "content");
        parts.addAll(annotations == null || annotations.isEmpty() ? said : annotated(said, annotations));
        String refusal = in.text("refusal");
        if (refusal != null) parts.add(new Part.Refusal(refusal));
        Fields audio = in.object("audio");
        if (audio != null) parts.add(Content.ownAudio(audio));
        List<Fields> calls = in.objects("tool_calls");
        if (calls != null) for (Fields call : calls) parts.add(call(call));
        in.refuse("function_call", "give tool_calls, which replaced it");
        // OpenAI's clients add to a message what they have read out of it, and send it back so.
        in.any("parsed");
        if (parts.isEmpty() && !in.has("content")) throw in.invalid("content", "is required");
        return new Message(Role.ASSISTANT, parts, in.text("name"));
    }

    /** What a provider said of the text belongs to its last piece. */
    private static List<Part> annotated(List<Part> parts, JsonNode annotations) {
        List<Part> all = new ArrayList<>(parts);
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i) instanceof Part.Text text) {
                all.set(i, new Part.Text(text.text(), text.cache(), Json.text(annotations)));
                break;
            }
        }
        return all;
    }

    private Part call(Fields in) {
        String id = in.requireText("id");
        calls.add(id);
        String type = in.word("type", List.of("function", "custom"));
        // Some clients send the place of a streamed call back; the order says the same.
        in.integer("index");
        boolean freeform = "custom".equals(type);
        Fields called = in.requireObject(freeform ? "custom" : "function");
        called.any("parsed_arguments");
        return new Part.ToolCall(
                id,
                called.requireText("name"),
                called.requireText(freeform ? "input" : "arguments"),
                null,
                freeform,
                null);
    }

    private Message toolResult(Fields in) {
        String call = in.requireText("tool_call_id");
        if (!calls.contains(call)) {
            throw in.invalid("tool_call_id", "is " + call + ", which no assistant message before it has called");
        }
        in.requireAny("content");
        List<Part> parts = Content.parts(in, "content");
        return new Message(Role.TOOL, List.of(new Part.ToolResult(call, in.text("name"), parts, false, null)), null);
    }
}

package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.ledger.Conversation;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A message as the page has it.
 *
 * @param role {@code user}, {@code assistant} or {@code tool}
 * @param body its text
 * @param detail attached files, calls, the call that a result is for
 */
record Turn(String role, String body, JsonNode detail) {

    private static final List<String> ROLES = List.of("user", "assistant", "tool");

    /** What the page sends of a conversation that is not kept. */
    static Turn of(Fields f) {
        String role = f.word("role", ROLES);
        if (role == null) throw f.invalid("role", "is required");
        JsonNode detail = f.any("detail");
        return new Turn(role, f.text("body", ""), detail == null ? Json.object() : detail);
    }

    static Turn of(Conversation.Message m) {
        return new Turn(m.role(), m.body(), Json.parse(m.detail()));
    }

    static Turn draft(String text, JsonNode files) {
        ObjectNode detail = Json.object();
        detail.set("files", files);
        return new Turn("user", text, detail);
    }

    /** For the model. Attached files stand before what is said of them; reasoning is not repeated. */
    Message message() {
        return switch (role) {
            case "user" -> Message.user(userText());
            case "assistant" -> {
                List<Part> parts = new ArrayList<>();
                if (!body.isEmpty()) parts.add(new Part.Text(body));
                for (JsonNode call : detail.path("calls")) {
                    parts.add(new Part.ToolCall(text(call, "id"), text(call, "name"), text(call, "arguments")));
                }
                yield new Message(Role.ASSISTANT, parts, null);
            }
            case "tool" ->
                new Message(
                        Role.TOOL,
                        List.of(new Part.ToolResult(
                                text(detail, "call"),
                                text(detail, "name"),
                                List.of(new Part.Text(body)),
                                detail.path("error").asBoolean(false),
                                null)),
                        null);
            default -> throw DalangException.invalidRequest("no message has the role " + role, "role");
        };
    }

    private String userText() {
        StringBuilder text = new StringBuilder();
        for (JsonNode file : detail.path("files")) {
            String content = text(file, "text");
            String fence = fence(content);
            text.append("File ")
                    .append(text(file, "name"))
                    .append(":\n")
                    .append(fence)
                    .append('\n');
            text.append(content);
            if (!content.endsWith("\n")) text.append('\n');
            text.append(fence).append("\n\n");
        }
        return text.append(body).toString();
    }

    /** Longer than any row of backquotes in the text (CommonMark 0.31, 4.5). */
    static String fence(String content) {
        int longest = 2;
        int run = 0;
        for (int i = 0; i < content.length(); i++) {
            run = content.charAt(i) == '`' ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return "`".repeat(longest + 1);
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isString()) throw DalangException.invalidRequest("a message's " + name + " must be a string", name);
        return value.stringValue();
    }
}

package dev.dalang.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * <p>A dialect that mixes tool results into user messages splits them: results first, in a {@link Role#TOOL} message,
 * then the rest.
 *
 * @param role who speaks
 * @param parts what is said, in order; may be empty
 * @param name the participant's name where several share a role, or null
 */
public record Message(Role role, List<Part> parts, @Nullable String name) {
    public Message {
        parts = List.copyOf(parts);
        for (Part part : parts) {
            boolean fits = switch (part) {
                case Part.Text t -> role != Role.TOOL;
                case Part.Image i -> role != Role.TOOL;
                case Part.Audio a -> role != Role.TOOL;
                case Part.Document d -> role != Role.TOOL;
                case Part.ToolResult r -> role == Role.TOOL;
                case Part.ToolCall c -> role == Role.ASSISTANT;
                case Part.Reasoning r -> role == Role.ASSISTANT;
                case Part.RedactedReasoning r -> role == Role.ASSISTANT;
                case Part.Refusal r -> role == Role.ASSISTANT;
                case Part.Opaque o -> true;
            };
            if (!fits) {
                throw Checks.invalid(
                        "messages",
                        "a message of role " + role.word() + " cannot hold a "
                                + part.getClass().getSimpleName() + " part");
            }
        }
    }

    public static Message system(String text) {
        return of(Role.SYSTEM, text);
    }

    public static Message user(String text) {
        return of(Role.USER, text);
    }

    public static Message assistant(String text) {
        return of(Role.ASSISTANT, text);
    }

    /** The plain text result of one tool call. */
    public static Message toolResult(String callId, String text) {
        return new Message(
                Role.TOOL, List.of(new Part.ToolResult(callId, null, List.of(new Part.Text(text)), false, null)), null);
    }

    public static Message of(Role role, String text) {
        return new Message(role, List.of(new Part.Text(text)), null);
    }

    /** All text parts joined, without reasoning, refusals, tool calls and results. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (part instanceof Part.Text t) text.append(t.text());
        }
        return text.toString();
    }

    /** All reasoning joined. */
    public String reasoning() {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (part instanceof Part.Reasoning r) text.append(r.text());
        }
        return text.toString();
    }

    public List<Part.ToolCall> toolCalls() {
        return parts.stream()
                .filter(Part.ToolCall.class::isInstance)
                .map(Part.ToolCall.class::cast)
                .toList();
    }
}

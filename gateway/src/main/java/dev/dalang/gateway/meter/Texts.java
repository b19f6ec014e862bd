package dev.dalang.gateway.meter;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import java.util.Arrays;

/** A prompt as a text for the ledger, where one is kept; media are named, not copied. */
final class Texts {
    private Texts() {}

    static String of(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Raw r -> r.text();
            case Prompt.Tokens t -> Arrays.toString(t.ids());
            case Prompt.Infill i -> i.prefix() + "\u2026" + i.suffix();
            case Prompt.Conversation c -> {
                StringBuilder text = new StringBuilder();
                for (Message m : c.messages()) {
                    text.append(m.role().word()).append(":\n");
                    for (Part p : m.parts()) text.append(of(p)).append('\n');
                }
                yield text.toString();
            }
        };
    }

    private static String of(Part part) {
        return switch (part) {
            case Part.Text t -> t.text();
            case Part.Reasoning t -> t.text();
            case Part.Refusal t -> t.text();
            case Part.ToolCall t -> "[calls " + t.name() + " " + t.arguments() + "]";
            case Part.ToolResult t -> "[result] " + t.text();
            case Part.Image i -> "[image]";
            case Part.Audio a -> "[audio]";
            case Part.Document d -> "[document]";
            case Part.RedactedReasoning r -> "[hidden reasoning]";
            case Part.Opaque o -> "[" + o.provider() + " " + o.type() + "]";
        };
    }
}

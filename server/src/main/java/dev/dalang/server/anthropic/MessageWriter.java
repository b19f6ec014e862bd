package dev.dalang.server.anthropic;

import dev.dalang.api.ChatResponse;
import dev.dalang.api.Part;
import dev.dalang.server.http.Answers;
import dev.dalang.server.http.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A whole answer in Anthropic's form. */
final class MessageWriter {

    private MessageWriter() {}

    /** @param hidesThinking thought shows as blocks without words */
    static ObjectNode write(ChatResponse r, boolean hidesThinking) {
        ObjectNode m = Blocks.message(r.id(), r.model());
        ArrayNode content = m.withArray("content");
        for (Part part : r.message().parts()) {
            switch (part) {
                case Part.Text t -> content.add(text(t));
                case Part.Refusal t -> content.add(Blocks.text(t.text()));
                case Part.Reasoning t -> content.add(Blocks.thinking(hidesThinking ? "" : t.text(), t.signature()));
                case Part.RedactedReasoning t -> content.add(Blocks.redacted(t.data()));
                case Part.ToolCall c -> content.add(toolUse(c));
                case Part.Opaque o -> content.add(Blocks.opaque(o));
                case Part.Image i -> throw Blocks.notHere("a picture");
                case Part.Audio a -> throw Blocks.notHere("a sound");
                case Part.Document d -> throw Blocks.notHere("a document");
                case Part.ToolResult t -> throw new IllegalStateException("a tool result in an answer");
            }
        }
        Blocks.stop(m, r.finishReason(), r.stopSequence(), r.details());
        m.set("usage", Blocks.usage(r.usage(), r.details()));
        Blocks.notices(m, r.notices());
        return m;
    }

    private static ObjectNode text(Part.Text t) {
        ObjectNode block = Blocks.text(t.text());
        if (t.annotations() != null) block.set("citations", Json.parse(t.annotations()));
        return block;
    }

    private static ObjectNode toolUse(Part.ToolCall c) {
        if (c.freeform()) throw Blocks.notHere("a call of a tool that takes free text");
        ObjectNode block = Blocks.toolUse(c.id(), c.name());
        block.set("input", Answers.argumentsOf(c.arguments()));
        return block;
    }
}

package dev.dalang.gateway.provider.openai;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation as the {@code messages} of Chat Completions. Earlier reasoning goes back where the server has a field for
 * it; the original has none, and its guide says to leave it out.
 */
final class ChatMessages {
    private final Flavour flavour;
    private final String provider;

    ChatMessages(Flavour flavour, String provider) {
        this.flavour = flavour;
        this.provider = provider;
    }

    void write(Prompt.Conversation conversation, ArrayNode out) {
        for (Message m : conversation.messages()) {
            switch (m.role()) {
                case SYSTEM -> said(out.addObject().put("role", "system"), m);
                case DEVELOPER -> said(out.addObject().put("role", flavour.developer() ? "developer" : "system"), m);
                case USER -> said(out.addObject().put("role", "user"), m);
                case ASSISTANT -> assistant(out.addObject().put("role", "assistant"), m);
                case TOOL -> results(out, m);
            }
        }
    }

    private void said(ObjectNode to, Message m) {
        String text = Content.textOf(m.parts());
        if (text != null) to.put("content", text);
        else parts(to.putArray("content"), m.parts());
        if (m.name() != null) to.put("name", m.name());
    }

    private void parts(ArrayNode to, List<Part> parts) {
        for (Part part : parts) {
            ObjectNode at = to.addObject();
            switch (part) {
                case Part.Text t -> at.put("type", "text").put("text", t.text());
                case Part.Image i -> {
                    ObjectNode url = at.put("type", "image_url").putObject("image_url");
                    url.put("url", url(i.source(), "image/png", "a picture by its file id"));
                    if (i.detail() != null) url.put("detail", i.detail());
                }
                case Part.Audio a -> {
                    if (!(a.source() instanceof Source.Bytes b)) throw noPlace("a sound by its address");
                    at.put("type", "input_audio")
                            .putObject("input_audio")
                            .put("data", Content.base64(b))
                            .put("format", Content.format(a));
                }
                case Part.Document d -> document(at.put("type", "file").putObject("file"), d);
                default -> throw noPlace("a " + part.getClass().getSimpleName() + " part here");
            }
        }
    }

    private void document(ObjectNode file, Part.Document d) {
        switch (d.source()) {
            case Source.FileId f -> file.put("file_id", f.id());
            case Source.Url u -> throw noPlace("a document by its address");
            case Source.Bytes b ->
                file.put("filename", d.title() == null ? "document" : d.title())
                        .put("file_data", Content.dataUrl(b, Content.type(b, "text/plain")));
        }
    }

    private String url(Source source, String type, String otherwise) {
        return switch (source) {
            case Source.Url u -> u.url();
            case Source.Bytes b -> Content.dataUrl(b, Content.type(b, type));
            case Source.FileId f -> throw noPlace(otherwise);
        };
    }

    private void assistant(ObjectNode to, Message m) {
        StringBuilder text = new StringBuilder();
        StringBuilder refusal = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        ArrayNode calls = null;
        for (Part part : m.parts()) {
            switch (part) {
                case Part.Text t -> text.append(t.text());
                case Part.Refusal r -> refusal.append(r.text());
                case Part.Reasoning r -> reasoning.append(r.text());
                case Part.RedactedReasoning r -> {} // only who wrote it can read it, and its protocol is another
                case Part.ToolCall c -> {
                    if (calls == null) calls = to.putArray("tool_calls");
                    call(calls.addObject(), c);
                }
                case Part.Audio a -> {
                    if (a.itemId() == null) throw noPlace("a sound of the assistant's without its id");
                    to.putObject("audio").put("id", a.itemId());
                }
                default ->
                    throw noPlace("a " + part.getClass().getSimpleName() + " part in a message of the assistant's");
            }
        }
        if (!text.isEmpty()) to.put("content", text.toString());
        else if (calls == null && !to.has("audio") && refusal.isEmpty()) to.put("content", "");
        else to.putNull("content");
        if (!refusal.isEmpty()) to.put("refusal", refusal.toString());
        if (flavour.reasoningBack() != null && !reasoning.isEmpty()) {
            to.put(flavour.reasoningBack(), reasoning.toString());
        }
        if (m.name() != null) to.put("name", m.name());
    }

    private static void call(ObjectNode at, Part.ToolCall c) {
        at.put("id", c.id());
        if (c.freeform()) {
            at.put("type", "custom").putObject("custom").put("name", c.name()).put("input", c.arguments());
        } else {
            at.put("type", "function")
                    .putObject("function")
                    .put("name", c.name())
                    .put("arguments", c.arguments().isBlank() ? "{}" : c.arguments());
        }
    }

    /** One message for each result. That the tool failed, its text must say: there is no field for it. */
    private void results(ArrayNode out, Message m) {
        for (Part part : m.parts()) {
            if (!(part instanceof Part.ToolResult r)) throw noPlace("a part beside the results of tools");
            String text = Content.textOf(r.parts());
            if (text == null) throw noPlace("a tool's result that is no text");
            ObjectNode at = out.addObject().put("role", "tool").put("tool_call_id", r.callId());
            if (!flavour.allowedTools() && r.toolName() != null) at.put("name", r.toolName());
            at.put("content", text);
        }
    }

    private dev.dalang.api.DalangException noPlace(String what) {
        return Fields.noPlace(provider, what);
    }
}

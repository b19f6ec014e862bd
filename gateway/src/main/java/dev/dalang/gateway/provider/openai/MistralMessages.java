package dev.dalang.gateway.provider.openai;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation as Mistral's {@code messages}. They are strict: a field that is not theirs, such as a speaker's name or
 * a refusal, is an error, and so is the id of a call that is not nine letters and digits. Thoughts go back to a model
 * that is asked to think, as the guide to reasoning has it; others may not know what they are.
 */
final class MistralMessages {
    private static final int ID_LENGTH = 9;
    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9]{" + ID_LENGTH + "}");
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final String provider;
    private final boolean thinks;

    MistralMessages(String provider, boolean thinks) {
        this.provider = provider;
        this.thinks = thinks;
    }

    void write(Prompt.Conversation conversation, ArrayNode out) {
        for (Message m : conversation.messages()) {
            switch (m.role()) {
                case SYSTEM, DEVELOPER -> {
                    String text = Content.textOf(m.parts());
                    if (text == null) throw noPlace("an instruction that is no text");
                    out.addObject().put("role", "system").put("content", text);
                }
                case USER -> content(out.addObject().put("role", "user"), m.parts());
                case ASSISTANT -> assistant(out.addObject().put("role", "assistant"), m);
                case TOOL -> results(out, m);
            }
        }
    }

    private void content(ObjectNode to, List<Part> parts) {
        String text = Content.textOf(parts);
        if (text != null) {
            to.put("content", text);
            return;
        }
        ArrayNode content = to.putArray("content");
        for (Part part : parts) {
            ObjectNode at = content.addObject();
            switch (part) {
                case Part.Text t -> at.put("type", "text").put("text", t.text());
                case Part.Image i -> {
                    ObjectNode url = at.put("type", "image_url").putObject("image_url");
                    url.put("url", url(i.source(), "image/png", "a picture by its file id"));
                    if (i.detail() != null) url.put("detail", i.detail());
                }
                case Part.Audio a -> {
                    String sound = a.source() instanceof Source.Bytes b
                            ? Content.base64(b)
                            : url(a.source(), "audio/wav", "a sound by its file id");
                    at.put("type", "input_audio").put("input_audio", sound);
                }
                case Part.Document d -> document(at, d);
                default -> throw noPlace("a " + part.getClass().getSimpleName() + " part here");
            }
        }
    }

    private void document(ObjectNode at, Part.Document d) {
        if (d.source() instanceof Source.FileId f) {
            at.put("type", "file").put("file_id", f.id());
            return;
        }
        at.put("type", "document_url").put("document_url", url(d.source(), "text/plain", "a document"));
        if (d.title() != null) at.put("document_name", d.title());
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
        ArrayNode thoughts = to.arrayNode();
        ArrayNode calls = to.arrayNode();
        for (Part part : m.parts()) {
            switch (part) {
                case Part.Text t -> text.append(t.text());
                case Part.Refusal r -> text.append(r.text());
                case Part.Reasoning r -> {
                    if (thinks) thought(thoughts.addObject().put("type", "thinking"), r);
                }
                case Part.RedactedReasoning r -> {} // another provider's
                case Part.ToolCall c -> {
                    if (c.freeform()) throw noPlace("a freeform tool call");
                    calls.addObject()
                            .put("id", id(c.id()))
                            .put("type", "function")
                            .putObject("function")
                            .put("name", c.name())
                            .put("arguments", c.arguments().isBlank() ? "{}" : c.arguments());
                }
                default ->
                    throw noPlace("a " + part.getClass().getSimpleName() + " part in a message of the assistant's");
            }
        }
        if (thoughts.isEmpty()) {
            to.put("content", text.toString());
        } else {
            if (!text.isEmpty()) thoughts.addObject().put("type", "text").put("text", text.toString());
            to.set("content", thoughts);
        }
        if (!calls.isEmpty()) to.set("tool_calls", calls);
    }

    private static void thought(ObjectNode at, Part.Reasoning r) {
        at.putArray("thinking").addObject().put("type", "text").put("text", r.text());
        if (r.signature() != null) at.put("signature", r.signature());
    }

    private void results(ArrayNode out, Message m) {
        for (Part part : m.parts()) {
            if (!(part instanceof Part.ToolResult r)) throw noPlace("a part beside the results of tools");
            ObjectNode at = out.addObject().put("role", "tool").put("tool_call_id", id(r.callId()));
            if (r.toolName() != null) at.put("name", r.toolName());
            content(at, r.parts());
        }
    }

    /** Another provider's id under a name that Mistral takes, the same for a call and its result. */
    static String id(String id) {
        if (ID.matcher(id).matches()) return id;
        byte[] hash;
        try {
            hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < ID_LENGTH; i++) name.append(DIGITS.charAt((hash[i] & 0xff) % DIGITS.length()));
        return name.toString();
    }

    private DalangException noPlace(String what) {
        return Fields.noPlace(provider, what);
    }
}

package dev.dalang.gateway.provider.google;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.gateway.provider.wire.Content;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Turns;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation as {@code systemInstruction} and {@code contents}. A signature belongs to the part that follows the
 * reasoning (a call, or the text), and goes back on it; the thoughts themselves are summaries and stay here.
 */
final class GeminiContent {
    static final String FAMILY = "google";

    private final String provider;
    private final Fields fields;
    private final ArrayNode system = Json.array();
    private final Turns contents = new Turns("parts");
    private final Map<String, String> callNames = new HashMap<>();

    GeminiContent(String provider, Fields fields) {
        this.provider = provider;
        this.fields = fields;
    }

    void write(Prompt.Conversation conversation, ObjectNode out) {
        boolean moved = false;
        for (Message m : conversation.messages()) {
            if (m.role() == Role.SYSTEM || m.role() == Role.DEVELOPER) {
                moved |= !contents.isEmpty();
                parts(m.parts(), system);
            } else {
                ArrayNode said = Json.array();
                parts(m.parts(), said);
                contents.add(m.role() == Role.ASSISTANT ? "model" : "user", said);
            }
        }
        if (moved) {
            fields.notice(
                    "system_moved",
                    provider
                            + " takes instructions at the beginning only; those from within the conversation went there");
        }
        if (!system.isEmpty()) out.putObject("systemInstruction").set("parts", system);
        out.set("contents", contents.all());
    }

    private void parts(List<Part> parts, ArrayNode to) {
        String signature = null;
        for (Part part : parts) {
            if (part instanceof Part.Reasoning r) {
                if (r.signature() != null) signature = r.signature();
                continue;
            }
            ObjectNode at = part(part);
            if (at == null) continue;
            if (signature != null) {
                at.put("thoughtSignature", signature);
                signature = null;
            }
            to.add(at);
        }
        if (signature != null) to.addObject().put("text", "").put("thoughtSignature", signature);
    }

    private @Nullable ObjectNode part(Part part) {
        ObjectNode at = Json.object();
        switch (part) {
            case Part.Text t -> {
                if (t.text().isEmpty()) return null;
                at.put("text", t.text());
            }
            case Part.Refusal r -> at.put("text", r.text());
            case Part.Image i -> source(at, i.source(), "image/png");
            case Part.Audio a -> source(at, a.source(), "audio/" + Content.format(a));
            case Part.Document d -> source(at, d.source(), "application/pdf");
            case Part.ToolCall c -> {
                if (c.freeform()) throw Fields.noPlace(provider, "a freeform tool call");
                callNames.put(c.id(), c.name());
                ObjectNode call = at.putObject("functionCall").put("name", c.name());
                call.set("args", Json.givenObject(c.arguments(), "the arguments of " + c.name()));
                if (itsOwn(c.id())) call.put("id", c.id());
            }
            case Part.ToolResult r -> result(at.putObject("functionResponse"), r);
            case Part.Opaque o -> {
                if (!o.provider().equals(FAMILY)) {
                    throw Fields.noPlace(
                            provider, "a part of type " + o.type() + " that only " + o.provider() + " understands");
                }
                at.setAll(Json.givenObject(o.json(), o.type()));
            }
            case Part.RedactedReasoning r -> {
                return null; // another provider's
            }
            case Part.Reasoning r -> {
                return null;
            }
        }
        return at;
    }

    /** Ids that were made up on the way, because the model gave none, mean nothing to it. */
    private static boolean itsOwn(String id) {
        return !id.startsWith("call_");
    }

    private void result(ObjectNode at, Part.ToolResult r) {
        String name = r.toolName() != null ? r.toolName() : callNames.get(r.callId());
        if (name == null) throw Fields.noPlace(provider, "a tool's result without the call that it answers");
        if (itsOwn(r.callId())) at.put("id", r.callId());
        at.put("name", name);
        JsonNode json = r.isError() ? null : Json.parse(r.text());
        if (json instanceof ObjectNode object) at.set("response", object);
        else at.putObject("response").put(r.isError() ? "error" : "output", r.text());
        ArrayNode media = Json.array();
        for (Part p : r.parts()) {
            if (p instanceof Part.Text) continue;
            ObjectNode medium = part(p);
            if (medium != null) media.add(medium);
        }
        if (!media.isEmpty()) at.set("parts", media);
    }

    private static void source(ObjectNode at, Source source, String type) {
        switch (source) {
            case Source.Bytes b ->
                at.putObject("inlineData")
                        .put("mimeType", Content.type(b, type))
                        .put("data", Content.base64(b));
            case Source.Url u -> at.putObject("fileData").put("fileUri", u.url());
            case Source.FileId f -> at.putObject("fileData").put("fileUri", f.id());
        }
    }
}

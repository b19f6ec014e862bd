package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Gemini's {@code generateContent}, and {@code streamGenerateContent?alt=sse}. */
final class GeminiVoice implements Voice {
    private final boolean vertex;

    GeminiVoice(boolean vertex) {
        this.vertex = vertex;
    }

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        List<byte[]> out = new ArrayList<>();
        for (ObjectNode part : parts(script)) out.add(Voice.data(chunk(model, List.of(part), null, counts)));
        List<ObjectNode> last = List.of(Trees.object().put("text", ""));
        out.add(Voice.data(chunk(model, last, reason(script), counts)));
        return out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        List<ObjectNode> parts = new ArrayList<>();
        for (ObjectNode part : parts(script)) {
            ObjectNode before = parts.isEmpty() ? Trees.object() : parts.getLast();
            // What a stream sends in pieces is one part.
            boolean goesOn = part.size() == 1 && part.has("text") && before.has("text") && !before.has("thought");
            if (goesOn) before.put("text", Trees.text(before, "text") + Trees.text(part, "text"));
            else parts.add(part);
        }
        return chunk(model, parts, reason(script), counts);
    }

    private static List<ObjectNode> parts(Script script) {
        List<ObjectNode> out = new ArrayList<>();
        String signature = null;
        for (Script.Step step : script.steps()) {
            ObjectNode part = Trees.object();
            switch (step) {
                case Script.Say s -> part.put("text", s.text());
                case Script.Refuse r -> part.put("text", r.text());
                case Script.Think t -> {
                    part.put("text", t.text()).put("thought", true);
                    signature = t.signature();
                }
                case Script.Call c -> {
                    ObjectNode call = part.putObject("functionCall").put("name", c.name());
                    call.set("args", Trees.parse(String.join("", c.arguments())));
                    if (c.id() != null) call.put("id", c.id());
                }
            }
            if (signature != null && !(step instanceof Script.Think)) {
                part.put("thoughtSignature", signature);
                signature = null;
            }
            out.add(part);
        }
        return out;
    }

    private static String reason(Script script) {
        return switch (script.end()) {
            case TURN, STOP_STRING -> "STOP";
            case LENGTH -> "MAX_TOKENS";
            case FILTER -> "SAFETY";
        };
    }

    private static ObjectNode chunk(String model, List<ObjectNode> parts, String reason, Counts counts) {
        ObjectNode chunk = Trees.object();
        ObjectNode candidate = chunk.putArray("candidates").addObject();
        ObjectNode content = candidate.putObject("content");
        content.putArray("parts").addAll(parts);
        content.put("role", "model");
        if (reason != null) candidate.put("finishReason", reason);
        candidate.put("index", 0);
        if (counts != null) {
            ObjectNode usage = chunk.putObject("usageMetadata")
                    .put("promptTokenCount", counts.wrong() ? -7 : counts.prompt())
                    .put("candidatesTokenCount", counts.completion() - counts.reasoning())
                    .put("totalTokenCount", counts.prompt() + counts.completion());
            if (counts.reasoning() > 0) usage.put("thoughtsTokenCount", counts.reasoning());
            if (counts.cached() > 0) usage.put("cachedContentTokenCount", counts.cached());
            usage.putArray("promptTokensDetails")
                    .addObject()
                    .put("modality", "TEXT")
                    .put("tokenCount", counts.prompt());
        }
        return chunk.put("modelVersion", model).put("responseId", "resp-sim");
    }

    @Override
    public byte[] error() {
        return Voice.data(
                "{\"error\":{\"code\":500,\"message\":\"Internal error encountered.\",\"status\":\"INTERNAL\"}}");
    }

    @Override
    public byte[] malformed() {
        return Voice.data("{\"candidates\":[{\"content\":{\"parts\":[{\"te");
    }

    @Override
    public byte[] ping() {
        return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    }

    /** AI Studio says so with status 400, and only its details tell that it is about the key. */
    @Override
    public int strangerStatus() {
        return vertex ? 401 : 400;
    }

    @Override
    public String stranger(String key) {
        if (vertex) return refusal(401, "Request had invalid authentication credentials.");
        return "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\",\"status\":"
                + "\"INVALID_ARGUMENT\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
                + "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\",\"metadata\":{\"service\":"
                + "\"generativelanguage.googleapis.com\"}}]}}";
    }

    @Override
    public String refusal(int status, String message) {
        String word = switch (status) {
            case 400 -> "INVALID_ARGUMENT";
            case 401 -> "UNAUTHENTICATED";
            case 403 -> "PERMISSION_DENIED";
            case 404 -> "NOT_FOUND";
            case 429 -> "RESOURCE_EXHAUSTED";
            case 503 -> "UNAVAILABLE";
            default -> "INTERNAL";
        };
        ObjectNode out = Trees.object();
        ObjectNode error = out.putObject("error")
                .put("code", status)
                .put("message", message)
                .put("status", word);
        if (status == 429) {
            error.putArray("details")
                    .addObject()
                    .put("@type", "type.googleapis.com/google.rpc.RetryInfo")
                    .put("retryDelay", "34.5s");
        }
        return out.toString();
    }
}

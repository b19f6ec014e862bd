package dev.dalang.server.ollama;

import dev.dalang.api.Failure;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Json;
import tools.jackson.databind.JsonNode;

/** Failures in Ollama's form, {@code {"error":"…"}}, also as a line in the middle of a stream. */
final class OllamaErrors implements ErrorShape {

    @Override
    public JsonNode body(int status, Failure failure, String requestId) {
        String message = failure.message();
        // Whoever knows Ollama takes this for the default.
        boolean mayCut =
                failure instanceof Failure.ContextOverflow o && o.remedies().contains(Failure.ContextOverflow.TRUNCATE);
        return Json.object().put("error", mayCut ? message + ", or ask for it to be cut: \"truncate\": true" : message);
    }
}

package dev.dalang.server.ollama;

import dev.dalang.api.Failure;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Json;
import tools.jackson.databind.JsonNode;

/** Failures in Ollama's form, {@code {"error":"…"}}, also as a line in the middle of a stream. */
final class OllamaErrors implements ErrorShape {

    @Override
    public JsonNode body(int status, Failure failure, String requestId) {
        return Json.object().put("error", failure.message());
    }
}

package dev.dalang.server.llamacpp;

import dev.dalang.api.Failure;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Failures in llama.cpp's form: {@code {"error":{"code","message","type"}}}, where the code is the status. */
final class LlamaCppErrors implements ErrorShape {

    @Override
    public JsonNode body(int status, Failure failure, String requestId) {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error");
        error.put("code", status).put("message", failure.message()).put("type", type(status, failure));
        if (failure instanceof Failure.ContextOverflow o) {
            error.put("n_prompt_tokens", o.promptTokens()).put("n_ctx", o.limit());
        }
        return body;
    }

    @Override
    public int status(Failure failure) {
        return failure instanceof Failure.Unsupported ? 501 : ErrorShape.usualStatus(failure);
    }

    private static String type(int status, Failure failure) {
        if (failure instanceof Failure.ContextOverflow) return "exceed_context_size_error";
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 501 -> "not_supported_error";
            case 429, 503 -> "unavailable_error";
            default -> status >= 400 && status < 500 ? "invalid_request_error" : "server_error";
        };
    }
}

package dev.dalang.server.anthropic;

import dev.dalang.api.Failure;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Failures in Anthropic's form: {@code {"type":"error","error":{"type","message"},"request_id"}}. */
final class AnthropicErrors implements ErrorShape {

    @Override
    public int status(Failure failure) {
        return failure instanceof Failure.Overloaded ? 529 : ErrorShape.usualStatus(failure);
    }

    @Override
    public JsonNode body(int status, Failure failure, String requestId) {
        ObjectNode body = Json.object().put("type", "error");
        body.putObject("error").put("type", type(status)).put("message", message(failure));
        return body.put("request_id", requestId);
    }

    @Override
    public String midStreamEvent() {
        return "error";
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    /** Clients that shorten a conversation by themselves look for these words. */
    private static String message(Failure f) {
        if (!(f instanceof Failure.ContextOverflow o)) return f.message();
        return "prompt is too long: " + o.promptTokens() + " tokens > " + o.limit() + " maximum; " + o.message();
    }
}

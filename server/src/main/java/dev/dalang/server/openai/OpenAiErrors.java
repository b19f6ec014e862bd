package dev.dalang.server.openai;

import dev.dalang.api.Failure;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code {"error":{"message","type","param","code"}}}. The status decides which exception OpenAI's clients throw and
 * whether they try again; {@code code} says the same to programs in one stable word.
 */
public final class OpenAiErrors implements ErrorShape {

    public static final OpenAiErrors CHAT = new OpenAiErrors(FieldNames.CHAT);
    public static final OpenAiErrors RESPONSES = new OpenAiErrors(FieldNames.RESPONSES);
    static final OpenAiErrors COMPLETIONS = new OpenAiErrors(FieldNames.COMPLETIONS);
    static final OpenAiErrors EMBEDDINGS = new OpenAiErrors(FieldNames.EMBEDDINGS);

    private final FieldNames names;

    private OpenAiErrors(FieldNames names) {
        this.names = names;
    }

    @Override
    public int status(Failure failure) {
        // No client knows 402 and 507, and OpenAI says of an exhausted budget that there were too many requests.
        return switch (failure) {
            case Failure.BudgetExceeded f -> 429;
            case Failure.DoesNotFit f -> 503;
            default -> ErrorShape.usualStatus(failure);
        };
    }

    @Override
    public JsonNode body(int status, Failure failure, String requestId) {
        return error(status, failure, parameter(failure), code(status, failure));
    }

    /** A failure's body, with the status that goes with it. */
    public ObjectNode body(Failure failure) {
        int status = status(failure);
        return error(status, failure, parameter(failure), code(status, failure));
    }

    static ObjectNode error(int status, Failure failure, @Nullable String parameter, @Nullable String code) {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error")
                .put("message", failure.message())
                .put("type", type(status, failure))
                .put("param", parameter)
                .put("code", code);
        // By llama.cpp's names.
        if (failure instanceof Failure.ContextOverflow f) {
            error.put("n_prompt_tokens", f.promptTokens()).put("n_ctx", f.limit());
            ArrayNode remedies = error.putArray("remedies");
            for (String r : f.remedies()) {
                remedies.add(r.equals(Failure.ContextOverflow.TRUNCATE) ? r + ": \"truncation\": \"auto\"" : r);
            }
        }
        return body;
    }

    /** Whether the same request may fare better later; OpenAI's clients try a failed one again unless told otherwise. */
    static boolean mayPass(Failure failure) {
        return switch (failure) {
            case Failure.RateLimited f -> true;
            case Failure.Overloaded f -> true;
            case Failure.Upstream f -> !f.isLasting();
            default -> false;
        };
    }

    private static String type(int status, Failure failure) {
        return switch (failure) {
            case Failure.RateLimited f -> "rate_limit_error";
            case Failure.BudgetExceeded f -> "insufficient_quota";
            case Failure.Overloaded f -> "unavailable_error";
            case Failure.PermissionDenied f -> "permission_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }

    private @Nullable String parameter(Failure failure) {
        return switch (failure) {
            case Failure.InvalidRequest f -> f.parameter();
            case Failure.Unsupported f -> f.feature();
            case Failure.ModelUnavailable f -> "model";
            case Failure.ContextOverflow f -> names.prompt();
            default -> null;
        };
    }

    static String code(int status, Failure failure) {
        return switch (failure) {
            case Failure.InvalidRequest f -> invalid(status);
            case Failure.Unsupported f -> "unsupported_value";
            case Failure.ContextOverflow f -> "context_length_exceeded";
            case Failure.ContentPolicy f -> "content_policy_violation";
            case Failure.Unauthenticated f -> "invalid_api_key";
            case Failure.BudgetExceeded f -> "insufficient_quota";
            case Failure.PermissionDenied f -> "permission_denied";
            case Failure.ModelUnavailable f -> "model_not_found";
            case Failure.RateLimited f -> "rate_limit_exceeded";
            case Failure.TimedOut f -> "timeout";
            case Failure.Overloaded f -> "overloaded";
            case Failure.DoesNotFit f -> "out_of_memory";
            case Failure.Upstream f -> "upstream_error";
            case Failure.BadModelFile f -> "bad_model_file";
            case Failure.Storage f -> "storage_error";
            case Failure.Internal f -> "internal_error";
        };
    }

    private static String invalid(int status) {
        return switch (status) {
            case 404 -> "not_found";
            case 405 -> "method_not_allowed";
            case 413 -> "request_too_large";
            default -> "invalid_request";
        };
    }
}

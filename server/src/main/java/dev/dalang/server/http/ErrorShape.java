package dev.dalang.server.http;

import dev.dalang.api.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How a dialect tells its clients of a failure. */
public interface ErrorShape {

    /** The HTTP status. */
    default int status(Failure failure) {
        return usualStatus(failure);
    }

    /** The body of the answer, where nothing was sent yet. */
    JsonNode body(int status, Failure failure, String requestId);

    /**
     * The error in the middle of a stream of events or lines, whose status was 200 already. By default the body, for
     * {@code data:} and for a line.
     */
    default JsonNode midStream(Failure failure, String requestId) {
        return body(status(failure), failure, requestId);
    }

    /** The {@code event:} that goes with {@link #midStream}, or null for none. */
    default @Nullable String midStreamEvent() {
        return null;
    }

    /** The status that HTTP has for a failure (RFC 9110, RFC 6585). */
    static int usualStatus(Failure failure) {
        return switch (failure) {
            case Failure.InvalidRequest f -> 400;
            case Failure.Unsupported f -> 400;
            case Failure.ContextOverflow f -> 400;
            case Failure.ContentPolicy f -> 400;
            case Failure.Unauthenticated f -> 401;
            case Failure.BudgetExceeded f -> 402;
            case Failure.PermissionDenied f -> 403;
            case Failure.ModelUnavailable f -> 404;
            case Failure.RateLimited f -> 429;
            case Failure.TimedOut f -> 504;
            case Failure.Overloaded f -> 503;
            case Failure.DoesNotFit f -> 507;
            // A loop is told to the whole of it: whoever sent the request on must not try again either.
            case Failure.Upstream f -> f.status() == Failure.Upstream.LOOP ? Failure.Upstream.LOOP : 502;
            case Failure.BadModelFile f -> 500;
            case Failure.Storage f -> 500;
            case Failure.Internal f -> 500;
        };
    }

    /** {@code {"error":{"message":…,"type":…,"param":…,"code":…}}}, which most clients understand. */
    static ErrorShape plain() {
        return (status, failure, requestId) -> {
            ObjectNode error = JsonNodeFactory.instance.objectNode();
            error.put("message", failure.message());
            error.put(
                    "type",
                    status == 401 ? "authentication_error" : status < 500 ? "invalid_request_error" : "api_error");
            error.put("param", failure instanceof Failure.InvalidRequest f ? f.parameter() : null);
            error.put("code", (String) null);
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.set("error", error);
            return body;
        };
    }
}

package dev.dalang.server.openai;

import dev.dalang.api.Failure;
import tools.jackson.databind.node.ObjectNode;

/** A refusal whose status or code says more than its kind of {@link Failure} can, like 404 for what is not kept here. */
public final class Refusal extends RuntimeException {

    private final int status;
    private final String code;
    private final transient Failure.InvalidRequest failure;

    private Refusal(int status, String code, Failure.InvalidRequest failure) {
        super(failure.message(), null, false, false);
        this.status = status;
        this.code = code;
        this.failure = failure;
    }

    /** @param what like {@code response}, for the message */
    public static Refusal notFound(String what, String id) {
        return new Refusal(
                404, "not_found", new Failure.InvalidRequest("there is no " + what + " with the id " + id, null));
    }

    public static Refusal of(int status, String code, String message, String parameter) {
        return new Refusal(status, code, new Failure.InvalidRequest(message, parameter));
    }

    public int status() {
        return status;
    }

    public ObjectNode body() {
        return OpenAiErrors.error(status, failure, failure.parameter(), code);
    }
}

package dev.dalang.server.http;

import dev.dalang.api.Failure;

/** A failure of HTTP itself, whose status no {@link Failure} implies: 405, 413, 421 and the like. */
final class StatusException extends RuntimeException {
    private final int status;
    private final transient Failure failure;

    StatusException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
        this.failure = new Failure.InvalidRequest(message, null);
    }

    int status() {
        return status;
    }

    Failure failure() {
        return failure;
    }
}

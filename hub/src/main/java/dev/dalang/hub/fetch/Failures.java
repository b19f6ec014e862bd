package dev.dalang.hub.fetch;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.NetException;

/** What went wrong on the way out, in the words of the doorway. */
final class Failures {

    private Failures() {}

    static DalangException of(NetException e) {
        Failure f = switch (e.kind()) {
            case OFFLINE -> new Failure.ModelUnavailable(e.getMessage(), "");
            case HOST_NOT_ALLOWED, PRIVATE_ADDRESS, BAD_ADDRESS, REDIRECT ->
                new Failure.PermissionDenied(e.getMessage());
            case TIMEOUT, STALLED -> new Failure.TimedOut(e.getMessage());
            // Nothing here breaks a request off but the wish to stop.
            case ABORTED -> stopped().failure();
            default -> new Failure.Upstream(e.getMessage(), 0);
        };
        return new DalangException(f, e);
    }

    /** Somebody wants no more of it. */
    static DalangException stopped() {
        return new DalangException(new Failure.Internal("stopped; what came is kept"));
    }

    static DalangException unavailable(String model, String message) {
        return new DalangException(new Failure.ModelUnavailable(message, model));
    }

    static DalangException upstream(String message, int status) {
        return new DalangException(new Failure.Upstream(message, status));
    }
}

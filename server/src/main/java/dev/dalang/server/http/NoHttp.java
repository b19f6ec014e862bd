package dev.dalang.server.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/**
 * What answers bytes that are no request. Helidon (4.5.0) stumbles over a first line without spaces, calls that an error of
 * its own and warns of it in the log, which strangers could fill so; it is theirs.
 */
final class NoHttp implements DirectHandler {

    private NoHttp() {}

    static DirectHandlers handlers() {
        return DirectHandlers.builder()
                .addHandler(EventType.INTERNAL_ERROR, new NoHttp())
                .build();
    }

    private static boolean isRequest(TransportRequest request) {
        return !request.path().isEmpty();
    }

    @Override
    public TransportResponse handle(
            TransportRequest request,
            EventType type,
            Status status,
            ServerResponseHeaders headers,
            Throwable thrown,
            System.Logger log) {
        if (isRequest(request)) return DirectHandler.super.handle(request, type, status, headers, thrown, log);
        return handle(request, type, status, headers, "");
    }

    @Override
    public TransportResponse handle(
            TransportRequest request, EventType type, Status status, ServerResponseHeaders headers, String message) {
        return TransportResponse.builder()
                .status(isRequest(request) ? status : Status.BAD_REQUEST_400)
                .headers(headers)
                .keepAlive(false)
                .build();
    }
}

package dev.dalang.server.http;

import dev.dalang.api.Failure;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What answers requests that Helidon refuses before they are ours, and bytes that are none. Whoever sent a request is told
 * what is wrong with it, in the form that the path's clients read.
 *
 * <p>Helidon (4.5.0) stumbles over a first line without spaces, calls that an error of its own and warns of it in the log,
 * which strangers could fill so; it is theirs.
 */
final class NoHttp implements DirectHandler {

    /** Method and path of a first line, as far as it was read. */
    private static final Pattern FIRST_LINE = Pattern.compile("([A-Z]{3,16}) (/[^? ]*).*");

    /** Enough of a first line to tell where it goes. */
    private static final int FIRST_BYTES = 1024;

    private final RouteTable table;
    private final AccessLog log;

    private NoHttp(RouteTable table, AccessLog log) {
        this.table = table;
        this.log = log;
    }

    static DirectHandlers handlers(RouteTable table, AccessLog log) {
        NoHttp handler = new NoHttp(table, log);
        return DirectHandlers.builder()
                .addHandler(EventType.BAD_REQUEST, handler)
                .addHandler(EventType.HTTP_VERSION_NOT_SUPPORTED, handler)
                .addHandler(EventType.INTERNAL_ERROR, handler)
                .build();
    }

    private static boolean isRequest(TransportRequest request) {
        return !request.path().isEmpty();
    }

    @Override
    public TransportResponse handle(
            TransportRequest request, EventType type, Status status, ServerResponseHeaders headers, String message) {
        if (status.code() == Status.REQUEST_URI_TOO_LONG_414.code()) return tooLong(status, headers);
        // What is no request has no line in the log either, which strangers could fill so.
        if (!isRequest(request)) return bare(Status.BAD_REQUEST_400, headers).build();
        return switch (type) {
            case BAD_REQUEST ->
                // Helidon decodes no body, so any coding is too much for it, "identity" too.
                request.headers().contains(HeaderNames.CONTENT_ENCODING)
                        ? told(
                                request.method(),
                                request.path(),
                                Status.UNSUPPORTED_MEDIA_TYPE_415,
                                headers,
                                "compressed bodies are not read: send it as it is, without Content-Encoding")
                        : told(
                                request.method(),
                                request.path(),
                                status,
                                headers,
                                "the request's address or headers are not as HTTP has them, or too long; in an address brackets,"
                                        + " spaces and the like are written %5B, %20 and so on");
            case HTTP_VERSION_NOT_SUPPORTED ->
                told(
                        request.method(),
                        request.path(),
                        status,
                        headers,
                        "only HTTP/1.1 is spoken here (nginx: `proxy_http_version 1.1;`)");
            default -> bare(status, headers).build();
        };
    }

    /** Helidon does not parse a first line that is too long; it is still to be read. */
    private TransportResponse tooLong(Status status, ServerResponseHeaders headers) {
        DataReader unread = Connection.CURRENT.get().dataReader();
        String start = unread.readAsciiString(Math.min(FIRST_BYTES, unread.available()));
        Matcher line = FIRST_LINE.matcher(start);
        if (!line.matches()) return bare(Status.BAD_REQUEST_400, headers).build();
        return told(line.group(1), line.group(2), status, headers, "the request's address is too long");
    }

    private static TransportResponse.Builder bare(Status status, ServerResponseHeaders headers) {
        return TransportResponse.builder().status(status).headers(headers).keepAlive(false);
    }

    private TransportResponse told(
            String method, String target, Status status, ServerResponseHeaders headers, String message) {
        String path = target.replaceFirst("\\?.*", "");
        String id = Front.newId();
        Dialect dialect = table.dialect(path);
        ErrorShape shape = dialect == null ? ErrorShape.plain() : dialect.errors();
        byte[] body = Json.bytes(shape.body(status.code(), new Failure.InvalidRequest(message, null), id));
        log.log(new AccessLog.Entry(
                id,
                Instant.now(),
                AccessLog.printable(method),
                null,
                AccessLog.printable(path),
                Connection.CURRENT.get().remotePeer().host(),
                "",
                status.code(),
                false,
                body.length,
                Duration.ZERO));
        return bare(status, headers)
                .header(HeaderNames.create("x-request-id"), id)
                .header(HeaderNames.create("request-id"), id)
                .header(HeaderValues.CONTENT_TYPE_JSON)
                .entity(body)
                .build();
    }
}

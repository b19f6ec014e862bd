package dev.dalang.server.http;

import dev.dalang.api.Cancellation;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard.RequestHead;
import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import io.helidon.common.mapper.OptionalValue;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An exchange over Helidon's request and response. */
final class HelidonExchange implements Exchange {

    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);

    private static final long SHORT_BODY_BYTES = 1 << 20;

    private static final Pattern CLOSE = Pattern.compile("(?:^|[,\\s])close(?:[,\\s]|$)");

    private final String id;
    private final ServerRequest request;
    private final ServerResponse response;
    private final HttpSettings.Limits limits;
    private final Cancellation cancellation = new Cancellation();
    private Map<String, String> parameters = Map.of();
    private @Nullable Caller caller;
    private ErrorShape errors = ErrorShape.plain();
    private @Nullable InputStream body;
    private @Nullable JsonNode json;
    private boolean begun;
    private volatile boolean left;

    /** All of the answer is on its way: whoever closes the connection now may have read it. */
    private volatile boolean given;

    private @Nullable StreamOut stream;
    private final Connection connection = Connection.CURRENT.get();

    /** Asked for now: a socket that has been closed does not know any more. */
    private final String remote;

    private volatile @Nullable StreamOut pinged;
    private @Nullable InputStream raw;
    private boolean bodyRead;

    /** No request follows on this connection. */
    private boolean last;

    private boolean watchWanted;

    private final BodyMemory.Share memory;

    HelidonExchange(
            String id,
            ServerRequest request,
            ServerResponse response,
            HttpSettings.Limits limits,
            BodyMemory.Share memory) {
        this.memory = memory;
        this.id = id;
        this.request = request;
        this.response = response;
        this.limits = limits;
        this.remote = request.remotePeer().host();
        if (request.content().hasEntity()) connection.beginBody();
        else bodyIsRead();
    }

    private void bodyIsRead() {
        bodyRead = true;
        connection.beginWork();
        if (watchWanted) connection.watch(this::clientLeft);
    }

    private void clientLeft() {
        if (!given) left = true;
        cancellation.cancel();
    }

    /** The answer is given, or never will be. */
    void over() {
        memory.giveBack();
        connection.endRequest();
    }

    /**
     * Ends the connection where the answer has said so: Helidon (4.5.0) would wait for a next request, and take the rest of
     * a body that was not read for one.
     */
    void closeIfLast() {
        if (!last) return;
        // What a stream ends with (the last chunk, without which a client takes it for cut off) Helidon would write on
        // return.
        if (stream != null && !left && response instanceof RoutingResponse routed) routed.commit();
        throw new CloseConnectionException("the last answer of this connection is given");
    }

    /** What the guard may see. */
    RequestHead head() {
        return new RequestHead() {
            @Override
            public String method() {
                return HelidonExchange.this.method();
            }

            @Override
            public String path() {
                return HelidonExchange.this.path();
            }

            @Override
            public boolean secure() {
                return request.isSecure();
            }

            @Override
            public List<String> headers(String name) {
                return HelidonExchange.this.headers(name);
            }
        };
    }

    void errors(ErrorShape shape) {
        errors = shape;
    }

    void begin(Map<String, String> pathParameters, Caller who) {
        parameters = pathParameters;
        caller = who;
    }

    void knows(Caller who) {
        caller = who;
    }

    void cancel() {
        cancellation.cancel();
    }

    /** For the log, when all is over. */
    AccessLog.Entry entry(Instant at, @Nullable String route, Duration time) {
        return new AccessLog.Entry(
                id,
                at,
                method(),
                route,
                AccessLog.printable(path()),
                remote,
                caller == null ? "" : caller.id(),
                left && !begun ? 499 : response.status().code(),
                left,
                response.bytesWritten(),
                time);
    }

    boolean hasBegun() {
        return begun;
    }

    @Override
    public String requestId() {
        return id;
    }

    @Override
    public Caller caller() {
        if (caller == null) throw new IllegalStateException("nobody has been asked who they are");
        return caller;
    }

    @Override
    public String method() {
        return request.prologue().method().text();
    }

    @Override
    public String path() {
        return request.prologue().uriPath().rawPath();
    }

    @Override
    public String pathParameter(String name) {
        String value = parameters.get(name);
        if (value == null) throw new IllegalArgumentException("the pattern has no {" + name + "}");
        return value;
    }

    @Override
    public @Nullable String query(String name) {
        OptionalValue<String> value = request.query().first(name);
        return value.isPresent() ? value.get() : null;
    }

    @Override
    public List<String> queries(String name) {
        return request.query().contains(name) ? request.query().all(name) : List.of();
    }

    @Override
    public @Nullable String header(String name) {
        List<String> all = headers(name);
        return all.isEmpty() ? null : all.getFirst();
    }

    @Override
    public List<String> headers(String name) {
        HeaderName header = HeaderNames.create(name);
        return request.headers().contains(header)
                ? request.headers().get(header).allValues()
                : List.of();
    }

    @Override
    public JsonNode json() {
        if (json == null) {
            json = Json.parse(bytes());
        }
        return json;
    }

    private byte[] bytes() {
        try {
            return memory.read(body());
        } catch (IOException | UncheckedIOException | CloseConnectionException | InsufficientDataAvailableException e) {
            throw new ClientGone(e);
        }
    }

    @Override
    public Fields fields() {
        return Fields.of(json());
    }

    @Override
    public InputStream body() {
        return body(limits.bodyBytes());
    }

    private InputStream raw() {
        if (raw == null) raw = request.content().inputStream();
        return raw;
    }

    @Override
    public InputStream body(long mostBytes) {
        if (body == null) {
            if (announced() > mostBytes && announced() != Long.MAX_VALUE) throw LimitedBody.tooLong(mostBytes);
            body = request.content().hasEntity()
                    ? new LimitedBody(raw(), mostBytes, this::bodyIsRead)
                    : InputStream.nullInputStream();
        }
        return body;
    }

    @Override
    public Cancellation cancellation() {
        // Not before the body is read: both would read from the one socket.
        if (!watchWanted) {
            watchWanted = true;
            if (bodyRead) connection.watch(this::clientLeft);
        }
        return cancellation;
    }

    @Override
    public void responseHeader(String name, String value) {
        response.header(HeaderNames.create(name), value);
    }

    @Override
    public void send(int status, JsonNode node) {
        send(status, "application/json", Json.bytes(node));
    }

    @Override
    public void send(int status, String contentType, byte[] bytes) {
        first();
        response.status(Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        closeAfterUnreadBody();
        given = true;
        try {
            response.send(bytes);
        } catch (UncheckedIOException | SocketWriterException | CloseConnectionException e) {
            gone(e);
        }
    }

    @Override
    public EventStream events() {
        StreamOut out = open("text/event-stream");
        pinged = out;
        return new Events(out, errors, id);
    }

    @Override
    public LineStream lines() {
        return new Lines(open("application/x-ndjson"), errors, id);
    }

    private StreamOut open(String contentType) {
        first();
        response.status(Status.OK_200);
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        // Proxies that buffer answers would hold the tokens back.
        response.header(HeaderNames.create("X-Accel-Buffering"), "no");
        closeAfterUnreadBody();
        OutputStream out = response.outputStream();
        stream = new StreamOut(out, this::gone);
        return stream;
    }

    /** Sends a comment where events have not come for a while, so that nobody on the way takes the stream for dead. */
    void ping(long now, long silentNanos) {
        StreamOut out = pinged;
        if (out == null || now - out.lastWritten() < silentNanos) return;
        // On a thread of its own: this client may be one that does not read.
        Thread.startVirtualThread(() -> {
            try {
                out.writeIfOpen(PING);
            } catch (ClientGone e) {
                // Cancelled already; the endpoint sees it at its next write.
                return;
            }
        });
    }

    /** An answer begins once. */
    private void first() {
        if (begun) throw new IllegalStateException("the answer has begun already");
        begun = true;
        ResponseFacts facts = ResponseFacts.current();
        if (facts != null) facts.headers().forEach(this::responseHeader);
    }

    /** What the client still sends is not waited for. */
    private void closeAfterUnreadBody() {
        if (!bodyRead) takeShortBody();
        last = !bodyRead || request.id() >= limits.requestsPerConnection() || wantsClose();
        if (!last) return;
        response.header(HeaderNames.CONNECTION, "close");
        if (!bodyRead) connection.linger();
    }

    /** RFC 9112, 9.3: as the client asks, and before HTTP/1.1 unless it asks otherwise. */
    private boolean wantsClose() {
        String wish = String.join(",", headers("connection")).toLowerCase(Locale.ROOT);
        boolean old = request.prologue().protocolVersion().equals("1.0");
        return CLOSE.matcher(wish).find() || old && !wish.contains("keep-alive");
    }

    /** The body's length, or as large as can be where it comes in chunks. */
    private long announced() {
        return request.headers().contentLength().orElse(Long.MAX_VALUE);
    }

    /** A client that is still sending may see a reset in place of the answer: so a short body is read, if only for that. */
    private void takeShortBody() {
        // Who asks first whether to send it at all is spared that.
        if (announced() > SHORT_BODY_BYTES || header("expect") != null) return;
        try {
            raw().transferTo(OutputStream.nullOutputStream());
            bodyIsRead();
        } catch (IOException | RuntimeException cutOff) {
            // Then the connection is closed after the answer.
            bodyRead = false;
        }
    }

    private void gone(RuntimeException e) {
        left = true;
        cancellation.cancel();
        throw new ClientGone(e);
    }

    /** The endpoint has returned. */
    void end() {
        given = true;
        if (stream != null) stream.end();
        else if (!begun) throw new IllegalStateException(method() + " " + path() + " has answered nothing");
    }

    /** The dialect's error, as the whole answer or in the middle of a stream. */
    void fail(@Nullable Integer status, Failure failure) {
        if (stream != null) {
            given = true;
            stream.failure(errors, failure, id);
            stream.end();
        } else if (!begun) {
            int code = status == null ? errors.status(failure) : status;
            send(code, errors.body(code, failure, id));
        }
    }

    /** Nobody is there any more: the work ends, and the connection too. */
    void drop() {
        left = true;
        cancellation.cancel();
        throw new CloseConnectionException("the client has left");
    }
}

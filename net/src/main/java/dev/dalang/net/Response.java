package dev.dalang.net;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The head of an answer, and its body as a stream that fails with {@link NetException}; must be closed. */
public final class Response implements AutoCloseable {
    private final int status;
    private final URI address;
    private final HttpHeaders headers;
    private final InputStream body;
    private final Runnable closer;

    Response(int status, URI address, HttpHeaders headers, InputStream body, Runnable closer) {
        this.status = status;
        this.address = address;
        this.headers = headers;
        this.body = body;
        this.closer = closer;
    }

    public int status() {
        return status;
    }

    public boolean ok() {
        return status >= 200 && status < 300;
    }

    /** Where the answer came from, after redirects. */
    public URI address() {
        return address;
    }

    public @Nullable String header(String name) {
        return headers.firstValue(name).orElse(null);
    }

    /** How long to wait before the next request ({@code Retry-After}), or null where the answer does not say. */
    public @Nullable Duration retryAfter(Instant now) {
        return Delays.retryAfter(header("Retry-After"), now);
    }

    /** {@code Content-Length}, or -1. */
    public long length() {
        return headers.firstValueAsLong("Content-Length").orElse(-1);
    }

    /** Unpacked, and never longer than the request allows. */
    public InputStream body() {
        return body;
    }

    /** The whole body. */
    public byte[] bytes() throws NetException {
        try {
            return body.readAllBytes();
        } catch (NetException e) {
            throw e;
        } catch (java.io.IOException e) {
            throw Problems.inBody(e, address);
        }
    }

    @Override
    public void close() {
        closer.run();
    }
}

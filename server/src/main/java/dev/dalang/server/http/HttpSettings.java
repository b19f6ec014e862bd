package dev.dalang.server.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the server listens and what it puts up with.
 *
 * @param host to bind to
 * @param port to bind to; 0 lets the system choose
 * @param tls the certificate to show; null for none
 * @param limits what a client may take
 * @param patience how long a stopping server waits for the answers under way
 * @param log told of every request
 * @param trace told of every request when it begins, and when it is over
 */
public record HttpSettings(
        String host,
        int port,
        @Nullable TlsFiles tls,
        Limits limits,
        Duration patience,
        AccessLog log,
        RequestTrace trace) {

    public static HttpSettings loopback(int port) {
        return new HttpSettings(
                "127.0.0.1", port, null, Limits.DEFAULT, Duration.ofSeconds(30), entry -> {}, RequestTrace.NONE);
    }

    public HttpSettings withLimits(Limits value) {
        return new HttpSettings(host, port, tls, value, patience, log, trace);
    }

    /**
     * @param bodyBytes of one request
     * @param bodiesBytes of all requests' bodies that are held at one time
     * @param headerBytes of one request's line and headers
     * @param connections at one time
     * @param requestsPerConnection before it is closed
     * @param idle how long a connection may be open without a request
     * @param head how long a request's line and headers may take, from the first byte
     * @param stall how long a body or the taking of an answer may stand still
     */
    public record Limits(
            int bodyBytes,
            long bodiesBytes,
            int headerBytes,
            int connections,
            int requestsPerConnection,
            Duration idle,
            Duration head,
            Duration stall) {

        public static final Limits DEFAULT = new Limits(
                64 << 20,
                Math.max(128L << 20, Runtime.getRuntime().maxMemory() / 4),
                32 << 10,
                20_000,
                100_000,
                Duration.ofMinutes(5),
                Duration.ofSeconds(15),
                Duration.ofSeconds(30));
    }
}

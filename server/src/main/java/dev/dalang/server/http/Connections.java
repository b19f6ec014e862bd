package dev.dalang.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * All open connections, each behind a {@link Connection} of ours, and the clock that ends those whose client is slower than it
 * may be.
 */
final class Connections implements ServerConnectionSelector, AutoCloseable {

    private static final long TICK_MILLIS = 500;

    private final HttpSettings.Limits limits;
    private final ServerConnectionSelector http;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock;

    Connections(HttpSettings.Limits limits) {
        this.limits = limits;
        this.http = Http1ConnectionSelector.builder()
                .config(Http1Config.builder()
                        .maxPrologueLength(Math.min(8 << 10, limits.headerBytes()))
                        .maxHeadersSize(limits.headerBytes())
                        .build())
                .build();
        this.clock = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("dalang-connections").factory());
        var _ = clock.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        long now = System.nanoTime();
        for (Connection c : open) c.endIfLate(now);
    }

    /** Has the clock do something else besides. */
    void every(Duration time, Runnable work) {
        var _ = clock.scheduleWithFixedDelay(work, time.toMillis(), time.toMillis(), TimeUnit.MILLISECONDS);
    }

    int count() {
        return open.size();
    }

    @Override
    public ServerConnection connection(ConnectionContext ctx) {
        Connection c = new Connection(ctx, limits, open);
        c.serve(http.connection(c));
        open.add(c);
        return c;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}

package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Guard;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.util.List;

/** The running server: a socket that answers by a route table behind a guard. */
public final class HttpServer implements AutoCloseable {

    private final WebServer server;
    private final RouteTable table;

    private HttpServer(WebServer server, RouteTable table) {
        this.server = server;
        this.table = table;
    }

    /**
     * Binds and begins to answer.
     *
     * @throws DalangException if the address cannot be bound
     */
    public static HttpServer start(HttpSettings settings, Guard guard, List<? extends Dialect> dialects) {
        RouteTable table = new RouteTable(dialects);
        Front front = new Front(settings, guard, table);
        HttpSettings.Limits limits = settings.limits();
        WebServer server = WebServer.builder()
                .host(settings.host())
                .port(settings.port())
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .maxPayloadSize(limits.bodyBytes())
                .maxTcpConnections(limits.connections())
                .shutdownGracePeriod(settings.patience())
                .routing(HttpRouting.builder().any(front))
                .build();
        try {
            server.start();
        } catch (RuntimeException e) {
            throw new DalangException(
                    new Failure.Storage(
                            "cannot listen on " + settings.host() + " port " + settings.port() + ": " + reason(e)
                                    + "; another program may be there already",
                            null),
                    e);
        }
        return new HttpServer(server, table);
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) cause = cause.getCause();
        return String.valueOf(cause.getMessage());
    }

    public int port() {
        return server.port();
    }

    public RouteTable routes() {
        return table;
    }

    @Override
    public void close() {
        server.stop();
    }
}

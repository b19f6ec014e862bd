package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Guard;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;

/** The running server: a socket that answers by a route table behind a guard. */
public final class HttpServer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

    /** How often the certificate's files are looked at. */
    private static final Duration RELOAD = Duration.ofSeconds(2);

    private final WebServer server;
    private final RouteTable table;
    private final Front front;
    private final Connections connections;
    private final Duration patience;

    private HttpServer(WebServer server, RouteTable table, Front front, Connections connections, Duration patience) {
        this.server = server;
        this.connections = connections;
        this.table = table;
        this.front = front;
        this.patience = patience;
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
        Connections connections = new Connections(limits);
        WebServerConfig.Builder builder = WebServer.builder()
                .host(settings.host())
                .port(settings.port())
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(connections)
                .directHandlers(NoHttp.handlers(table, settings.log()))
                // Connections have deadlines of their own; this one would end long answers.
                .idleConnectionTimeout(Duration.ofDays(3650))
                .useNio(true)
                // A piece of an answer must not wait until the one before is acknowledged, which takes 40 ms.
                .connectionOptions(o -> o.tcpNoDelay(true))
                // Each body counts for itself: files of weights may be longer than questions.
                .maxPayloadSize(-1)
                .maxTcpConnections(limits.connections())
                // By then what was under way has had its time.
                .shutdownGracePeriod(Duration.ofSeconds(2))
                .routing(HttpRouting.builder().any(front));
        TlsFiles files = settings.tls();
        String state = files == null ? "" : files.state();
        if (files != null) builder.tls(files.read());
        WebServer server = builder.build();
        try {
            checkFree(settings);
            server.start();
            // Helidon (4.5.0) only logs that a port is taken, and returns.
            if (!server.isRunning()) throw new IllegalStateException("the web server did not start");
        } catch (RuntimeException e) {
            connections.close();
            throw new DalangException(
                    new Failure.Storage(
                            "cannot listen on " + settings.host() + " port " + settings.port() + ": " + reason(e)
                                    + (isHere(settings.host())
                                            ? "; another program may be there already"
                                            : "; this is no address of this machine"),
                            null),
                    e);
        }
        connections.every(Duration.ofSeconds(1), front::tick);
        if (files != null) connections.every(RELOAD, new Reload(server, files, state));
        return new HttpServer(server, table, front, connections, settings.patience());
    }

    /** Whether this machine has an address; where that cannot be found out, it is taken to. */
    private static boolean isHere(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (IOException e) {
            return true;
        }
    }

    /** Helidon (4.5.0) tells of a port that is taken in its log, in words of its own; so it is not asked to take it. */
    private static void checkFree(HttpSettings settings) {
        if (settings.port() == 0) return;
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(settings.host(), settings.port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Looks whether the certificate's files have changed, and takes them; while they are wrong the old ones stay. */
    private static final class Reload implements Runnable {
        private final WebServer server;
        private final TlsFiles files;
        private String state;

        Reload(WebServer server, TlsFiles files, String state) {
            this.server = server;
            this.files = files;
            this.state = state;
        }

        @Override
        public void run() {
            String now = files.state();
            if (now.equals(state)) return;
            state = now;
            try {
                server.reloadTls(files.read());
                LOG.log(Level.WARNING, "the certificate in " + files.certificate() + " has changed and is in use");
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "the changed certificate is not used: " + e.getMessage());
            }
        }
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) cause = cause.getCause();
        return String.valueOf(cause.getMessage());
    }

    public int port() {
        return server.port();
    }

    /** Open connections. */
    public int connections() {
        return connections.count();
    }

    public RouteTable routes() {
        return table;
    }

    /** Whether new work is taken on. */
    public boolean isReady() {
        return !front.isStopping();
    }

    /** Takes nothing more on, lets what is under way end within the patience that was set, and closes the socket. */
    @Override
    public void close() {
        front.stop(patience);
        server.stop();
        connections.close();
    }
}

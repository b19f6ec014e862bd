package dev.dalang.testserver;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP/1.1 server on 127.0.0.1, by hand so that it can misbehave in every way, over TLS or plain. */
public final class TestServer implements AutoCloseable {

    /** Answers a request. */
    @FunctionalInterface
    public interface Handler {
        void handle(Exchange exchange) throws Exception;
    }

    private final ServerSocket server;
    private final boolean tls;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final List<Exchange> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    private TestServer(ServerSocket server, boolean tls) {
        this.server = server;
        this.tls = tls;
        Thread.ofVirtual().start(this::accept);
    }

    public static TestServer tls() {
        return start(true);
    }

    public static TestServer plain() {
        return start(false);
    }

    private static TestServer start(boolean tls) {
        try {
            InetAddress here = InetAddress.ofLiteral("127.0.0.1");
            return new TestServer(
                    tls
                            ? TestCertificate.get()
                                    .context
                                    .getServerSocketFactory()
                                    .createServerSocket(0, 200, here)
                            : new ServerSocket(0, 200, here),
                    tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The certificate to trust, in PEM. */
    public static Path caFile() {
        return TestCertificate.get().pem;
    }

    public int port() {
        return server.getLocalPort();
    }

    /** {@code https://localhost:port} and the path. */
    public URI at(String path) {
        return at("localhost", path);
    }

    public URI at(String host, String path) {
        return URI.create((tls ? "https://" : "http://") + host + ":" + port() + path);
    }

    /** Answers every path that begins so; of several, the longest. */
    public TestServer on(String prefix, Handler handler) {
        handlers.put(prefix, handler);
        return this;
    }

    public List<Exchange> requests() {
        return requests;
    }

    public long requests(String prefix) {
        return requests.stream().filter(r -> r.path().startsWith(prefix)).count();
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket s : sockets) s.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                String first = line(in);
                if (first == null || first.isEmpty()) return;
                String[] words = first.split(" ");
                Map<String, String> headers = new LinkedHashMap<>();
                for (String l; (l = line(in)) != null && !l.isEmpty(); ) {
                    int colon = l.indexOf(':');
                    headers.put(
                            l.substring(0, colon).toLowerCase(Locale.ROOT),
                            l.substring(colon + 1).strip());
                }
                byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
                Exchange x = new Exchange(words[0], words[1], headers, body, socket);
                requests.add(x);
                handler(x.path()).handle(x);
            }
        } catch (Exception e) {
            // A client that went away, as many tests want.
        } finally {
            sockets.remove(socket);
        }
    }

    private Handler handler(String path) {
        String best = null;
        for (String prefix : handlers.keySet()) {
            if (path.startsWith(prefix) && (best == null || prefix.length() > best.length())) best = prefix;
        }
        return best == null ? x -> x.text(404, "{\"error\":\"not found\"}") : handlers.get(best);
    }

    private static String line(InputStream in) throws IOException {
        var bytes = new java.io.ByteArrayOutputStream();
        for (int b; (b = in.read()) != '\n'; ) {
            if (b < 0) return bytes.size() == 0 ? null : bytes.toString(StandardCharsets.ISO_8859_1);
            if (b != '\r') bytes.write(b);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}

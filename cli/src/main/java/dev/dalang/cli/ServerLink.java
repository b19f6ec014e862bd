package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The line to this user's own server on this machine. No way out: the address is the one that the server wrote down, so
 * neither the rules of egress nor its log, nor any proxy, have to do with it.
 */
final class ServerLink {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_MILLIS = 120_000;
    private static final int MOST_BYTES = 64 << 20;

    private final ServerState state;
    private final String key;

    /** What this side shows of itself where the server asks for a certificate. */
    private final @Nullable Pem own;

    private ServerLink(ServerState state, String key, @Nullable Pem own) {
        this.state = state;
        this.key = key;
        this.own = own;
    }

    /**
     * @param own shown to the server where it asks for it
     * @throws DalangException if no server runs, or it asks for a certificate and there is none
     */
    static ServerLink open(Surroundings around, @Nullable Pem own) {
        ServerState state = ServerState.read(around).orElseThrow(ServerLink::none);
        if (state.clientCertificates() && own == null) {
            throw new DalangException(new Failure.Unauthenticated("the server asks its clients for a certificate:"
                    + " give --client-cert and --client-key, or write client-cert and client-key into "
                    + Configuration.file(around)));
        }
        String key = LocalKey.read(around);
        if (key == null) {
            throw new DalangException(new Failure.Unauthenticated(
                    "there is no key in " + LocalKey.file(around) + "; restart the server"));
        }
        return new ServerLink(state, key, own);
    }

    String address() {
        return state.address();
    }

    Map<String, Object> get(String path) {
        return object(send("GET", path, null), path);
    }

    Map<String, Object> post(String path, Map<String, ?> body) {
        return object(text(path, body), path);
    }

    /** The answer as it came, which may be a stream's. */
    String text(String path, Map<String, ?> body) {
        return send("POST", path, Json.compact(body));
    }

    String text(String path) {
        return send("GET", path, null);
    }

    private static Map<String, Object> object(String json, String path) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!(Json.parse(json, path) instanceof Map<?, ?> map)) {
            throw new DalangException(new Failure.Internal("the server's answer to " + path + " is no object"));
        }
        map.forEach((k, v) -> {
            if (v != null) tree.put(String.valueOf(k), v);
        });
        return tree;
    }

    private String send(String method, String path, @Nullable String body) {
        try {
            URI address = URI.create(state.address()).resolve(path);
            HttpURLConnection c = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
            if (c instanceof HttpsURLConnection tls) trust(tls);
            c.setInstanceFollowRedirects(false);
            c.setConnectTimeout(CONNECT_MILLIS);
            c.setReadTimeout(ANSWER_MILLIS);
            c.setRequestMethod(method);
            c.setRequestProperty("Authorization", "Bearer " + key);
            if (body != null) {
                c.setDoOutput(true);
                c.setRequestProperty("Content-Type", "application/json");
                c.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            }
            int status = c.getResponseCode();
            try (InputStream in = status < 400 ? c.getInputStream() : c.getErrorStream()) {
                String text = in == null ? "" : new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
                if (status < 400) return text;
                throw new DalangException(new Failure.Upstream(message(text, status), status));
            }
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Upstream(
                            "the server at " + state.address() + " does not answer: " + Errors.describe(e), 0),
                    e);
        }
    }

    private static String message(String text, int status) {
        try {
            if (Json.parse(text, "the answer") instanceof Map<?, ?> tree
                    && tree.get("error") instanceof Map<?, ?> error
                    && error.get("message") instanceof String s) return s;
        } catch (DalangException e) {
            // Then its status must do.
        }
        return "the server answered with status " + status;
    }

    /** The certificate that the server shows is the one in the file that it was started with: no name needs to fit. */
    private void trust(HttpsURLConnection tls) throws IOException {
        SSLContext context = context(state, own);
        if (context == null) return;
        tls.setSSLSocketFactory(context.getSocketFactory());
        tls.setHostnameVerifier((name, session) -> true);
    }

    /** For connections to a server with TLS; null for one without. */
    static @Nullable SSLContext context(ServerState state, @Nullable Pem own) throws IOException {
        if (state.certificate() == null) return null;
        try {
            return Pem.clientContext(Pem.certificates(Path.of(state.certificate())), own);
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate " + state.certificate() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static DalangException none() {
        return new DalangException(new Failure.Upstream("no server runs for this user; `dalang serve` starts one", 0));
    }
}

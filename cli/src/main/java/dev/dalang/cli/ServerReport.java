package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import dev.dalang.server.http.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** For the doctor: whether a server runs, where, and whether its locks hold, tried from outside. */
final class ServerReport {
    private static final int MILLIS = 3_000;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3})");

    private final Surroundings around;

    private final LinkFlags link;

    ServerReport(Surroundings around, LinkFlags link) {
        this.around = around;
        this.link = link;
    }

    Map<String, @Nullable Object> tree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        Optional<ServerState> running = ServerState.read(around);
        tree.put("running", running.isPresent());
        running.ifPresent(state -> {
            tree.put("address", state.address());
            tree.put("pid", state.pid());
            tree.put("loopback_only", state.loopback());
            tree.put("tls", state.certificate() != null);
            Pem own = own();
            if (state.clientCertificates()) {
                tree.put("refuses_without_certificate", status(state, null, null, null) == 0);
            }
            if (own != null || !state.clientCertificates()) {
                tree.put("refuses_without_key", status(state, own, null, null) == 401);
                tree.put("refuses_wrong_key", status(state, own, "Authorization", "Bearer wrong") == 401);
                tree.put("refuses_other_sites", status(state, own, "Sec-Fetch-Site", "cross-site") == 403);
            }
            tree.put("answers_with_key", answers());
        });
        tree.put("key_file_private", isPrivate(LocalKey.file(around)));
        tree.put("ledger_private", isPrivate(HubAccess.ledgerFile(around)));
        keys(tree);
        return tree;
    }

    private @Nullable Pem own() {
        try {
            return link.own();
        } catch (DalangException e) {
            // A certificate that cannot be read is none; `answers_with_key` is then false.
            return null;
        }
    }

    private boolean answers() {
        try {
            return Boolean.TRUE.equals(
                    link.open(around).get("/dalang/server/status").get("ready"));
        } catch (DalangException e) {
            return false;
        }
    }

    /** What a stranger gets; 0 for no answer. By hand, since the JDK's clients send no header that only browsers may set. */
    private static int status(ServerState state, @Nullable Pem own, @Nullable String header, @Nullable String value) {
        URI address = URI.create(state.address());
        try (Socket socket = socket(state, own)) {
            socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), MILLIS);
            socket.setSoTimeout(MILLIS);
            String request = "GET /dalang/server/status HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n"
                    + (header == null ? "" : header + ": " + value + "\r\n") + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] first = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            Matcher status = STATUS.matcher(new String(first, StandardCharsets.US_ASCII));
            return status.matches() ? Integer.parseInt(status.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static Socket socket(ServerState state, @Nullable Pem own) throws IOException {
        SSLContext tls = ServerLink.context(state, own);
        return tls == null ? new Socket() : tls.getSocketFactory().createSocket();
    }

    private void keys(Map<String, @Nullable Object> tree) {
        if (!Files.isRegularFile(HubAccess.ledgerFile(around))) {
            tree.put("keys", 0);
            return;
        }
        Instant now = Instant.now();
        try (Ledger ledger = LedgerFlags.configured(around)) {
            List<ApiKey> good =
                    ledger.apiKeys().all().stream().filter(k -> k.isGood(now)).toList();
            tree.put("keys", good.size());
            tree.put(
                    "keys_admin",
                    good.stream().filter(k -> k.scopes().contains("admin")).count());
            tree.put(
                    "keys_without_expiry",
                    good.stream().filter(k -> k.expires() == null).count());
        }
    }

    private static @Nullable Boolean isPrivate(Path file) {
        try {
            if (!Files.exists(file)) return null;
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
            return permissions.endsWith("------");
        } catch (IOException | UnsupportedOperationException e) {
            return null;
        }
    }
}

package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.server.KeepAlive;
import dev.dalang.server.http.TlsFiles;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the server listens, how it is guarded and what it may use. */
final class ServeFlags {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(?:([KMGT])i?B?)?", Pattern.CASE_INSENSITIVE);

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Where to listen. Default: ${DEFAULT-VALUE}.")
    String host = "127.0.0.1";

    @Option(
            names = {"-p", "--port"},
            paramLabel = "N",
            defaultValue = "3252",
            description = "Default: ${DEFAULT-VALUE}; 0 lets the system choose.")
    int port = 3252;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "The server's certificate with its chain (PEM); read anew when it changes.")
    @Nullable
    Path tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key (PEM, PKCS #8).")
    @Nullable
    Path tlsKey;

    @Option(
            names = "--client-ca",
            paramLabel = "FILE",
            description = "Certificates (PEM) one of which must have signed the client's.")
    @Nullable
    Path clientCa;

    @Option(
            names = "--i-know",
            description = "Listen beyond this machine without TLS: keys and prompts can be read on the way.")
    boolean iKnow;

    @Option(
            names = "--server-name",
            split = ",",
            paramLabel = "NAME",
            description = "A name by which it may be called besides localhost.")
    List<String> serverNames = new ArrayList<>();

    @Option(
            names = "--cors-origin",
            split = ",",
            paramLabel = "ORIGIN",
            description = "The origin of a web page that may call it.")
    List<String> corsOrigins = new ArrayList<>();

    @Option(
            names = "--keep-alive",
            paramLabel = "TIME",
            defaultValue = "5m",
            description = "How long a model stays in memory after an answer; -1 for ever. Default: ${DEFAULT-VALUE}.")
    String keepAlive = "5m";

    @Option(
            names = "--model-memory",
            paramLabel = "SIZE",
            description = "Most memory for models and their caches, like 24G.")
    @Nullable
    String modelMemory;

    @Option(
            names = "--cache-memory",
            paramLabel = "SIZE",
            description =
                    "Most memory for a model's cache: the keys and values of its requests, and of those before them"
                            + " that may be asked again. Default: half of what models may take, without the weights.")
    @Nullable
    String cacheMemory;

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            defaultValue = "stderr",
            description = "A line for each request: stderr, off or a file. Default: ${DEFAULT-VALUE}.")
    String accessLog = "stderr";

    @Option(
            names = "--shutdown-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long answers under way may take when it is told to stop. Default: ${DEFAULT-VALUE}.")
    int shutdownSeconds = 30;

    /** @throws DalangException naming what does not go together */
    void check() {
        if (port < 0 || port > 65535) throw Errors.usage("--port is 0 to 65535, not " + port);
        if (shutdownSeconds < 0 || shutdownSeconds > 170) {
            throw Errors.usage("--shutdown-timeout is 0 to 170 seconds, not " + shutdownSeconds);
        }
        if ((tlsCert == null) != (tlsKey == null)) throw Errors.usage("--tls-cert and --tls-key go together");
        if (clientCa != null && tlsCert == null) throw Errors.usage("--client-ca needs --tls-cert and --tls-key");
        for (String origin : corsOrigins) {
            if (!origin.matches("[a-z][a-z0-9+.-]*://[A-Za-z0-9._\\[\\]:-]+/?")) {
                throw Errors.usage("--cors-origin is like https://app.example, not " + Text.oneLine(origin));
            }
        }
        if (!isLoopback() && !secure() && !iKnow) {
            throw Errors.usage("--host " + host + " can be reached from other machines: give --tls-cert and --tls-key,"
                    + " or say --i-know to send keys and prompts in the clear");
        }
        var _ = keepAlive();
        var _ = memory();
        var _ = cache();
    }

    boolean secure() {
        return tlsCert != null;
    }

    @Nullable
    TlsFiles tls() {
        return tlsCert == null || tlsKey == null ? null : new TlsFiles(tlsCert, tlsKey, clientCa);
    }

    boolean isLoopback() {
        try {
            for (InetAddress a : InetAddress.getAllByName(host)) if (!a.isLoopbackAddress()) return false;
            return true;
        } catch (UnknownHostException e) {
            throw Errors.usage("--host " + Text.oneLine(host) + " is no address of this machine");
        }
    }

    Duration keepAlive() {
        return KeepAlive.parse(keepAlive);
    }

    /** Bytes, or 0 where nothing was said. */
    long memory() {
        return bytes(modelMemory, "--model-memory");
    }

    /** Bytes, or 0 where nothing was said. */
    long cache() {
        return bytes(cacheMemory, "--cache-memory");
    }

    private static long bytes(@Nullable String size, String flag) {
        if (size == null || size.isEmpty()) return 0;
        Matcher m = SIZE.matcher(size);
        if (!m.matches()) throw Errors.usage(flag + " is like 24G, not " + Text.oneLine(size));
        String unit = m.group(2) == null ? "" : m.group(2).toUpperCase(java.util.Locale.ROOT);
        int shift = unit.isEmpty() ? 0 : 10 * ("KMGT".indexOf(unit) + 1);
        long number = Long.parseLong(m.group(1));
        if (number > Long.MAX_VALUE >> shift) throw Errors.usage(flag + ": " + Text.oneLine(size) + " is too much");
        return number << shift;
    }
}

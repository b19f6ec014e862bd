package dev.dalang.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Very many connections that have asked once and wait, and what memory they take in a server of ours. */
@Command(
        name = "idle",
        mixinStandardHelpOptions = true,
        description = "Open connections to a Dalang server that wait, and print what memory they take.")
public final class Idle implements Callable<Integer> {

    private static final byte[] ASK =
            "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Mixin
    Target target = new Target();

    @Option(names = "--connections", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    int connections = 10_000;

    @Option(
            names = "--most",
            paramLabel = "MIB",
            description = "Fail beyond so much memory. Default: ${DEFAULT-VALUE}.")
    int mostMib = 300;

    private Idle() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Idle()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<Socket> open = new ArrayList<>();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build()) {
            ServerProcess server = new ServerProcess(client, target);
            // So that what a first answer needs is there already, the model's weights too.
            Asking.Answer first =
                    new Asking(client, target).ask(new Questions(target.model, 8, 0, 8, false, 1, null).body(0, true));
            if (first.problem() != null) throw new IOException("the first question failed: " + first.problem());
            ServerProcess.Inside before = server.inside();
            long resident = server.residentBytes();
            long own = server.ownBytes();
            for (int i = 0; i < connections; i++) open.add(connect(i));
            long reached = server.residentBytes();
            long heapNow = server.metric("jvm_memory_used_bytes{area=\"heap\"")
                    .orElse(0.0)
                    .longValue();
            ServerProcess.Inside after = server.inside();
            long more = reached - resident;
            out.printf(
                    Locale.ROOT,
                    "%d connections that wait: %.1f MiB more in memory (%.1f MiB to %.1f MiB, of it not of files %.1f"
                            + " to %.1f)%n  heap %.1f MiB before, %.1f MiB with all, %.1f MiB of that in use; %d"
                            + " threads%n",
                    connections,
                    mib(more),
                    mib(resident),
                    mib(reached),
                    mib(own),
                    mib(server.ownBytes()),
                    mib(before.heapBytes()),
                    mib(heapNow),
                    mib(after.heapBytes()),
                    server.threads());
            Asking.Answer still =
                    new Asking(client, target).ask(new Questions(target.model, 8, 0, 8, false, 1, null).body(1, true));
            if (still.problem() != null) throw new IOException("with all open, a question failed: " + still.problem());
            out.printf(
                    Locale.ROOT,
                    "  a question meanwhile has its first token after %.3f s%n",
                    (still.firstNanos() - still.startNanos()) / 1e9);
            out.flush();
            return mib(more) <= mostMib ? 0 : 1;
        } finally {
            for (Socket s : open) s.close();
        }
    }

    private Socket connect(int number) throws IOException {
        URI url = target.url;
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), 20_000);
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(ASK);
            readAnswer(socket.getInputStream());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException(
                    number + " connections are open, and the next fails: " + e.getMessage()
                            + " (`ulimit -n` says how many files this machine allows)",
                    e);
        }
    }

    /** Of a small answer in one piece. */
    private static void readAnswer(InputStream in) throws IOException {
        byte[] buffer = new byte[4096];
        StringBuilder said = new StringBuilder();
        while (!said.toString().endsWith("}")) {
            int n = in.read(buffer);
            if (n < 0) throw new IOException("closed");
            said.append(new String(buffer, 0, n, StandardCharsets.US_ASCII));
        }
        if (!said.toString().startsWith("HTTP/1.1 200")) throw new IOException(said.substring(0, 40));
    }

    private static double mib(long bytes) {
        return bytes / 1048576.0;
    }
}

package dev.dalang.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/**
 * Clients of all manners on a server of ours for a long time: good ones, ones that leave in the middle, ones that talk nonsense.
 * What should be answered must be, what should be refused must be, and when all have left nothing of them may remain: no part
 * of the cache, no file or socket, no thread, no memory.
 */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description = "Clients of all manners on a Dalang server, and what remains of them.")
public final class Soak implements Callable<Integer> {

    /** Beyond what the first round of clients left: class data, pools, buffers that are kept. */
    private static final int MORE_FILES = 16;

    private static final int MORE_THREADS = 16;
    private static final long MORE_HEAP = 24L << 20;

    /** Of memory that maps no file; the heap's own room is part of it, and comes and goes. */
    private static final long MORE_MEMORY = 400L << 20;

    private static final long MORE_VIRTUAL = 8;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Mixin
    Target target = new Target();

    @Option(names = "--minutes", paramLabel = "N", description = "How long. Default: ${DEFAULT-VALUE}.")
    double minutes = 2;

    @Option(names = "--clients", paramLabel = "N", description = "Clients at once. Default: ${DEFAULT-VALUE}.")
    int clients = 32;

    @Option(names = "--seed", paramLabel = "N", description = "Of all that is random. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    private final Map<String, AtomicLong> done = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    private Soak() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Soak()).execute(args));
    }

    /** What is held while nobody asks: of the system, in bytes of memory, and by the scheduler. */
    private record Rest(int files, long threads, long virtual, long heap, long own, long activeBytes, long waiting) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(20))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build()) {
            ServerProcess server = new ServerProcess(client, target);
            // What a first while leaves is no leak: only what grows from then on.
            run(client, Math.min(minutes / 4, 1), seed);
            Rest before = rest(server);
            print(out, "after the first while", before);
            done.clear();
            run(client, minutes, seed + 1);
            Rest after = rest(server);
            print(out, "after " + minutes + " minutes", after);
            new TreeMap<>(done).forEach((what, count) -> out.printf("  %-44s %d%n", what, count.get()));
            compare(before, after);
        }
        wrong.stream().limit(20).forEach(w -> out.println("WRONG: " + w));
        out.println(wrong.isEmpty() ? "nothing went wrong" : wrong.size() + " things went wrong");
        out.flush();
        return wrong.isEmpty() ? 0 : 1;
    }

    private void compare(Rest before, Rest after) {
        if (after.activeBytes > 0) wrong.add(after.activeBytes + " bytes of the cache are held by nobody");
        if (after.waiting > 0) wrong.add(after.waiting + " requests wait though nobody asks");
        if (after.files > before.files + MORE_FILES)
            wrong.add("files and sockets: " + before.files + " to " + after.files);
        if (after.threads > before.threads + MORE_THREADS) {
            wrong.add("threads: " + before.threads + " to " + after.threads);
        }
        if (after.virtual > before.virtual + MORE_VIRTUAL) {
            wrong.add("virtual threads: " + before.virtual + " to " + after.virtual);
        }
        if (after.own > before.own + MORE_MEMORY) wrong.add("memory: " + before.own + " to " + after.own + " bytes");
        if (after.heap > before.heap + MORE_HEAP) wrong.add("heap: " + before.heap + " to " + after.heap + " bytes");
    }

    private static void print(PrintWriter out, String when, Rest r) {
        out.printf(
                Locale.ROOT,
                "%s: %d files, %d threads, %d virtual threads, %.1f MiB of heap, %.1f MiB in all, %d bytes of cache"
                        + " active%n",
                when,
                r.files,
                r.threads,
                r.virtual,
                r.heap / 1048576.0,
                r.own / 1048576.0,
                r.activeBytes);
        out.flush();
    }

    /** Once the last have gone, which takes the server a moment to see. */
    private static Rest rest(ServerProcess server) throws IOException, InterruptedException {
        long active = 0;
        long waiting = 0;
        for (int i = 0; i < 100; i++) {
            active = 0;
            waiting = 0;
            for (JsonNode m : server.status().path("models")) {
                active += m.path("cache_active_bytes").asLong()
                        + m.path("running").asLong();
                waiting += m.path("waiting").asLong();
            }
            if (active + waiting == 0) break;
            Thread.sleep(100);
        }
        Thread.sleep(1500);
        ServerProcess.Inside inside = server.inside();
        return new Rest(
                server.files(),
                server.threads(),
                inside.virtualThreads(),
                inside.heapBytes(),
                server.ownBytes(),
                active,
                waiting);
    }

    private void run(HttpClient client, double time, long from) throws InterruptedException {
        long end = System.nanoTime() + (long) (time * 60e9);
        CountDownLatch over = new CountDownLatch(clients);
        for (int c = 0; c < clients; c++) {
            Random random = new Random(from * 1000 + c);
            Thread.ofVirtual().start(() -> {
                try {
                    while (System.nanoTime() < end) one(client, random);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (RuntimeException e) {
                    wrong.add("a client of ours broke: " + e);
                } finally {
                    over.countDown();
                }
            });
        }
        over.await();
    }

    private void one(HttpClient client, Random random) throws InterruptedException {
        int kind = random.nextInt(10);
        Questions questions = new Questions(
                target.model,
                1 + random.nextInt(random.nextInt(5) == 0 ? 80 : 30),
                random.nextBoolean() ? 40 : 0,
                1 + random.nextInt(40),
                random.nextInt(6) == 0,
                7,
                null);
        byte[] body = questions.body(random.nextInt(), kind != 1);
        try {
            switch (kind) {
                case 0, 2, 3 -> {
                    Asking.Answer answer = new Asking(client, target).ask(body);
                    if (answer.problem() != null) wrong.add("a streamed answer: " + answer.problem());
                    count("streamed");
                }
                case 1 -> whole(client, body);
                case 4, 5 -> leaves(client, body, random);
                case 6 -> breaks(body, random);
                case 7 -> nonsense(random);
                case 8 -> wrongFields(client, random);
                default -> stranger(client, body);
            }
        } catch (IOException e) {
            wrong.add("kind " + kind + ": " + e);
        }
    }

    private void count(String what) {
        done.computeIfAbsent(what, w -> new AtomicLong()).incrementAndGet();
    }

    private HttpRequest.Builder chat(byte[] body) {
        return target.request(target.at("/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private void whole(HttpClient client, byte[] body) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(chat(body).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) wrong.add("an answer: " + answer.statusCode() + " " + answer.body());
        count("whole");
    }

    /** Reads a little of the stream and goes. */
    private void leaves(HttpClient client, byte[] body, Random random) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = client.send(chat(body).build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            if (answer.statusCode() != 200) wrong.add("an answer to be left: " + answer.statusCode());
            var _ = in.readNBytes(random.nextInt(600));
        }
        count("left while it streamed");
    }

    /** Sends a part of the request, or all of it, and breaks the connection. */
    private void breaks(byte[] body, Random random) throws IOException, InterruptedException {
        try (Socket socket = socket()) {
            if (random.nextBoolean()) socket.setSoLinger(true, 0);
            byte[] request = raw("POST", "/chat/completions", body);
            int part = random.nextInt(3) == 0 ? random.nextInt(request.length) : request.length;
            socket.getOutputStream().write(request, 0, part);
            socket.getOutputStream().flush();
            if (random.nextBoolean()) Thread.sleep(random.nextInt(30));
        }
        count("broke off");
    }

    private Socket socket() throws IOException {
        URI url = target.url;
        Socket socket = new Socket();
        int port = url.getPort() < 0 ? 80 : url.getPort();
        socket.connect(new InetSocketAddress(url.getHost(), port), 20_000);
        socket.setSoTimeout(60_000);
        return socket;
    }

    private byte[] raw(String method, String path, byte[] body) {
        String head = method + " " + target.at(path).getPath()
                + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + target.secret()
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
        byte[] start = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = java.util.Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }

    /** What is no HTTP, or no JSON; the answer, if any, is a refusal. */
    private void nonsense(Random random) throws IOException {
        List<byte[]> all = new ArrayList<>();
        all.add("GET\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        all.add(raw("POST", "/chat/completions", "{\"model\":".getBytes(StandardCharsets.UTF_8)));
        all.add(raw("POST", "/chat/completions", "[".repeat(300).getBytes(StandardCharsets.UTF_8)));
        all.add("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        all.add(("GET / HTTP/1.1\r\nX: " + "y".repeat(40_000) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        byte[] noise = new byte[200];
        random.nextBytes(noise);
        all.add(noise);
        byte[] sent = all.get(random.nextInt(all.size()));
        try (Socket socket = socket()) {
            OutputStream to = socket.getOutputStream();
            to.write(sent);
            socket.shutdownOutput();
            String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (said.startsWith("HTTP/1.1 2") || said.startsWith("HTTP/1.1 5")) {
                wrong.add("nonsense: " + said.lines().findFirst().orElse("") + " to "
                        + HexFormat.of().formatHex(sent));
            }
        } catch (java.net.SocketException reset) {
            // The end of a connection that is of no use, too.
            count("nonsense, cut off");
        }
        count("nonsense");
    }

    private void wrongFields(HttpClient client, Random random) throws IOException, InterruptedException {
        List<String> all = List.of(
                "{\"model\":\"there-is-none\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                "{\"model\":\"" + target.model + "\",\"messages\":[]}",
                "{\"model\":\"" + target.model
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":-1}",
                "{\"model\":\"" + target.model
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"no_such\":1}",
                "{\"model\":\"" + target.model + "\",\"messages\":[{\"role\":\"user\",\"content\":\""
                        + "x ".repeat(60_000) + "\"}]}");
        byte[] body = all.get(random.nextInt(all.size())).getBytes(StandardCharsets.UTF_8);
        HttpResponse<String> answer = client.send(chat(body).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() < 400 || answer.statusCode() >= 500) {
            wrong.add("a wrong request: " + answer.statusCode() + " " + answer.body());
        }
        count("refused");
    }

    private void stranger(HttpClient client, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(target.at("/chat/completions"))
                .header("Authorization", "Bearer nobody")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        int status =
                client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status != 401) wrong.add("a stranger got " + status);
        count("without a key");
    }
}

package dev.dalang.gateway.simulator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All providers on one port of this machine: each speaks its own wire, by the path that is asked, and breaks it when told
 * to. It counts what it gave, as a provider's bill would, and keeps what it was asked.
 */
public final class Simulator implements AutoCloseable {
    /** The key that every provider here takes. */
    public static final String KEY = "sim-key-0123456789";

    /** What was asked. */
    public record Asked(String method, String path, String query, Map<String, String> headers, JsonNode body) {
        /** The body as text, for tests that read no JSON. */
        public String json() {
            return body.toString();
        }
    }

    /** What was given for one model: answers begun, and tokens of those that were written to their end. */
    public record Tally(long answers, long promptTokens, long completionTokens) {}

    private static final class Sum {
        final AtomicLong answers = new AtomicLong();
        final AtomicLong prompt = new AtomicLong();
        final AtomicLong completion = new AtomicLong();
    }

    private final HttpServer server;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, Sum> sums = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile IntFunction<Fault> rule = n -> new Fault.None();
    private volatile Script script = Script.saying("Hello", " there", "!");
    private volatile boolean keepRequests = true;

    private Simulator(HttpServer server) {
        this.server = server;
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    public static Simulator start() {
        try {
            return new Simulator(HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1024));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code http://localhost:port} and the path. */
    public URI at(String path) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + path);
    }

    /** What all models say from now on. */
    public Simulator says(Script other) {
        script = other;
        return this;
    }

    /** What goes wrong with the next requests, in order. */
    public Simulator next(Fault... some) {
        faults.addAll(List.of(some));
        return this;
    }

    /** What goes wrong with the request of each number, from 0, when {@link #next} has nothing. */
    public Simulator rule(IntFunction<Fault> other) {
        rule = other;
        return this;
    }

    /** For many requests: keeps none of them. */
    public Simulator forgetful() {
        keepRequests = false;
        return this;
    }

    public List<Asked> asked() {
        return asked;
    }

    public Asked last() {
        return asked.getLast();
    }

    /** By model, as it was asked for. */
    public Map<String, Tally> tally() {
        Map<String, Tally> all = new TreeMap<>();
        sums.forEach((model, s) -> all.put(model, new Tally(s.answers.get(), s.prompt.get(), s.completion.get())));
        return all;
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }

    private void answer(HttpExchange x) throws IOException {
        reply(x);
        // Not in a finally: what throws shall break the connection off, and a close would end the answer in good order.
        x.close();
    }

    private void reply(HttpExchange x) throws IOException {
        String path = x.getRequestURI().getRawPath();
        String text = new String(x.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        JsonNode body = text.isEmpty() ? Trees.object() : Trees.parse(text);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        x.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
        if (keepRequests) {
            asked.add(new Asked(x.getRequestMethod(), path, x.getRequestURI().getRawQuery(), headers, body));
        }
        if (x.getRequestMethod().equals("GET")) {
            models(x, path, headers);
            return;
        }
        Fault fault = faults.poll();
        if (fault == null) fault = rule.apply(requests.getAndIncrement());
        if (fault instanceof Fault.Status s) {
            s.headers().forEach(x.getResponseHeaders()::set);
            send(x, s.status(), s.contentType(), s.body());
            return;
        }
        if (fault instanceof Fault.Dropped) throw new IOException("dropped");
        if (fault instanceof Fault.GzipBomb bomb) {
            bomb(x, bomb.bytes());
            return;
        }
        Voice voice = voice(path);
        if (voice == null) {
            other(x, path, headers, body);
            return;
        }
        if (!known(headers)) {
            send(
                    x,
                    401,
                    "application/json",
                    voice.refusal(
                            401,
                            "Incorrect API key provided: "
                                    + headers.getOrDefault(
                                            "Authorization", headers.getOrDefault("x-api-key", "none"))));
            return;
        }
        String model = model(path, body);
        Voice.Counts counts = new Voice.Counts(
                Math.max(promptTokens(body), script.cached()),
                script.cached(),
                script.tokens(),
                script.reasoningTokens(),
                fault instanceof Fault.WrongUsage);
        stream(x, voice, fault, model, counts, body);
    }

    private void stream(HttpExchange x, Voice voice, Fault fault, String model, Voice.Counts counts, JsonNode body)
            throws IOException {
        List<byte[]> frames = voice.frames(script, model, fault instanceof Fault.NoUsage ? null : counts, body);
        Sum sum = sums.computeIfAbsent(model, m -> new Sum());
        sum.answers.incrementAndGet();
        x.getResponseHeaders().set("Content-Type", voice.contentType());
        x.getResponseHeaders().set("x-request-id", "req_sim");
        x.sendResponseHeaders(200, 0);
        OutputStream out = x.getResponseBody();
        for (int i = 0; i < frames.size(); i++) {
            byte[] frame = frames.get(i);
            int at = i;
            switch (fault) {
                case Fault.CutAfter f
                when f.frames() == at -> {
                    out.flush();
                    throw new IOException("cut");
                }
                case Fault.EndAfter f
                when f.frames() == at -> {
                    out.close();
                    return;
                }
                case Fault.Malformed f when f.frame() == at -> frame = voice.malformed();
                case Fault.Twice f when f.frame() == at -> out.write(frame);
                case Fault.ErrorAt f
                when f.frame() == at -> {
                    out.write(voice.error());
                    out.close();
                    return;
                }
                case Fault.NeverEnds f
                when f.frames() == at -> {
                    while (closed.getCount() > 0) {
                        out.write(voice.ping());
                        out.flush();
                    }
                    return;
                }
                case Fault.Silent f
                when f.frames() == at -> {
                    out.flush();
                    await(closed);
                    return;
                }
                case Fault.Held f
                when f.frames() == at -> {
                    out.flush();
                    f.reached().countDown();
                    await(f.go());
                }
                default -> {}
            }
            // Before the last frame, so that whoever has the whole answer finds it counted.
            if (i == frames.size() - 1) {
                sum.prompt.addAndGet(counts.prompt());
                sum.completion.addAndGet(counts.completion());
            }
            out.write(frame);
            out.flush();
        }
        out.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Voice voice(String path) {
        if (path.endsWith("/chat/completions")) return new ChatVoice();
        if (path.endsWith("/responses")) return new ResponsesVoice();
        if (path.endsWith("/messages")) return new AnthropicVoice();
        if (path.endsWith(":streamGenerateContent")) return new GeminiVoice();
        if (path.endsWith("/converse-stream")) return new BedrockVoice();
        if (path.endsWith("/v2/chat")) return new CohereVoice();
        return null;
    }

    private static boolean known(Map<String, String> headers) {
        if (headers.getOrDefault("Authorization", "").startsWith("AWS4-HMAC-SHA256 ")) return true; // a test checks it
        return ("Bearer " + KEY).equals(headers.get("Authorization"))
                || KEY.equals(headers.get("x-api-key"))
                || KEY.equals(headers.get("api-key"))
                || KEY.equals(headers.get("x-goog-api-key"));
    }

    private static String model(String path, JsonNode body) {
        String model = Trees.text(body, "model");
        if (model != null) return model;
        for (String before : new String[] {"/models/", "/model/", "/deployments/"}) {
            int at = path.indexOf(before);
            if (at < 0) continue;
            String rest = path.substring(at + before.length());
            return rest.split("[:/]", 2)[0];
        }
        return "unknown";
    }

    /** One token for each word in what a person or a program wrote. */
    private static int promptTokens(JsonNode body) {
        int[] words = {0};
        for (String field :
                new String[] {"messages", "input", "instructions", "system", "contents", "systemInstruction"}) {
            count(body.path(field), words);
        }
        return Math.max(1, words[0]);
    }

    private static void count(JsonNode node, int[] words) {
        if (node.isString()) words[0] += node.stringValue().strip().split("\\s+").length;
        else if (node.isObject()) {
            node.properties().forEach(e -> {
                if (List.of("text", "content", "parts", "output", "role").contains(e.getKey()))
                    count(e.getValue(), words);
            });
        } else node.values().forEach(n -> count(n, words));
    }

    private void models(HttpExchange x, String path, Map<String, String> headers) throws IOException {
        if (!known(headers) && !headers.containsKey("No-Key")) {
            send(x, 401, "application/json", new ChatVoice().refusal(401, "Incorrect API key provided."));
        } else if (path.contains("/v1beta/")) {
            send(x, 200, "application/json", "{\"models\":[{\"name\":\"models/gemini-sim\"}]}");
        } else {
            send(
                    x,
                    200,
                    "application/json",
                    "{\"object\":\"list\",\"data\":[{\"id\":\"sim-small\",\"object\":\"model\",\"created\":1790000000,"
                            + "\"owned_by\":\"sim\"},{\"id\":\"sim-large\",\"object\":\"model\",\"created\":1790000000,"
                            + "\"owned_by\":\"sim\"}]}");
        }
    }

    private void other(HttpExchange x, String path, Map<String, String> headers, JsonNode body) throws IOException {
        if (path.endsWith("/count_tokens") || path.endsWith("/input_tokens")) {
            send(x, 200, "application/json", "{\"input_tokens\":" + promptTokens(body) + "}");
        } else if (path.endsWith(":countTokens")) {
            JsonNode request = body.path("generateContentRequest");
            send(
                    x,
                    200,
                    "application/json",
                    "{\"totalTokens\":" + promptTokens(request.isObject() ? request : body) + "}");
        } else if (path.endsWith("/embeddings") || path.endsWith("/v2/embed") || path.endsWith(":batchEmbedContents")) {
            embeddings(x, path, body);
        } else if (path.endsWith("/token")) {
            send(
                    x,
                    200,
                    "application/json",
                    "{\"access_token\":\"" + KEY + "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
        } else {
            send(x, 404, "application/json", new ChatVoice().refusal(404, "Unknown request URL: POST " + path));
        }
    }

    private static void embeddings(HttpExchange x, String path, JsonNode body) throws IOException {
        ObjectNode out = Trees.object();
        if (path.endsWith("/v2/embed")) {
            ArrayNode vectors = out.putObject("embeddings").putArray("float");
            body.path("texts").values().forEach(t -> vectors.add(vector(t.stringValue())));
            out.putObject("meta")
                    .putObject("billed_units")
                    .put("input_tokens", body.path("texts").size());
        } else if (path.endsWith(":batchEmbedContents")) {
            ArrayNode vectors = out.putArray("embeddings");
            body.path("requests")
                    .values()
                    .forEach(r -> vectors.addObject()
                            .set(
                                    "values",
                                    vector(r.path("content")
                                            .path("parts")
                                            .path(0)
                                            .path("text")
                                            .stringValue())));
        } else {
            ArrayNode data = out.put("object", "list").putArray("data");
            // Out of order, as the index allows.
            for (int i = body.path("input").size() - 1; i >= 0; i--) {
                data.addObject()
                        .put("object", "embedding")
                        .put("index", i)
                        .set("embedding", vector(body.path("input").get(i).toString()));
            }
            out.putObject("usage")
                    .put("prompt_tokens", body.path("input").size())
                    .put("total_tokens", 0);
        }
        send(x, 200, "application/json", out.toString());
    }

    private static ArrayNode vector(String text) {
        return Trees.array().add(text.replace("\"", "").length()).add(0.5).add(-0.25);
    }

    private static void bomb(HttpExchange x, long bytes) throws IOException {
        x.getResponseHeaders().set("Content-Type", "application/json");
        x.getResponseHeaders().set("Content-Encoding", "gzip");
        x.sendResponseHeaders(200, 0);
        try (GZIPOutputStream out = new GZIPOutputStream(x.getResponseBody())) {
            byte[] zeros = new byte[1 << 16];
            for (long n = 0; n < bytes; n += zeros.length) out.write(zeros);
        }
    }

    private static void send(HttpExchange x, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        x.getResponseHeaders().set("Content-Type", type);
        x.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) x.getResponseBody().write(bytes);
    }
}

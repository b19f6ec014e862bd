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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;

/**
 * All providers on one port of this machine: each speaks its own wire, by the path that is asked (Mistral's is below
 * {@code /mistral}, since it is OpenAI's), and breaks it when told to. It counts what it gave, as a provider's bill would,
 * and keeps what it was asked.
 */
public final class Simulator implements AutoCloseable {
    /** The key that every provider here takes. */
    public static final String KEY = "sim-key-0123456789";

    /** AWS's name for whoever has {@link #KEY} as the secret key. */
    public static final String ACCESS_KEY = "AKIDEXAMPLE";

    private static final int PING_MILLIS = 20;

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
        byte[] bytes = x.getRequestBody().readAllBytes();
        JsonNode body = bytes.length == 0 ? Trees.object() : Trees.parse(new String(bytes, StandardCharsets.UTF_8));
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        x.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
        if (keepRequests) {
            asked.add(new Asked(x.getRequestMethod(), path, x.getRequestURI().getRawQuery(), headers, body));
        }
        if (x.getRequestMethod().equals("GET")) {
            Others.models(x, path, known(headers) || headers.containsKey("No-Key"));
            return;
        }
        Fault fault = faults.poll();
        if (fault == null) fault = rule.apply(requests.getAndIncrement());
        if (fault instanceof Fault.Status s) {
            s.headers().forEach(x.getResponseHeaders()::set);
            Others.send(x, s.status(), s.contentType(), s.body());
            return;
        }
        if (fault instanceof Fault.Dropped) throw new IOException("dropped");
        if (fault instanceof Fault.GzipBomb bomb) {
            bomb(x, bomb.bytes());
            return;
        }
        Voice voice = voice(path);
        if (voice == null) {
            Others.post(x, path, body);
            return;
        }
        if (fault instanceof Fault.Refused r) {
            voice.refusalHeaders(r.status()).forEach(x.getResponseHeaders()::set);
            Others.send(x, r.status(), "application/json", voice.refusal(r.status(), r.message()));
            return;
        }
        if (fault instanceof Fault.Stranger) {
            refuse(x, voice, headers);
            return;
        }
        if (!admitted(x, voice, headers, bytes)) return;
        Voice.Objection objection = voice.objection(body);
        if (objection != null) {
            Others.send(x, objection.status(), "application/json", objection.body());
            return;
        }
        String model = model(path, body);
        Voice.Counts counts = new Voice.Counts(
                Math.max(Others.promptTokens(body), script.cached()),
                script.cached(),
                script.tokens(),
                script.reasoningTokens(),
                fault instanceof Fault.WrongUsage);
        stream(x, voice, fault, model, counts, body);
    }

    /** Answers who has no right key, or did not sign as AWS would have it. */
    private static boolean admitted(HttpExchange x, Voice voice, Map<String, String> headers, byte[] body)
            throws IOException {
        if (headers.getOrDefault("Authorization", "").startsWith("AWS4-HMAC-SHA256")) {
            SigV4Check.Wrong wrong = new SigV4Check(ACCESS_KEY, KEY, "bedrock").check(x, body);
            if (wrong == null) return true;
            x.getResponseHeaders().set("x-amzn-ErrorType", wrong.kind());
            Others.send(x, 403, "application/json", voice.refusal(403, wrong.message()));
            return false;
        }
        if (known(headers)) return true;
        refuse(x, voice, headers);
        return false;
    }

    /** Says the key, as a careless provider does. */
    private static void refuse(HttpExchange x, Voice voice, Map<String, String> headers) throws IOException {
        voice.refusalHeaders(voice.strangerStatus()).forEach(x.getResponseHeaders()::set);
        String key = headers.getOrDefault("Authorization", headers.getOrDefault("x-api-key", "none"));
        Others.send(x, voice.strangerStatus(), "application/json", voice.stranger(key));
    }

    /** The frames of a stream, or the whole answer as the only one. */
    private List<byte[]> frames(Voice voice, boolean streams, String model, Voice.Counts counts, JsonNode body) {
        if (streams) return voice.frames(script, model, counts, body);
        return List.of(voice.whole(script, model, counts, body).toString().getBytes(StandardCharsets.UTF_8));
    }

    private void stream(HttpExchange x, Voice voice, Fault fault, String model, Voice.Counts counts, JsonNode body)
            throws IOException {
        boolean streams = streams(x.getRequestURI().getRawPath(), body) && !(fault instanceof Fault.AtOnce);
        List<byte[]> frames = frames(voice, streams, model, fault instanceof Fault.NoUsage ? null : counts, body);
        Sum sum = sums.computeIfAbsent(model, m -> new Sum());
        sum.answers.incrementAndGet();
        x.getResponseHeaders().set("Content-Type", streams ? voice.contentType() : "application/json");
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
                    out.write(
                            streams
                                    ? voice.error()
                                    : voice.refusal(500, "Internal error").getBytes(StandardCharsets.UTF_8));
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
                case Fault.Slow f
                when f.frames() == at -> {
                    f.reached().countDown();
                    slow(out, voice, f);
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

    /** Only what is written tells that nobody reads any more. */
    private void slow(OutputStream out, Voice voice, Fault.Slow f) throws IOException {
        try {
            while (closed.getCount() > 0) {
                out.write(voice.ping());
                out.flush();
                boolean _ = closed.await(PING_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            f.left().countDown();
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Voice voice(String path) {
        if (path.endsWith("/fim/completions")) return new MistralVoice();
        if (path.endsWith("/chat/completions")) {
            return path.startsWith("/mistral/") ? new MistralVoice() : new ChatVoice();
        }
        if (path.endsWith("/responses")) return new ResponsesVoice();
        if (path.endsWith("/messages")) return new AnthropicVoice();
        if (path.endsWith(":streamGenerateContent") || path.endsWith(":generateContent")) {
            return new GeminiVoice(path.contains("/publishers/google"));
        }
        if (path.endsWith("/converse-stream") || path.endsWith("/converse")) return new BedrockVoice();
        if (path.endsWith("/v2/chat")) return new CohereVoice();
        return null;
    }

    /** Some say it by the path, the others within the request. */
    private static boolean streams(String path, JsonNode body) {
        if (path.endsWith(":streamGenerateContent") || path.endsWith("/converse-stream")) return true;
        return body.path("stream").asBoolean(false);
    }

    private static boolean known(Map<String, String> headers) {
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

    private static void bomb(HttpExchange x, long bytes) throws IOException {
        x.getResponseHeaders().set("Content-Type", "application/json");
        x.getResponseHeaders().set("Content-Encoding", "gzip");
        x.sendResponseHeaders(200, 0);
        try (GZIPOutputStream out = new GZIPOutputStream(x.getResponseBody())) {
            byte[] zeros = new byte[1 << 16];
            for (long n = 0; n < bytes; n += zeros.length) out.write(zeros);
        }
    }
}

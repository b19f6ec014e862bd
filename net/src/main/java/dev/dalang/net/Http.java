package dev.dalang.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The one HTTP client. Every hop of every request is checked (scheme, host, and each address that the name stands for)
 * and logged before anything is sent; redirects are followed here, not by the JDK; what may pass is tried again.
 *
 * <p>Any thread may send.
 */
public final class Http implements AutoCloseable {
    private static final int MAX_REDIRECTS = 8;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> MAY_PASS = Set.of(408, 425, 429, 500, 502, 503, 504);
    private static final long WATCH_MILLIS = 100;
    private static final long END_MILLIS = 1_000;
    private static final int DRAINED_BYTES = 1 << 16;
    /** A year: longer than any JVM waits, and short enough to be added to its clock. */
    private static final long FOR_EVER_NANOS = 365L * 24 * 3600 * 1_000_000_000;

    private final NetSettings settings;
    private final EgressLog log;
    /** By the time that a connection may take: few, since users set it. */
    private final Map<Duration, HttpClient> clients = new ConcurrentHashMap<>();

    private final EgressRules rules;
    private final Bandwidth bandwidth;
    private final Delays delays;
    private final ScheduledExecutorService watch;
    /**
     * Of the system, as a look-up would hold the carrier of a virtual thread. They end by themselves, so that who asks after
     * the end hears of it from the client and not from here.
     */
    private final ExecutorService lookups = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("net-name").factory());

    private final Set<Body> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @throws IllegalArgumentException when the file of certificates that the settings name cannot be read */
    public Http(NetSettings settings, EgressLog log) {
        this(settings, log, new EgressRules(settings));
    }

    Http(NetSettings settings, EgressLog log, EgressRules rules) {
        if (!PinnedNames.installed()) {
            throw new IllegalStateException("this JVM does not resolve names through " + PinnedNames.class.getName()
                    + ", so no connection would be safe");
        }
        this.settings = settings;
        this.log = log;
        this.bandwidth = new Bandwidth(settings.bytesPerSecond());
        this.delays = new Delays(settings.firstDelay(), settings.longestDelay());
        TrustedCertificates.check(settings.caFile());
        this.rules = rules;
        this.watch = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("net-watch").factory());
        var _ = watch.scheduleWithFixedDelay(this::giveUpStalled, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Sends a request, follows redirects, and tries again what may pass. An answer of whatever status is returned once no
     * further attempt would help.
     *
     * @throws NetException when there is no answer; {@link NetException#kind()} says why
     */
    public Response send(Request request) throws NetException {
        return send(request, new Abort());
    }

    /** The same, broken off when {@code abort} says so. */
    public Response send(Request request, Abort abort) throws NetException {
        int attempts = request.attempts() == 0 ? settings.attempts() : request.attempts();
        for (int attempt = 1; ; attempt++) {
            Duration delay;
            try {
                Response response = follow(request, abort);
                if (!MAY_PASS.contains(response.status()) || attempt >= attempts) return response;
                Duration asked = Delays.retryAfter(response.header("Retry-After"), Instant.now());
                if (delays.tooLong(asked)) return response;
                delay = delays.after(attempt, asked);
                response.close();
            } catch (NetException e) {
                if (!e.mayPass()
                        || attempt >= attempts
                        || Thread.currentThread().isInterrupted()) throw e;
                delay = delays.after(attempt, null);
            }
            sleep(delay, request, abort);
        }
    }

    /**
     * Waits as before attempt {@code attempt + 1}, for those who read on where the answer to {@code request} broke off.
     *
     * @throws NetException (aborted) when {@code abort} says so
     */
    public void pause(int attempt, Request request, Abort abort) throws NetException {
        sleep(delays.after(attempt, null), request, abort);
    }

    /** How often to try in all. */
    public int attempts() {
        return settings.attempts();
    }

    @Override
    public void close() {
        closed = true;
        watch.shutdownNow();
        clients.values().forEach(HttpClient::shutdownNow);
    }

    private Response follow(Request request, Abort abort) throws NetException {
        URI at = request.address();
        boolean left = false;
        Set<URI> seen = new HashSet<>();
        for (int hop = 0; ; hop++) {
            seen.add(at);
            Response response = hop(request, at, !left, abort);
            if (!REDIRECTS.contains(response.status())) return response;
            if (request.method().equals("POST")) {
                response.close();
                throw new NetException(
                        NetException.Kind.REDIRECT,
                        at.getHost() + " sends a request that carries content elsewhere; that is refused");
            }
            String location = response.header("Location");
            drain(response);
            URI next = next(at, location);
            if (hop == MAX_REDIRECTS) {
                throw new NetException(
                        NetException.Kind.REDIRECT,
                        request.address().getHost() + " redirects more than " + MAX_REDIRECTS + " times");
            }
            if (seen.contains(next)) {
                throw new NetException(
                        NetException.Kind.REDIRECT, request.address().getHost() + " redirects in a circle");
            }
            // Once the origin is left, whoever redirects back chooses the path: secrets do not come along again.
            left |= !sameOrigin(request.address(), next);
            at = next;
        }
    }

    /** Reads the few words of a redirect, so that the connection can be used again. */
    private static void drain(Response response) {
        try (response) {
            response.body().skip(DRAINED_BYTES);
        } catch (IOException e) {
            return; // where it leads to is known already
        }
    }

    private static URI next(URI at, @Nullable String location) throws NetException {
        try {
            if (location == null) throw new IllegalArgumentException("no address");
            URI next = at.resolve(location);
            if (!next.isAbsolute()) throw new IllegalArgumentException("no address");
            if ("https".equalsIgnoreCase(at.getScheme()) && !"https".equalsIgnoreCase(next.getScheme())) {
                throw new NetException(
                        NetException.Kind.REDIRECT,
                        at.getHost() + " redirects from https to " + EgressLog.shown(next) + "; that is refused");
            }
            return next;
        } catch (IllegalArgumentException e) {
            throw new NetException(NetException.Kind.REDIRECT, at.getHost() + " redirects to no address", e);
        }
    }

    private static boolean sameOrigin(URI a, URI b) {
        return a.getScheme().equalsIgnoreCase(b.getScheme())
                && a.getHost().equalsIgnoreCase(b.getHost())
                && NetSettings.port(a) == NetSettings.port(b);
    }

    private Response hop(Request request, URI at, boolean withSecrets, Abort abort) throws NetException {
        String id = UUID.randomUUID().toString().substring(0, 8);
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("purpose", request.purpose());
        facts.put("method", request.method());
        facts.put("address", EgressLog.shown(at));
        PinnedNames.Hold pin = PinnedNames.Hold.NONE;
        boolean handedOver = false;
        try {
            rules.checkAddress(at);
            Proxies.Proxy proxy = settings.proxies().forAddress(at);
            if (proxy == null) {
                pin = lookedUp(at, connectTimeout(request), abort);
                facts.put("to", pin.addresses().getFirst().getHostAddress());
            } else {
                rules.checkLiteral(at);
                facts.put("proxy", proxy.toString());
            }
            note("open", id, facts);
            long start = System.nanoTime();
            HttpResponse<Incoming> answer;
            try {
                answer = answer(
                        client(connectTimeout(request)),
                        request(request, at, withSecrets),
                        at,
                        headTimeout(request),
                        abort);
            } catch (NetException e) {
                noteClosed(id, closing(0, 0, start, e.getMessage()));
                throw e;
            }
            handedOver = true;
            return response(request, at, answer, pin, id, start, abort);
        } catch (NetException e) {
            if (EgressRules.isRefusal(e)
                    || e.kind() == NetException.Kind.UNKNOWN_HOST && pin == PinnedNames.Hold.NONE) {
                facts.put("why", e.getMessage());
                note(EgressRules.isRefusal(e) ? "refused" : "unknown", id, facts);
            }
            throw e;
        } finally {
            if (!handedOver) pin.close();
        }
    }

    private static HttpRequest request(Request request, URI at, boolean withSecrets) throws NetException {
        try {
            HttpRequest.Builder b = HttpRequest.newBuilder(at)
                    .method(request.method(), content(request))
                    .header("User-Agent", "dalang")
                    .header("Accept-Encoding", request.packed() ? "gzip" : "identity");
            request.headers().forEach(b::header);
            if (withSecrets) request.secrets().forEach(b::header);
            return b.build();
        } catch (IllegalArgumentException e) {
            throw new NetException(
                    NetException.Kind.BAD_ADDRESS, "a request that cannot be sent to " + at.getHost(), e);
        }
    }

    private static HttpRequest.BodyPublisher content(Request request) {
        byte[] body = request.body();
        return body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body);
    }

    private Duration headTimeout(Request request) {
        Patience patience = request.patience();
        return patience == null ? settings.answerTimeout() : patience.head();
    }

    private Body.Limits limits(Request request, long start) {
        Patience patience = request.patience();
        if (patience == null) {
            long stall = settings.stallTimeout().toNanos();
            return new Body.Limits(stall, stall, start + FOR_EVER_NANOS, FOR_EVER_NANOS);
        }
        long total = nanos(patience.total());
        return new Body.Limits(nanos(patience.firstByte()), nanos(patience.gap()), start + total, total);
    }

    /** Not longer than what can be added to a clock. */
    private static long nanos(Duration d) {
        return d.compareTo(Duration.ofNanos(FOR_EVER_NANOS)) < 0 ? d.toNanos() : FOR_EVER_NANOS;
    }

    /**
     * Makes ready what the first request would wait for: the authorities that are trusted, some hundred certificates that
     * take a good part of a second. What is wrong with them, requests say.
     */
    public void prepare() {
        Thread.ofPlatform().daemon().name("net-prepare").start(() -> {
            try {
                HttpClient _ = client(settings.connectTimeout());
            } catch (NetException e) {
                return;
            }
        });
    }

    /** Made at the first request, since most that could go out do not. */
    private HttpClient client(Duration connect) throws NetException {
        try {
            HttpClient client = clients.computeIfAbsent(connect, d -> Clients.of(settings, d));
            // Perhaps made after all others were shut: it refuses what it is given, as they do.
            if (closed) client.shutdownNow();
            return client;
        } catch (IllegalArgumentException e) {
            throw new NetException(NetException.Kind.CERTIFICATE, String.valueOf(e.getMessage()), e);
        }
    }

    private Duration connectTimeout(Request request) {
        Patience patience = request.patience();
        Duration own = patience == null ? null : patience.connect();
        return own == null ? settings.connectTimeout() : own;
    }

    /** On a thread of its own, unless it is known: the system's look-up of a name heeds neither an interrupt nor a time. */
    private PinnedNames.Hold lookedUp(URI at, Duration within, Abort abort) throws NetException {
        if (abort.aborted()) throw abort.broken(at.getHost());
        PinnedNames.Hold held = rules.held(at);
        if (held != null) return held;
        CompletableFuture<PinnedNames.Hold> found = new CompletableFuture<>();
        abort.onAbort(() -> found.cancel(true));
        lookups.execute(() -> {
            try {
                PinnedNames.Hold hold = rules.hold(at);
                if (!found.complete(hold)) hold.close();
            } catch (NetException | RuntimeException e) {
                found.completeExceptionally(e);
            }
        });
        Supplier<NetException> late = () -> new NetException(
                NetException.Kind.UNKNOWN_HOST,
                "the name " + at.getHost() + " was not found within " + within.toSeconds() + " s");
        return awaited(found, at, within, late, abort, e -> {
            if (e instanceof NetException known) return known;
            throw new IllegalStateException("the look-up of " + at.getHost(), e);
        });
    }

    private HttpResponse<Incoming> answer(HttpClient client, HttpRequest request, URI at, Duration within, Abort abort)
            throws NetException {
        CompletableFuture<HttpResponse<Incoming>> answer = client.sendAsync(request, _ -> new Incoming());
        abort.onAbort(() -> answer.cancel(true));
        Supplier<NetException> late = () -> new NetException(
                NetException.Kind.TIMEOUT, at.getHost() + " did not answer within " + within.toSeconds() + " s");
        return awaited(answer, at, within, late, abort, e -> Problems.beforeAnswer(e, at, settings.proxies()));
    }

    /** What comes of {@code pending}, which is cancelled if it does not come in time. */
    private static <T> T awaited(
            CompletableFuture<T> pending,
            URI at,
            Duration within,
            Supplier<NetException> late,
            Abort abort,
            Function<Throwable, NetException> problem)
            throws NetException {
        try {
            return pending.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (CancellationException e) {
            throw abort.broken(at.getHost());
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw late.get();
        } catch (InterruptedException e) {
            pending.cancel(true);
            Thread.currentThread().interrupt();
            throw new NetException(NetException.Kind.CONNECTION, "interrupted", e);
        } catch (ExecutionException e) {
            if (abort.aborted()) throw abort.broken(at.getHost());
            throw problem.apply(e.getCause() == null ? e : e.getCause());
        }
    }

    private Response response(
            Request request,
            URI at,
            HttpResponse<Incoming> answer,
            PinnedNames.Hold pin,
            String id,
            long start,
            Abort abort)
            throws NetException {
        Body raw = new Body(answer.body(), at, request.maxBytes(), bandwidth, limits(request, start), abort);
        open.add(raw);
        AtomicBoolean closed = new AtomicBoolean();
        Runnable closer = () -> {
            if (!closed.compareAndSet(false, true)) return;
            open.remove(raw);
            try {
                if (abort.aborted()) raw.close();
                else leave(raw);
                noteClosed(id, closing(answer.statusCode(), raw.count(), start, null));
            } finally {
                pin.close();
            }
        };
        abort.onAbort(raw::breakOff);
        try {
            return new Response(
                    answer.statusCode(), at, answer.headers(), unpacked(request, at, answer.headers(), raw), closer);
        } catch (NetException e) {
            closer.run();
            throw e;
        }
    }

    /** Gives the answer's end a moment to come, for the connection's sake. */
    private void leave(Body raw) {
        if (!raw.leave()) return;
        try {
            var _ = watch.schedule(raw::close, END_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            raw.close(); // this client is closed
        }
    }

    private static InputStream unpacked(Request request, URI at, HttpHeaders headers, Body raw) throws NetException {
        if (request.method().equals("HEAD")) return InputStream.nullInputStream();
        long length = headers.firstValueAsLong("Content-Length").orElse(-1);
        if (length > request.maxBytes()) throw Body.tooLarge(at, request.maxBytes());
        String packing =
                headers.firstValue("Content-Encoding").orElse("identity").toLowerCase(Locale.ROOT);
        if (packing.equals("identity") || packing.isBlank()) return raw;
        if (request.packed() && (packing.equals("gzip") || packing.equals("x-gzip"))) {
            try {
                return new Body.Unpacked(new GZIPInputStream(raw), at, request.maxBytes());
            } catch (IOException e) {
                throw Problems.inPacking(e, at);
            }
        }
        throw new NetException(
                NetException.Kind.PROTOCOL, at.getHost() + " packs its answer (" + packing + ") where it must not");
    }

    private static Map<String, @Nullable Object> closing(int status, long bytes, long start, @Nullable String problem) {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("status", status);
        facts.put("bytes", bytes);
        facts.put("ms", (System.nanoTime() - start) / 1_000_000);
        if (problem != null) facts.put("problem", problem);
        return facts;
    }

    private void note(String event, String id, Map<String, @Nullable Object> facts) throws NetException {
        try {
            log.write(event, id, facts);
        } catch (IOException e) {
            throw new NetException(
                    NetException.Kind.OFFLINE,
                    "the log of connections " + log.file() + " cannot be written (" + e.getMessage()
                            + "), so there are none",
                    e);
        }
    }

    /** What was sent has its line: an answer, or why there is none, is not lost for a disk that is full since. */
    private void noteClosed(String id, Map<String, @Nullable Object> facts) {
        try {
            log.write("close", id, facts);
        } catch (IOException e) {
            System.getLogger(Http.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the log of connections " + log.file() + " cannot be written (" + e.getMessage() + ")");
        }
    }

    private void giveUpStalled() {
        long now = System.nanoTime();
        for (Body b : open) b.giveUpWhenStalled(now);
    }

    private static void sleep(Duration d, Request request, Abort abort) throws NetException {
        try {
            if (abort.await(d)) throw abort.broken(request.address().getHost());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NetException(NetException.Kind.CONNECTION, "interrupted", e);
        }
    }
}

package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import dev.dalang.api.Via;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.guard.Scope;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What every request goes through: source, caller, route, scope, endpoint, and the form of errors. */
final class Front implements Handler {

    private static final System.Logger LOG = System.getLogger(Front.class.getName());

    /** Proxies give up on a stream that is silent for a minute or so. */
    private static final long SILENCE_NANOS = 15_000_000_000L;

    /** What clients in pages look at: whether and when to try again, what is left of a quota, and what an answer took. */
    private static final String EXPOSED = "x-request-id, request-id, retry-after, x-should-retry,"
            + " x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests,"
            + " x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens,"
            + " x-dalang-model, x-dalang-route, x-dalang-request, x-dalang-cost, x-dalang-redactions";

    /** Who asks for what is open to all. */
    private static final Caller NOBODY = new Caller("", "nobody", EnumSet.noneOf(Scope.class), Set.of());

    private final HttpSettings settings;
    private final Guard guard;
    private final RouteTable table;
    private final Set<HelidonExchange> open = ConcurrentHashMap.newKeySet();
    private final BodyMemory bodies;
    private final Hops hops = new Hops();
    private final Semaphore idle = new Semaphore(0);
    private volatile boolean stopping;

    boolean isStopping() {
        return stopping;
    }

    Front(HttpSettings settings, Guard guard, RouteTable table) {
        this.settings = settings;
        this.guard = guard;
        this.table = table;
        this.bodies = new BodyMemory(settings.limits().bodiesBytes());
    }

    /** Of a request, for the answer and the log. */
    static String newId() {
        return "req_" + UUID.randomUUID().toString().replace("-", "");
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String id = newId();
        Instant at = Instant.now();
        long start = System.nanoTime();
        HelidonExchange exchange = new HelidonExchange(id, request, response, settings.limits(), bodies.share());
        RouteTable.Match match = null;
        RequestTrace.Open trace = settings.trace().begin(exchange.head());
        open.add(exchange);
        try {
            exchange.responseHeader("x-request-id", id);
            // Anthropic's clients look for it under this name.
            exchange.responseHeader("request-id", id);
            exchange.responseHeader("X-Content-Type-Options", "nosniff");
            match = table.find(exchange.method(), exchange.path());
            RouteTable.Match found = match;
            trace.during(() -> new ResponseFacts()
                    .during(() -> hops.during(exchange.headers(Via.HEADER), () -> answer(exchange, found))));
        } finally {
            exchange.over();
            open.remove(exchange);
            if (stopping) idle.release();
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            AccessLog.Entry entry =
                    exchange.entry(at, match == null ? null : match.route().pattern(), time);
            settings.log().log(entry);
            trace.end(entry);
        }
        exchange.closeIfLast();
    }

    private void answer(HelidonExchange exchange, RouteTable.@Nullable Match match) {
        String id = exchange.requestId();
        try {
            Dialect dialect = match == null
                    ? table.dialect(exchange.path())
                    : match.route().dialect();
            if (dialect != null) exchange.errors(dialect.errors(exchange.head()));
            guard.checkSource(exchange.head());
            if (cors(exchange)) return;
            if (match == null) {
                exchange.knows(guard.authenticate(exchange.head()));
                throw unknown(exchange);
            }
            Scope scope = match.route().scope();
            exchange.begin(match.parameters(), scope == null ? NOBODY : authorised(exchange, scope));
            if (scope == Scope.INFERENCE) hops.check(exchange.headers(Via.HEADER));
            if (stopping && scope != null) {
                exchange.responseHeader("Connection", "close");
                throw new DalangException(new Failure.Overloaded("the server is stopping", Duration.ofSeconds(10)));
            }
            match.route().endpoint().handle(exchange);
            exchange.end();
        } catch (ClientGone e) {
            exchange.drop();
        } catch (DalangException e) {
            fail(exchange, null, e.failure());
        } catch (StatusException e) {
            fail(exchange, e.status(), e.failure());
        } catch (RequestException e) {
            int status = e.status().code();
            fail(exchange, status, new Failure.InvalidRequest(String.valueOf(e.getMessage()), null));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, id + " " + exchange.method() + " " + exchange.path() + " failed", e);
            fail(exchange, null, new Failure.Internal("internal error; the server's log has it under " + id));
        }
    }

    /** Pages of origins that are allowed may read answers; whether they may ask is asked before, without a key. */
    private boolean cors(HelidonExchange exchange) {
        String origin = exchange.header("origin");
        if (origin == null || !guard.allowsOrigin(origin)) return false;
        exchange.responseHeader("Access-Control-Allow-Origin", origin);
        exchange.responseHeader("Vary", "Origin");
        exchange.responseHeader("Access-Control-Expose-Headers", EXPOSED);
        if (!exchange.method().equals("OPTIONS") || exchange.header("access-control-request-method") == null)
            return false;
        exchange.responseHeader("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, HEAD");
        String headers = exchange.header("access-control-request-headers");
        if (headers != null && headers.matches("[A-Za-z0-9_, -]{1,1000}")) {
            exchange.responseHeader("Access-Control-Allow-Headers", headers);
        }
        exchange.responseHeader("Access-Control-Max-Age", "600");
        exchange.send(204, "text/plain", new byte[0]);
        return true;
    }

    /** Called now and then: keeps silent streams alive. */
    void tick() {
        long now = System.nanoTime();
        for (HelidonExchange e : open) e.ping(now, SILENCE_NANOS);
    }

    /** Takes nothing more on, and waits for what is under way; what is not done in time is cancelled. */
    void stop(Duration patience) {
        stopping = true;
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (!open.isEmpty()) {
                long left = end - System.nanoTime();
                if (left <= 0) break;
                // Who leaves rings; the time limit is for one who left between the look and the wait.
                boolean _ = idle.tryAcquire(Math.min(left, 100_000_000L), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (HelidonExchange e : open) e.cancel();
    }

    private Caller authorised(HelidonExchange exchange, Scope scope) {
        Caller caller = guard.authenticate(exchange.head());
        exchange.knows(caller);
        if (!caller.may(scope)) {
            throw new DalangException(new Failure.PermissionDenied(
                    "the key \"" + caller.name() + "\" lacks the scope " + scope.word() + " that this needs"));
        }
        if (scope == Scope.INFERENCE) guard.admit(caller, exchange::responseHeader);
        return caller;
    }

    private StatusException unknown(HelidonExchange exchange) {
        Set<String> methods = table.methods(exchange.path());
        if (methods.isEmpty()) return new StatusException(404, "there is no " + exchange.path() + " here");
        exchange.responseHeader("Allow", String.join(", ", methods));
        return new StatusException(
                405, exchange.path() + " takes " + String.join(", ", methods) + ", not " + exchange.method());
    }

    /** @param status null for the dialect's own of this failure */
    private static void fail(HelidonExchange exchange, @Nullable Integer status, Failure failure) {
        try {
            retryAfter(exchange, failure);
            if (failure instanceof Failure.Unauthenticated && !exchange.hasBegun()) {
                exchange.responseHeader("WWW-Authenticate", "Bearer");
            }
            exchange.fail(status, failure);
        } catch (ClientGone e) {
            exchange.drop();
        }
    }

    private static void retryAfter(HelidonExchange exchange, Failure failure) {
        Duration after = switch (failure) {
            case Failure.RateLimited f -> f.retryAfter();
            case Failure.Overloaded f -> f.retryAfter();
            default -> null;
        };
        if (after != null && !exchange.hasBegun()) {
            long seconds = Math.max(1, (after.toMillis() + 999) / 1000);
            exchange.responseHeader("Retry-After", Long.toString(seconds));
        }
    }
}

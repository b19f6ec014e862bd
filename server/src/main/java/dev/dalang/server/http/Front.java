package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.guard.Scope;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What every request goes through: source, caller, route, scope, endpoint, and the form of errors. */
final class Front implements Handler {

    private static final System.Logger LOG = System.getLogger(Front.class.getName());

    /** Who asks for what is open to all. */
    private static final Caller NOBODY = new Caller("", "nobody", EnumSet.noneOf(Scope.class), Set.of());

    private final HttpSettings settings;
    private final Guard guard;
    private final RouteTable table;

    Front(HttpSettings settings, Guard guard, RouteTable table) {
        this.settings = settings;
        this.guard = guard;
        this.table = table;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String id = "req_" + UUID.randomUUID().toString().replace("-", "");
        HelidonExchange exchange = new HelidonExchange(id, request, response, settings.limits());
        exchange.responseHeader("x-request-id", id);
        Dialect dialect = null;
        try {
            guard.checkSource(exchange.head());
            RouteTable.Match match = table.find(exchange.method(), exchange.path());
            dialect = match == null
                    ? table.dialect(exchange.path())
                    : match.route().dialect();
            exchange.errors(dialect == null ? ErrorShape.plain() : dialect.errors());
            if (match == null) {
                guard.authenticate(exchange.head());
                throw unknown(exchange);
            }
            Scope scope = match.route().scope();
            exchange.begin(match.parameters(), scope == null ? NOBODY : authorised(exchange, scope));
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

    private Caller authorised(HelidonExchange exchange, Scope scope) {
        Caller caller = guard.authenticate(exchange.head());
        if (!caller.may(scope)) {
            throw new DalangException(new Failure.PermissionDenied(
                    "the key \"" + caller.name() + "\" lacks the scope " + scope.word() + " that this needs"));
        }
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

package dev.dalang.server.trace;

import dev.dalang.server.guard.Guard.RequestHead;
import dev.dalang.server.http.AccessLog;
import dev.dalang.server.http.RequestTrace;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A span for each HTTP request, by the stable conventions for HTTP servers. */
final class RequestSpans implements RequestTrace {

    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

    /** What probes ask every few seconds would be most of what a collector holds. */
    private static final Set<String> PROBES = Set.of("/health", "/health/ready", "/metrics");

    private static final int NAME_CHARS = 255;

    private final Tracer tracer;

    RequestSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public Open begin(RequestHead head) {
        if (PROBES.contains(head.path())) return Open.NONE;
        Context caller = W3CTraceContextPropagator.getInstance().extract(Context.root(), head, RequestSpans::only);
        String method = METHODS.contains(head.method()) ? head.method() : "_OTHER";
        Span span = tracer.spanBuilder(method.equals("_OTHER") ? "HTTP" : method)
                .setParent(caller)
                .setSpanKind(SpanKind.SERVER)
                .setAttribute("http.request.method", method)
                .setAttribute("url.scheme", head.secure() ? "https" : "http")
                .startSpan();
        address(span, head);
        String agent = first(head, "user-agent");
        if (agent != null) span.setAttribute("user_agent.original", cut(agent));
        return new Request(span, method, caller);
    }

    private record Request(Span span, String method, Context caller) implements Open {
        @Override
        public void during(Runnable work) {
            try (Scope _ = caller.with(span).makeCurrent()) {
                work.run();
            }
        }

        @Override
        public void end(AccessLog.Entry entry) {
            String route = entry.route();
            if (route != null) {
                span.setAttribute("http.route", route);
                if (!method.equals("_OTHER")) span.updateName(method + " " + route);
            }
            span.setAttribute("url.path", cut(entry.path()));
            span.setAttribute("client.address", entry.remote());
            span.setAttribute("http.request.id", entry.id());
            if (entry.left()) span.setAttribute("dalang.client_left", true);
            span.setAttribute("http.response.status_code", (long) entry.status());
            if (entry.status() >= 500) {
                span.setAttribute("error.type", Integer.toString(entry.status()));
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
        }
    }

    /** As the client calls this server. */
    private static void address(Span span, RequestHead head) {
        String host = first(head, "host");
        if (host == null) return;
        int colon = host.lastIndexOf(':');
        boolean port = colon > 0 && host.substring(colon + 1).matches("\\d{1,5}");
        span.setAttribute("server.address", cut(port ? host.substring(0, colon) : host));
        if (port) span.setAttribute("server.port", Long.parseLong(host.substring(colon + 1)));
    }

    private static @Nullable String first(RequestHead head, String name) {
        List<String> all = head.headers(name);
        return all.isEmpty() ? null : all.getFirst();
    }

    private static String cut(String text) {
        return text.length() <= NAME_CHARS ? text : text.substring(0, NAME_CHARS);
    }

    /** Of two that differ nobody knows which is meant. */
    private static @Nullable String only(@Nullable RequestHead head, String name) {
        if (head == null) return null;
        List<String> all = head.headers(name);
        return all.size() == 1 ? all.getFirst() : null;
    }
}

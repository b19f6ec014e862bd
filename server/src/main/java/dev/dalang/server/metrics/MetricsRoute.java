package dev.dalang.server.metrics;

import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Routes;
import java.nio.charset.StandardCharsets;

/** {@code /metrics}, for Prometheus. */
public final class MetricsRoute implements Dialect {

    private final ServerMetrics metrics;

    public MetricsRoute(ServerMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public ErrorShape errors() {
        return ErrorShape.plain();
    }

    @Override
    public void routes(Routes routes) {
        routes.get(
                "/metrics",
                Scope.READ,
                x -> x.send(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        metrics.scrape().getBytes(StandardCharsets.UTF_8)));
    }
}

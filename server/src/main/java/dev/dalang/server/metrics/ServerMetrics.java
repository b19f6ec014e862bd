package dev.dalang.server.metrics;

import dev.dalang.api.ChatModel;
import dev.dalang.engine.generate.SchedulerStats;
import dev.dalang.server.http.AccessLog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * What Prometheus may ask. What vLLM measures too has vLLM's name and labels, so that its users' dashboards and alerts work
 * unchanged; the rest has Micrometer's usual names.
 */
public final class ServerMetrics implements AccessLog {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<Map<String, SchedulerStats>> models;
    private final Map<String, ModelCounters> counters = new ConcurrentHashMap<>();
    private final MultiGauge running = gauge("vllm:num_requests_running", "Requests that are being answered");
    private final MultiGauge waiting = gauge("vllm:num_requests_waiting", "Requests that wait for their turn");
    private final MultiGauge cacheUse =
            gauge("vllm:kv_cache_usage_perc", "Share of the cache that requests under way need; 1 is all");

    /**
     * @param models asked at each scrape for the work of the models in memory
     * @param connections that are open
     */
    public ServerMetrics(Supplier<Map<String, SchedulerStats>> models, IntSupplier connections) {
        this.models = models;
        Gauge.builder("dalang.http.connections", connections::getAsInt)
                .description("Open connections")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** The model, with its answers measured. */
    public ChatModel around(ChatModel model) {
        return new MeasuredModel(model, registry);
    }

    @Override
    public void log(Entry e) {
        Timer.builder("http.server.requests")
                .description("HTTP requests by route")
                .tag("method", e.route() == null ? "OTHER" : e.method())
                // The route, not the path: a scanner must not make a time series of every name it tries.
                .tag("uri", e.route() == null ? "UNKNOWN" : e.route())
                .tag("status", Integer.toString(e.status()))
                .serviceLevelObjectives(Buckets.LATENCY)
                .register(registry)
                .record(e.time());
    }

    /** The exposition format's text (Prometheus 0.0.4). */
    public synchronized String scrape() {
        Map<String, SchedulerStats> now = models.get();
        List<MultiGauge.Row<?>> run = new ArrayList<>();
        List<MultiGauge.Row<?>> wait = new ArrayList<>();
        List<MultiGauge.Row<?>> use = new ArrayList<>();
        now.forEach((name, s) -> {
            Tags tags = Tags.of("model_name", name, "engine", "0");
            run.add(MultiGauge.Row.of(tags, s.running()));
            wait.add(MultiGauge.Row.of(tags, s.waiting()));
            use.add(MultiGauge.Row.of(tags, s.limitBytes() == 0 ? 0 : (double) s.activeBytes() / s.limitBytes()));
            counters.computeIfAbsent(name, n -> new ModelCounters(n, registry)).update(s);
        });
        running.register(run, true);
        waiting.register(wait, true);
        cacheUse.register(use, true);
        return registry.scrape();
    }

    /** Upper ends of histograms. */
    static final class Buckets {
        static final Duration[] LATENCY =
                seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300);
        static final Duration[] TOKEN =
                seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5);
        static final double[] TOKENS = {
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000
        };

        private Buckets() {}

        private static Duration[] seconds(double... values) {
            Duration[] all = new Duration[values.length];
            for (int i = 0; i < values.length; i++) all[i] = Duration.ofNanos(Math.round(values[i] * 1e9));
            return all;
        }
    }
}

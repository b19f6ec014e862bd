package dev.dalang.server.metrics;

import dev.dalang.engine.generate.SchedulerStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Counts of a model's scheduler, which begins anew when the model is loaded anew; a counter must not go back. */
final class ModelCounters {
    private long queries;
    private long hits;
    private long preemptions;
    private @Nullable SchedulerStats last;

    ModelCounters(String model, MeterRegistry registry) {
        counter(registry, model, "vllm:prefix_cache_queries", "Prompt tokens looked for in the cache", c -> c.queries);
        counter(registry, model, "vllm:prefix_cache_hits", "Prompt tokens found in the cache", c -> c.hits);
        counter(
                registry,
                model,
                "vllm:num_preemptions",
                "Times that a request gave way for want of memory",
                c -> c.preemptions);
    }

    private void counter(
            MeterRegistry registry,
            String model,
            String name,
            String description,
            ToDoubleFunction<ModelCounters> value) {
        FunctionCounter.builder(name, this, value)
                .description(description)
                .tags("model_name", model, "engine", "0")
                .register(registry);
    }

    synchronized void update(SchedulerStats now) {
        SchedulerStats before = last == null || now.steps() < last.steps() ? null : last;
        long read = now.promptTokens() - (before == null ? 0 : before.promptTokens());
        long found = now.cachedTokens() - (before == null ? 0 : before.cachedTokens());
        queries += read + found;
        hits += found;
        preemptions += now.preemptions() - (before == null ? 0 : before.preemptions());
        last = now;
    }
}

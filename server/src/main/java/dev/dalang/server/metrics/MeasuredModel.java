package dev.dalang.server.metrics;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.server.metrics.ServerMetrics.Buckets;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.Consumer;

/** Measures answers as vLLM does: to the first token, between tokens, and as a whole. */
final class MeasuredModel implements ChatModel {
    private final ChatModel model;
    private final MeterRegistry registry;
    private final Tags tags;

    MeasuredModel(ChatModel model, MeterRegistry registry) {
        this.model = model;
        this.registry = registry;
        this.tags = Tags.of("model_name", model.name(), "engine", "0");
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public int countTokens(ChatRequest request) {
        return model.countTokens(request);
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Watch watch = new Watch(events);
        boolean finished = false;
        try {
            model.chat(request, cancellation, watch);
            finished = true;
        } finally {
            if (!finished) success("error");
        }
    }

    private final class Watch implements Consumer<ChatEvent> {
        private final Consumer<? super ChatEvent> to;
        private final long start = System.nanoTime();
        private long first;
        private long before;

        Watch(Consumer<? super ChatEvent> to) {
            this.to = to;
        }

        @Override
        public void accept(ChatEvent event) {
            switch (event) {
                case ChatEvent.TextDelta e -> piece();
                case ChatEvent.ReasoningDelta e -> piece();
                case ChatEvent.ToolCallDelta e -> piece();
                case ChatEvent.RefusalDelta e -> piece();
                case ChatEvent.Finished f -> finished(f);
                default -> {}
            }
            to.accept(event);
        }

        private void piece() {
            long now = System.nanoTime();
            if (first == 0) {
                first = now;
                timer("vllm:time_to_first_token", "From the request to its first token", Buckets.LATENCY)
                        .record(Duration.ofNanos(now - start));
            } else {
                timer("vllm:inter_token_latency", "From one piece of an answer to the next", Buckets.TOKEN)
                        .record(Duration.ofNanos(now - before));
            }
            before = now;
        }

        private void finished(ChatEvent.Finished f) {
            long now = System.nanoTime();
            timer("vllm:e2e_request_latency", "From the request to the end of its answer", Buckets.LATENCY)
                    .record(Duration.ofNanos(now - start));
            int written = f.usage().completionTokens();
            if (first != 0 && written > 1) {
                timer(
                                "vllm:request_time_per_output_token",
                                "After the first token, for each further one",
                                Buckets.TOKEN)
                        .record(Duration.ofNanos((now - first) / (written - 1)));
            }
            count(
                    "vllm:prompt_tokens",
                    "Tokens of prompts, cached ones included",
                    f.usage().promptTokens());
            count("vllm:generation_tokens", "Tokens of answers", written);
            summary(
                    "vllm:request_prompt_tokens",
                    "Tokens of a prompt",
                    f.usage().promptTokens());
            summary("vllm:request_generation_tokens", "Tokens of an answer", written);
            success(reason(f.reason()));
        }
    }

    /** In vLLM's words, as far as it has them. */
    private static String reason(FinishReason reason) {
        return switch (reason) {
            case LENGTH -> "length";
            case CANCELLED -> "abort";
            default -> "stop";
        };
    }

    private void success(String reason) {
        Counter.builder("vllm:request_success")
                .description("Requests by how they ended")
                .tags(tags.and("finished_reason", reason))
                .register(registry)
                .increment();
    }

    private Timer timer(String name, String description, Duration[] buckets) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private void summary(String name, String description, double value) {
        DistributionSummary.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(Buckets.TOKENS)
                .register(registry)
                .record(value);
    }

    private void count(String name, String description, double by) {
        Counter.builder(name)
                .description(description)
                .tags(tags)
                .register(registry)
                .increment(by);
    }
}

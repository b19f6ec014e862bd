package dev.dalang.server.trace;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Usage;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model whose every answer has a span, by the GenAI semantic conventions ({@code gen_ai.client.inference}, of 2026,
 * conventions 1.44). What is asked and answered is in it only where the user wants that.
 */
final class TracedModel implements ChatModel {

    private final ChatModel model;
    private final ModelSpans spans;

    /** The request that this model is made for; an answer may be computed on another thread. */
    private final Context madeIn = Context.current();

    TracedModel(ChatModel model, ModelSpans spans) {
        this.model = model;
        this.spans = spans;
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
        Context parent = ModelSpans.parent(madeIn);
        Span span = begin(request, parent);
        Watch watch = new Watch(span, spans.contents() ? new ResponseCollector() : null, events);
        try (Scope _ = parent.with(span).makeCurrent()) {
            model.chat(request, cancellation, watch);
        } catch (RuntimeException | Error e) {
            spans.failed(span, e);
            throw e;
        } finally {
            span.end();
        }
    }

    private Span begin(ChatRequest request, Context parent) {
        String operation = request.prompt() instanceof Prompt.Conversation ? "chat" : "text_completion";
        SpanBuilder b = spans.begin(operation, parent);
        Sampling s = request.sampling();
        number(b, "gen_ai.request.temperature", s.temperature());
        number(b, "gen_ai.request.top_p", s.topP());
        number(b, "gen_ai.request.frequency_penalty", s.frequencyPenalty());
        number(b, "gen_ai.request.presence_penalty", s.presencePenalty());
        if (s.topK() != null) b.setAttribute("gen_ai.request.top_k", (long) s.topK());
        if (s.seed() != null) b.setAttribute("gen_ai.request.seed", s.seed());
        if (request.maxTokens() != null) b.setAttribute("gen_ai.request.max_tokens", (long) request.maxTokens());
        if (!request.stop().isEmpty()) {
            b.setAttribute(AttributeKey.stringArrayKey("gen_ai.request.stop_sequences"), request.stop());
        }
        if (request.reasoning().effort() != null) {
            b.setAttribute(
                    "gen_ai.request.reasoning.level",
                    request.reasoning().effort().name().toLowerCase(Locale.ROOT));
        }
        String output = output(request.responseFormat());
        if (output != null) b.setAttribute("gen_ai.output.type", output);
        Span span = b.startSpan();
        if (spans.contents() && span.isRecording()) {
            Contents.Cut asked = Contents.asked(request.prompt());
            span.setAttribute("gen_ai.input.messages", asked.json());
            if (asked.leftOut() > 0) span.setAttribute("dalang.input.messages_left_out", (long) asked.leftOut());
        }
        return span;
    }

    private static void number(SpanBuilder b, String name, @Nullable Float value) {
        // By its decimal digits: 0.7f is 0.7, not 0.699999988.
        if (value != null) b.setAttribute(name, Double.parseDouble(value.toString()));
    }

    private static @Nullable String output(ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.JsonObject f -> "json";
            case ResponseFormat.JsonSchema f -> "json";
            default -> null;
        };
    }

    private static final class Watch implements Consumer<ChatEvent> {
        private final Span span;
        private final @Nullable ResponseCollector answer;
        private final Consumer<? super ChatEvent> to;
        private final long start = System.nanoTime();
        private boolean begun;

        Watch(Span span, @Nullable ResponseCollector answer, Consumer<? super ChatEvent> to) {
            this.span = span;
            this.answer = answer;
            this.to = to;
        }

        @Override
        public void accept(ChatEvent event) {
            if (answer != null) answer.accept(event);
            switch (event) {
                case ChatEvent.Started e -> {
                    span.setAttribute("gen_ai.response.id", e.id());
                    span.setAttribute("gen_ai.response.model", e.model());
                }
                case ChatEvent.TextDelta e -> piece();
                case ChatEvent.ReasoningDelta e -> piece();
                case ChatEvent.ToolCallStarted e -> piece();
                case ChatEvent.RefusalDelta e -> piece();
                // A code alone: what there is to say may quote the prompt.
                case ChatEvent.Notice e -> span.addEvent("dalang.notice." + e.code());
                case ChatEvent.Finished e -> finished(e);
                default -> {}
            }
            to.accept(event);
        }

        private void piece() {
            if (begun) return;
            begun = true;
            span.setAttribute("gen_ai.response.time_to_first_chunk", (System.nanoTime() - start) / 1e9);
        }

        private void finished(ChatEvent.Finished e) {
            span.setAttribute(
                    AttributeKey.stringArrayKey("gen_ai.response.finish_reasons"), List.of(reason(e.reason())));
            Usage u = e.usage();
            span.setAttribute("gen_ai.usage.input_tokens", (long) u.promptTokens());
            span.setAttribute("gen_ai.usage.output_tokens", (long) u.completionTokens());
            if (u.cachedTokens() > 0) {
                span.setAttribute("gen_ai.usage.cache_read.input_tokens", (long) u.cachedTokens());
            }
            if (u.cacheWriteTokens() > 0) {
                span.setAttribute("gen_ai.usage.cache_write.input_tokens", (long) u.cacheWriteTokens());
            }
            if (u.reasoningTokens() > 0) {
                span.setAttribute("gen_ai.usage.reasoning.output_tokens", (long) u.reasoningTokens());
            }
            if (answer != null) {
                span.setAttribute("gen_ai.output.messages", Contents.answered(answer.response(), reason(e.reason())));
            }
        }
    }

    /** In OpenAI's words, which most dashboards know, as far as it has them. */
    private static String reason(FinishReason reason) {
        return switch (reason) {
            case END_OF_TURN, STOP_SEQUENCE -> "stop";
            case LENGTH, CONTEXT_FULL -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
            case REFUSAL -> "refusal";
            case PAUSED -> "paused";
            case CANCELLED -> "cancelled";
        };
    }
}

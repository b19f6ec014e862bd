package dev.dalang.server.trace;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;

/**
 * A model whose every batch of vectors has a span, by the GenAI semantic conventions ({@code gen_ai.client.embeddings}, of
 * 2026, conventions 1.44). They have no place for texts or vectors, so neither is ever in it.
 */
final class TracedEmbeddings implements EmbeddingModel {

    private final EmbeddingModel model;
    private final ModelSpans spans;

    /** The request that this model is made for; vectors may be computed on another thread. */
    private final Context madeIn = Context.current();

    TracedEmbeddings(EmbeddingModel model, ModelSpans spans) {
        this.model = model;
        this.spans = spans;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public int dimensions() {
        return model.dimensions();
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
        Context parent = ModelSpans.parent(madeIn);
        Span span = spans.begin("embeddings", parent).startSpan();
        try (Scope _ = parent.with(span).makeCurrent()) {
            EmbeddingResponse response = model.embed(request, cancellation);
            answered(span, response);
            return response;
        } catch (RuntimeException | Error e) {
            spans.failed(span, e);
            throw e;
        } finally {
            span.end();
        }
    }

    private static void answered(Span span, EmbeddingResponse response) {
        span.setAttribute("gen_ai.response.model", response.model());
        if (!response.vectors().isEmpty()) {
            span.setAttribute("gen_ai.embeddings.dimension.count", (long)
                    response.vectors().getFirst().length);
        }
        // Not every provider counts.
        if (response.usage().promptTokens() > 0) {
            span.setAttribute(
                    "gen_ai.usage.input_tokens", (long) response.usage().promptTokens());
        }
        // A code alone: what there is to say may quote a text.
        for (ChatEvent.Notice n : response.notices()) span.addEvent("dalang.notice." + n.code());
    }
}

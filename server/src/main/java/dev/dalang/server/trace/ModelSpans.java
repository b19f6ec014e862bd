package dev.dalang.server.trace;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Locale;

/**
 * What spans of questions to one model have in common, whatever is asked of it.
 *
 * @param contents whether what is asked and answered may be in them
 */
record ModelSpans(String model, ModelPlace place, Tracer tracer, boolean contents) {

    /** @param operation {@code gen_ai.operation.name}; the span is named after it and the model */
    SpanBuilder begin(String operation, Context parent) {
        SpanBuilder b = tracer.spanBuilder(operation + " " + model)
                .setParent(parent)
                .setSpanKind(place.host() == null ? SpanKind.INTERNAL : SpanKind.CLIENT)
                .setAttribute("gen_ai.operation.name", operation)
                .setAttribute("gen_ai.provider.name", place.provider())
                .setAttribute("gen_ai.request.model", model);
        if (place.host() != null) {
            b.setAttribute("server.address", place.host());
            b.setAttribute("server.port", (long) place.port());
        }
        return b;
    }

    /** The request that is served on this thread, or the one that {@code madeIn} belongs to. */
    static Context parent(Context madeIn) {
        Context here = Context.current();
        return Span.fromContext(here).getSpanContext().isValid() ? here : madeIn;
    }

    void failed(Span span, Throwable e) {
        span.setAttribute(
                "error.type",
                e instanceof DalangException d
                        ? type(d.failure())
                        : e.getClass().getName());
        // A message may quote what was asked.
        if (contents) span.setStatus(StatusCode.ERROR, String.valueOf(e.getMessage()));
        else span.setStatus(StatusCode.ERROR);
    }

    /** A few words for all failures, or the status that a provider answered with. */
    private static String type(Failure failure) {
        if (failure instanceof Failure.Upstream u && u.status() > 0) return Integer.toString(u.status());
        if (failure instanceof Failure.TimedOut) return "timeout";
        String name = failure.getClass().getSimpleName();
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}

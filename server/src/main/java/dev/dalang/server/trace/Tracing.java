package dev.dalang.server.trace;

import dev.dalang.api.ChatModel;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.net.Http;
import dev.dalang.server.http.RequestTrace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces (OpenTelemetry): a span for each request and one for each question to a model, by the semantic conventions of HTTP
 * and of generative AI, sent with OTLP. Spans wait in a queue of a fixed length; what does not fit, or cannot be sent, is
 * lost, and no answer waits for it.
 */
public final class Tracing implements AutoCloseable {

    /** Without contents a span is about 2 KiB. */
    private static final int QUEUED_SPANS = 2048;

    /** With contents one may be {@link Contents#MOST_CHARS} long, twice. */
    private static final int QUEUED_SPANS_WITH_CONTENTS = 256;

    private static final int BATCH_SPANS = 128;
    private static final Duration BATCH_DELAY = Duration.ofSeconds(2);
    private static final Duration EXPORT_TIME = Duration.ofSeconds(15);
    private static final int LAST_EXPORT_SECONDS = 5;

    /**
     * @param endpoint of the collector, as in {@code OTEL_EXPORTER_OTLP_ENDPOINT}: {@code /v1/traces} is below it
     * @param headers for the collector alone, such as its key
     * @param contents whether prompts and answers are in the spans
     * @param version of this program
     */
    public record Settings(URI endpoint, Map<String, String> headers, boolean contents, String version) {
        public Settings {
            headers = Map.copyOf(headers);
        }

        /** Where traces go. */
        URI traces() {
            String text = endpoint.toString();
            while (text.endsWith("/")) text = text.substring(0, text.length() - 1);
            return URI.create(text.endsWith("/v1/traces") ? text : text + "/v1/traces");
        }
    }

    private final @Nullable SdkTracerProvider provider;
    private final @Nullable Tracer tracer;
    private final boolean contents;

    private Tracing(@Nullable SdkTracerProvider provider, boolean contents) {
        this.provider = provider;
        this.tracer = provider == null ? null : provider.get("dev.dalang");
        this.contents = contents;
    }

    /** Traces nothing. */
    public static Tracing off() {
        return new Tracing(null, false);
    }

    /** @param http which may reach the collector; stays open until this is closed */
    public static Tracing to(Settings settings, Http http) {
        int queued = settings.contents() ? QUEUED_SPANS_WITH_CONTENTS : QUEUED_SPANS;
        BatchSpanProcessor processor = BatchSpanProcessor.builder(new NetSpanExporter(settings, http))
                .setMaxQueueSize(queued)
                .setMaxExportBatchSize(Math.min(BATCH_SPANS, queued))
                .setScheduleDelay(BATCH_DELAY)
                .setExporterTimeout(EXPORT_TIME)
                .build();
        Attributes who = Attributes.of(
                AttributeKey.stringKey("service.name"),
                "dalang",
                AttributeKey.stringKey("service.version"),
                settings.version());
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(who)))
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(Contents.MOST_CHARS + 1024)
                        .build())
                .addSpanProcessor(processor)
                .build();
        return new Tracing(provider, settings.contents());
    }

    /** Spans of HTTP requests; a caller's {@code traceparent} is gone on with. */
    public RequestTrace requests() {
        return tracer == null ? RequestTrace.NONE : new RequestSpans(tracer);
    }

    /** A model whose answers have spans. Within the request that it is made for, their parent is that request's. */
    public ChatModel around(ChatModel model, ModelPlace place) {
        return tracer == null ? model : new TracedModel(model, new ModelSpans(model.name(), place, tracer, contents));
    }

    /** The same for vectors. */
    public EmbeddingModel around(EmbeddingModel model, ModelPlace place) {
        return tracer == null
                ? model
                : new TracedEmbeddings(model, new ModelSpans(model.name(), place, tracer, contents));
    }

    /** Sends what waits, for as long as a few seconds. */
    @Override
    public void close() {
        if (provider == null) return;
        var _ = provider.shutdown().join(LAST_EXPORT_SECONDS, TimeUnit.SECONDS);
    }
}

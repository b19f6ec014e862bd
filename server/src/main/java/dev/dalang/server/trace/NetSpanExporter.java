package dev.dalang.server.trace;

import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.Patience;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends spans with OTLP over HTTP (protobuf) through the house's one client, whose rules and log hold for them too. OpenTelemetry's
 * own senders would open connections that nobody sees.
 */
final class NetSpanExporter implements SpanExporter {

    private static final System.Logger LOG = System.getLogger(NetSpanExporter.class.getName());

    /** A collector's answer is a few words. */
    private static final long MOST_ANSWER_BYTES = 64 << 10;

    private static final int ATTEMPTS = 2;
    private static final Patience PATIENCE =
            new Patience(Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(12));

    private final Tracing.Settings settings;
    private final Http http;

    /** Since the last batch that arrived. */
    private final AtomicLong lost = new AtomicLong();

    NetSpanExporter(Tracing.Settings settings, Http http) {
        this.settings = settings;
        this.http = http;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        try {
            send(message(spans));
            long before = lost.getAndSet(0);
            if (before > 0) LOG.log(Level.WARNING, "traces are sent again; " + before + " spans are lost");
            return CompletableResultCode.ofSuccess();
        } catch (IOException | RuntimeException e) {
            // Said once, not for every batch.
            if (lost.getAndAdd(spans.size()) == 0) LOG.log(Level.WARNING, "traces are not sent: " + e.getMessage());
            return CompletableResultCode.ofFailure();
        }
    }

    private static byte[] message(Collection<SpanData> spans) throws IOException {
        TraceRequestMarshaler message = TraceRequestMarshaler.create(spans);
        ByteArrayOutputStream out = new ByteArrayOutputStream(message.getBinarySerializedSize());
        message.writeBinaryTo(out);
        return out.toByteArray();
    }

    private void send(byte[] message) throws IOException {
        Request request = Request.post(settings.traces(), message, "traces", MOST_ANSWER_BYTES)
                .header("Content-Type", "application/x-protobuf")
                .attempts(ATTEMPTS)
                .patience(PATIENCE);
        for (var header : settings.headers().entrySet()) request = request.secret(header.getKey(), header.getValue());
        try (Response response = http.send(request)) {
            byte[] said = response.bytes();
            if (!response.ok()) {
                throw new IOException("the collector at " + settings.traces().getHost() + " answers with status "
                        + response.status() + " and " + said.length + " bytes");
            }
        } catch (NetException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public CompletableResultCode flush() {
        return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
    }
}

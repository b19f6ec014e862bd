package dev.dalang.cli;

import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An OpenTelemetry collector on this machine, which reads what comes with OpenTelemetry's own protocol classes. */
final class OtlpCollector implements AutoCloseable {

    final List<Span> spans = new CopyOnWriteArrayList<>();
    final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    final List<String> keys = new CopyOnWriteArrayList<>();
    final Map<String, String> resource = new TreeMap<>();
    final AtomicInteger requests = new AtomicInteger();
    volatile int status = 200;
    private final TestServer server = TestServer.plain().on("/v1/traces", this::take);

    String address() {
        return "http://localhost:" + server.port();
    }

    private void take(Exchange x) throws IOException {
        if (status == 200) {
            if (!"application/x-protobuf".equals(x.headers().get("content-type")))
                throw new IOException("not protobuf");
            bodies.add(x.body());
            keys.add(String.valueOf(x.headers().get("api-key")));
            ExportTraceServiceRequest.parseFrom(x.body()).getResourceSpansList().forEach(r -> {
                resource.putAll(attributes(r.getResource().getAttributesList()));
                r.getScopeSpansList().forEach(s -> spans.addAll(s.getSpansList()));
            });
        }
        requests.incrementAndGet();
        x.bytes(status, new byte[0]);
    }

    /** The spans of this name; there may be others. */
    List<Span> named(String name) {
        return spans.stream().filter(s -> s.getName().equals(name)).toList();
    }

    static Map<String, String> attributes(Span span) {
        return attributes(span.getAttributesList());
    }

    private static Map<String, String> attributes(List<KeyValue> list) {
        Map<String, String> all = new TreeMap<>();
        for (KeyValue a : list) all.put(a.getKey(), text(a.getValue()));
        return all;
    }

    private static String text(AnyValue v) {
        return switch (v.getValueCase()) {
            case STRING_VALUE -> v.getStringValue();
            case INT_VALUE -> Long.toString(v.getIntValue());
            case DOUBLE_VALUE -> Double.toString(v.getDoubleValue());
            case BOOL_VALUE -> Boolean.toString(v.getBoolValue());
            case ARRAY_VALUE ->
                v.getArrayValue().getValuesList().stream()
                        .map(OtlpCollector::text)
                        .toList()
                        .toString();
            default -> v.toString();
        };
    }

    /** Whether some bytes that came hold this text. */
    boolean holds(String text) {
        return bodies.stream().anyMatch(b -> new String(b, StandardCharsets.UTF_8).contains(text));
    }

    static String hex(com.google.protobuf.ByteString bytes) {
        return java.util.HexFormat.of().formatHex(bytes.toByteArray());
    }

    @Override
    public void close() {
        server.close();
    }
}

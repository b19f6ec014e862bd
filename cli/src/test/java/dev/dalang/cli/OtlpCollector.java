package dev.dalang.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
    private final HttpServer server;

    OtlpCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String address() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private void take(HttpExchange x) throws IOException {
        try (x) {
            byte[] body = x.getRequestBody().readAllBytes();
            if (status == 200) {
                if (!"application/x-protobuf".equals(x.getRequestHeaders().getFirst("Content-Type"))) {
                    throw new IOException("not protobuf");
                }
                bodies.add(body);
                keys.add(String.valueOf(x.getRequestHeaders().getFirst("api-key")));
                ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().forEach(r -> {
                    resource.putAll(attributes(r.getResource().getAttributesList()));
                    r.getScopeSpansList().forEach(s -> spans.addAll(s.getSpansList()));
                });
            }
            requests.incrementAndGet();
            x.sendResponseHeaders(status, -1);
        }
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
        server.stop(0);
    }
}

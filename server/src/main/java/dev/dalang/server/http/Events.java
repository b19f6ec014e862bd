package dev.dalang.server.http;

import dev.dalang.api.Failure;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/** Server-sent events over a stream of bytes. */
final class Events implements EventStream {
    private final StreamOut out;
    private final ErrorShape errors;
    private final String requestId;

    Events(StreamOut out, ErrorShape errors, String requestId) {
        this.out = out;
        this.errors = errors;
        this.requestId = requestId;
        out.failures((shape, failure, id) -> write(shape.midStreamEvent(), Json.text(shape.midStream(failure, id))));
    }

    @Override
    public void data(JsonNode data) {
        write(null, Json.text(data));
    }

    @Override
    public void data(String text) {
        write(null, text);
    }

    @Override
    public void event(String event, JsonNode data) {
        write(event, Json.text(data));
    }

    @Override
    public void comment(String text) {
        out.write((": " + text.replaceAll("[\r\n]", " ") + "\n\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void fail(Failure failure) {
        out.failure(errors, failure, requestId);
        out.end();
    }

    private void write(@org.jspecify.annotations.Nullable String event, String data) {
        StringBuilder text = new StringBuilder(data.length() + 32);
        if (event != null) text.append("event: ").append(event).append('\n');
        lines(data, text);
        out.write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A line of data for each line of the text: a client joins them again. JSON has one, so that nothing is searched twice. */
    private static void lines(String data, StringBuilder to) {
        int from = 0;
        for (int end; (end = lineEnd(data, from)) < data.length(); ) {
            to.append("data: ").append(data, from, end).append('\n');
            from = data.startsWith("\r\n", end) ? end + 2 : end + 1;
        }
        to.append("data: ").append(data, from, data.length()).append('\n');
    }

    private static int lineEnd(String data, int from) {
        for (int i = from; i < data.length(); i++) {
            char c = data.charAt(i);
            if (c == '\n' || c == '\r') return i;
        }
        return data.length();
    }
}

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
        for (String line : data.split("\r\n|\r|\n", -1))
            text.append("data: ").append(line).append('\n');
        out.write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
}

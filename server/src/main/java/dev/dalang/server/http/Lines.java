package dev.dalang.server.http;

import dev.dalang.api.Failure;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/** Lines of JSON over a stream of bytes. */
final class Lines implements LineStream {
    private final StreamOut out;
    private final ErrorShape errors;
    private final String requestId;

    Lines(StreamOut out, ErrorShape errors, String requestId) {
        this.out = out;
        this.errors = errors;
        this.requestId = requestId;
        out.failures((shape, failure, id) -> line(shape.midStream(failure, id)));
    }

    @Override
    public void line(JsonNode line) {
        out.write((Json.text(line) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void fail(Failure failure) {
        out.failure(errors, failure, requestId);
        out.end();
    }
}

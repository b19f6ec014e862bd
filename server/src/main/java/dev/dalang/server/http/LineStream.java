package dev.dalang.server.http;

import dev.dalang.api.Failure;
import tools.jackson.databind.JsonNode;

/**
 * Lines of JSON ({@code application/x-ndjson}), each sent at once. Safe for several threads. When the client has left,
 * every method throws {@link ClientGone}, which an endpoint lets pass.
 */
public interface LineStream {

    void line(JsonNode line);

    /** The dialect's error in the middle of a stream. Nothing may follow. */
    void fail(Failure failure);
}

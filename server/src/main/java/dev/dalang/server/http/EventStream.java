package dev.dalang.server.http;

import dev.dalang.api.Failure;
import tools.jackson.databind.JsonNode;

/**
 * Server-sent events (WHATWG HTML, "Server-sent events"), each sent at once; after 15 seconds of
 * silence a comment goes out by itself. Safe for several threads. When the client has
 * left, every method throws {@link ClientGone}, which an endpoint lets pass.
 */
public interface EventStream {

    /** {@code data: …} */
    void data(JsonNode data);

    /** {@code data: …}, for what is no JSON, such as {@code [DONE]}; lines become several {@code data:} of one event. */
    void data(String text);

    /** {@code event: …} and {@code data: …} */
    void event(String event, JsonNode data);

    /** A comment, which clients skip. */
    void comment(String text);

    /** The dialect's error in the middle of a stream. Nothing may follow. */
    void fail(Failure failure);
}

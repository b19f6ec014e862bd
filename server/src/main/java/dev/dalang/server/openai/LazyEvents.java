package dev.dalang.server.openai;

import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A stream that begins with its first event, so that what fails before is answered with the status that it deserves.
 * Safe for several threads.
 */
public final class LazyEvents {

    private final Exchange exchange;
    private @Nullable EventStream stream;

    public LazyEvents(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Chat's form: data without a name. */
    public synchronized void data(JsonNode data) {
        open().data(data);
    }

    /** Responses' form: the event's type is its name too. */
    public synchronized void event(String name, JsonNode data) {
        open().event(name, data);
    }

    /** A comment that shows a proxy that somebody is there, while a long prompt is read. */
    public synchronized void progress(int done, int total) {
        if (stream != null && done < total) stream.comment("prompt " + done + "/" + total);
    }

    /** The chat dialect's end of a stream. */
    public synchronized void done() {
        open().data("[DONE]");
    }

    private EventStream open() {
        EventStream s = stream;
        if (s == null) {
            s = exchange.events();
            stream = s;
        }
        return s;
    }
}

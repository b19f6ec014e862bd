package dev.dalang.server.ollama;

import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.pull.PullWatch;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * How long work goes, as lines of {@code {"status": …}}: {@code /api/pull} and {@code /api/create}. Where no stream is wanted
 * only the end is said.
 */
final class StatusLines implements PullWatch {

    private static final long PERIOD_NANOS = 200_000_000;

    private final Exchange exchange;
    private final AnswerEndpoints.@Nullable Lazy out;
    private Plan.@Nullable PlannedFile file;
    private long done;
    private long said;

    StatusLines(Exchange exchange, boolean stream) {
        this.exchange = exchange;
        this.out = stream ? new AnswerEndpoints.Lazy(exchange) : null;
    }

    @Override
    public synchronized void status(String words) {
        line(Json.object().put("status", words));
    }

    @Override
    public synchronized void begins(Plan.PlannedFile f, long already) {
        file = f;
        done = already;
        progress(f);
    }

    @Override
    public synchronized void came(Plan.PlannedFile f, long bytes) {
        done += bytes;
        long now = System.nanoTime();
        if (now - said < PERIOD_NANOS) return;
        said = now;
        progress(f);
    }

    @Override
    public synchronized void verifies(Plan.PlannedFile f) {
        progress(f);
        status(VERIFIES);
    }

    /** The end of it. */
    synchronized void success() {
        ObjectNode end = Json.object().put("status", SUCCESS);
        if (out == null) exchange.send(200, end);
        else line(end);
    }

    /** Ends the work when nobody waits for it any more. */
    void wanted() {
        if (exchange.cancellation().isCancelled()) throw new CancellationException("the client has left");
    }

    private void progress(Plan.PlannedFile f) {
        if (file != f) return;
        ObjectNode line = Json.object().put("status", PullWatch.pulling(f)).put("digest", PullWatch.digest(f));
        line(line.put("total", f.bytes()).put("completed", Math.max(0, Math.min(done, f.bytes()))));
    }

    private void line(ObjectNode line) {
        if (out != null) out.accept(line);
    }
}

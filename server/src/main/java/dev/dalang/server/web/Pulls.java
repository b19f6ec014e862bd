package dev.dalang.server.web;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.server.http.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Downloads that go on whether somebody watches or not; one for each model at a time. */
final class Pulls implements AutoCloseable {

    /** How a download stands. */
    private static final class Pull implements Shelf.Watch {
        final String name;
        final Cancellation cancellation = new Cancellation();
        volatile String status = "starting";
        volatile String state = "running";
        volatile long done;
        volatile long total;
        volatile long speed;
        volatile @Nullable JsonNode consent;
        private long lastNanos = System.nanoTime();
        private long lastDone = -1;

        Pull(String name) {
            this.name = name;
        }

        @Override
        public void status(String line) {
            status = line;
        }

        @Override
        public void consent(JsonNode licence) {
            consent = licence;
        }

        @Override
        public synchronized void bytes(long here, long all) {
            done = here;
            total = all;
            long now = System.nanoTime();
            if (lastDone < 0) {
                lastDone = here;
                lastNanos = now;
            }
            if (now - lastNanos < 1_000_000_000L) return;
            long latest = Math.max(0, here - lastDone) * 1_000_000_000L / (now - lastNanos);
            speed = speed == 0 ? latest : (speed * 3 + latest) / 4;
            lastDone = here;
            lastNanos = now;
        }
    }

    private final Shelf shelf;
    private final Map<String, Pull> pulls = new LinkedHashMap<>();

    Pulls(Shelf shelf) {
        this.shelf = shelf;
    }

    /** Starts a download, or goes on with one that was paused; one that is under way is left alone. */
    synchronized void start(String name, @Nullable String quantisation, Set<String> accepted) {
        Pull before = pulls.get(name);
        if (before != null && before.state.equals("running")) return;
        Pull pull = new Pull(name);
        pulls.put(name, pull);
        Thread.ofVirtual().name("dalang-pull").start(() -> run(pull, quantisation, accepted));
    }

    private void run(Pull pull, @Nullable String quantisation, Set<String> accepted) {
        try {
            shelf.pull(pull.name, quantisation, accepted, pull, pull.cancellation);
            pull.state = pull.cancellation.isCancelled() ? "paused" : "done";
        } catch (DalangException e) {
            // What the page offers instead of a flag stands beside the message.
            pull.status = e.failure().message().replaceFirst("(?s): read \\S+, then add --accept-licence.*", "");
            pull.state = pull.cancellation.isCancelled() ? "paused" : "failed";
        } catch (RuntimeException e) {
            System.getLogger(Pulls.class.getName()).log(System.Logger.Level.ERROR, "pull of " + pull.name, e);
            pull.status = "internal error; the server's log has it";
            pull.state = pull.cancellation.isCancelled() ? "paused" : "failed";
        }
    }

    /** What came stays on the disk. */
    synchronized void pause(String name) {
        Pull pull = pulls.get(name);
        if (pull != null && pull.state.equals("running")) pull.cancellation.cancel();
    }

    /** Takes one that ended off the list. */
    synchronized void forget(String name) {
        Pull pull = pulls.get(name);
        if (pull != null && !pull.state.equals("running")) pulls.remove(name);
    }

    synchronized ArrayNode list() {
        ArrayNode all = Json.array();
        for (Pull p : pulls.values()) {
            ObjectNode node =
                    Json.object().put("name", p.name).put("state", p.state).put("status", p.status);
            JsonNode consent = p.consent;
            if (consent != null) node.set("consent", consent);
            all.add(node.put("done", p.done).put("total", p.total).put("speed", p.speed));
        }
        return all;
    }

    @Override
    public synchronized void close() {
        pulls.values().forEach(p -> p.cancellation.cancel());
    }
}

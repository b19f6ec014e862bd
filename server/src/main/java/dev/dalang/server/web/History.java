package dev.dalang.server.web;

import dev.dalang.server.http.Json;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How busy the server was in the last half hour: a sample every few seconds. */
final class History implements AutoCloseable {

    private static final long EVERY_MILLIS = 3000;
    private static final int KEPT = 600;

    private record Sample(long millis, double answer, double prompt, int running, int waiting, long bytes) {}

    private final Supplier<MachineRoom.Counters> counters;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Thread sampler;

    History(Supplier<MachineRoom.Counters> counters) {
        this.counters = counters;
        this.sampler = Thread.ofVirtual().name("dalang-history").start(this::run);
    }

    private void run() {
        try {
            MachineRoom.Counters before = counters.get();
            long beforeNanos = System.nanoTime();
            while (true) {
                Thread.sleep(EVERY_MILLIS);
                MachineRoom.Counters now = counters.get();
                long nanos = System.nanoTime();
                add(before, now, (nanos - beforeNanos) / 1e9);
                before = now;
                beforeNanos = nanos;
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            System.getLogger(History.class.getName()).log(System.Logger.Level.WARNING, "no more history", e);
        }
    }

    /** Sums go back when a model is unloaded; that is no speed. */
    void add(MachineRoom.Counters before, MachineRoom.Counters now, double seconds) {
        Sample s = new Sample(
                System.currentTimeMillis(),
                Math.max(0, now.answerTokens() - before.answerTokens()) / seconds,
                Math.max(0, now.promptTokens() - before.promptTokens()) / seconds,
                now.running(),
                now.waiting(),
                now.modelBytes() + now.cacheBytes());
        synchronized (samples) {
            samples.add(s);
            if (samples.size() > KEPT) samples.remove();
        }
    }

    /** Columns, as a plot wants them. */
    ObjectNode tree() {
        ArrayNode time = Json.array();
        ArrayNode answer = Json.array();
        ArrayNode prompt = Json.array();
        ArrayNode running = Json.array();
        ArrayNode waiting = Json.array();
        ArrayNode bytes = Json.array();
        synchronized (samples) {
            for (Sample s : samples) {
                time.add(s.millis() / 1000);
                answer.add(Math.round(s.answer() * 10) / 10.0);
                prompt.add(Math.round(s.prompt() * 10) / 10.0);
                running.add(s.running());
                waiting.add(s.waiting());
                bytes.add(s.bytes());
            }
        }
        ObjectNode tree = Json.object();
        tree.set("time", time);
        tree.set("answer", answer);
        tree.set("prompt", prompt);
        tree.set("running", running);
        tree.set("waiting", waiting);
        tree.set("bytes", bytes);
        return tree;
    }

    @Override
    public void close() {
        sampler.interrupt();
    }
}

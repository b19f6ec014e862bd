package dev.dalang.server.responses;

import dev.dalang.api.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** A response that is computed in the background, and its events so far, which any number of clients may follow. */
final class Running {

    private final Cancellation cancellation = new Cancellation();
    private final List<ObjectNode> events = new ArrayList<>();
    private boolean over;
    private volatile boolean forgotten;

    Cancellation cancellation() {
        return cancellation;
    }

    /** Nothing of it is to be kept any more. */
    void forget() {
        forgotten = true;
        cancellation.cancel();
    }

    boolean isForgotten() {
        return forgotten;
    }

    synchronized void add(ObjectNode event) {
        events.add(event);
        notifyAll();
    }

    synchronized List<ObjectNode> events() {
        return List.copyOf(events);
    }

    /** No further event will come. */
    synchronized void end() {
        over = true;
        notifyAll();
    }

    /** Hands out the events after a place, as they come, until the last one or until {@code client} leaves. */
    void follow(int after, Cancellation client, Consumer<ObjectNode> to) {
        int next = after + 1;
        try (Cancellation.Registration _ = client.onCancel(this::wake)) {
            while (true) {
                List<ObjectNode> ready = ready(next, client);
                if (ready.isEmpty()) return;
                ready.forEach(to);
                next += ready.size();
            }
        }
    }

    /** The events from a place on, at least one; none where it is over, or the client has left. */
    private synchronized List<ObjectNode> ready(int next, Cancellation client) {
        try {
            while (next >= events.size() && !over && !client.isCancelled()) wait();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (client.isCancelled() || next >= events.size()) return List.of();
        return List.copyOf(events.subList(next, events.size()));
    }

    /** Waits until it is over, or until {@code client} leaves. */
    void await(Cancellation client) {
        try (Cancellation.Registration _ = client.onCancel(this::wake)) {
            synchronized (this) {
                while (!over && !client.isCancelled()) wait();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while a response was followed", e);
    }
}

package dev.dalang.gateway.route;

import dev.dalang.api.ChatEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes an attempt's events on from its first piece; what comes before is held back, so that another model may still take
 * over with a beginning of its own.
 */
final class Relay implements Consumer<ChatEvent> {

    private final Consumer<? super ChatEvent> events;
    private final Supplier<ChatEvent.@Nullable Notice> begin;
    private final Watch watch;
    private final Clockwork clock;
    private final long begunNanos;
    private final List<ChatEvent> held = new ArrayList<>();
    private volatile boolean begun;
    private boolean finished;
    private long firstNanos = -1;

    /** @param begin called once, before anything is passed on; what it says comes right after the beginning, or nothing */
    Relay(
            Consumer<? super ChatEvent> events,
            Supplier<ChatEvent.@Nullable Notice> begin,
            Watch watch,
            Clockwork clock) {
        this.events = events;
        this.begin = begin;
        this.watch = watch;
        this.clock = clock;
        this.begunNanos = clock.nanos();
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> pass(e);
            case ChatEvent.Notice e -> pass(e);
            case ChatEvent.PromptProgress e -> {
                watch.piece();
                pass(e);
            }
            case ChatEvent.Finished e -> {
                // Cut off by the watch: that is a failure, and no end.
                if (watch.expired()) return;
                begin();
                finished = true;
                events.accept(e);
            }
            default -> {
                watch.piece();
                if (firstNanos < 0) firstNanos = clock.nanos() - begunNanos;
                begin();
                events.accept(event);
            }
        }
    }

    private void pass(ChatEvent event) {
        if (begun) events.accept(event);
        else held.add(event);
    }

    private void begin() {
        if (begun) return;
        begun = true;
        ChatEvent.Notice said = begin.get();
        List<ChatEvent> early = List.copyOf(held);
        held.clear();
        for (ChatEvent e : early) {
            events.accept(e);
            if (said != null && e instanceof ChatEvent.Started) events.accept(said);
        }
    }

    boolean begun() {
        return begun;
    }

    boolean finished() {
        return finished;
    }

    /** Nanoseconds to the first piece, or -1. */
    long firstNanos() {
        return firstNanos;
    }
}

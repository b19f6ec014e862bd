package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.ResponseFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Two models asked for one answer (a hedged request; Dean and Barroso, "The Tail at Scale", 2013): the second when the first
 * has said nothing for a while. Whose first piece comes first gives the whole answer; the other is cancelled, and stands in
 * the bill with the worst that it may have cost, since nobody knows how far it got. From the first piece on nobody is asked.
 *
 * <p>Turns run on threads of their own and hand their events to the caller's, which alone decides and passes them on.
 */
final class Race {

    private static final int AHEAD = 256;
    private static final int OFFER_MILLIS = 100;

    private sealed interface Message {
        /** Only of the turn that gives the answer. */
        record Said(Turn turn, ChatEvent event) implements Message {}

        record Over(Turn turn, @Nullable Throwable failure) implements Message {}

        /** The first has had its time. */
        record Late() implements Message {}
    }

    private final RoutedRequest request;
    private final Supplier<@Nullable Turn> others;
    private final Clockwork clock;
    private final BlockingQueue<Message> messages = new ArrayBlockingQueue<>(AHEAD);
    private final AtomicReference<@Nullable Turn> first = new AtomicReference<>();
    private final List<Turn> running = new ArrayList<>();
    private final List<ResponseFacts> facts = new ArrayList<>();
    private @Nullable Turn winner;
    private volatile boolean over;

    /** @param others whom to ask next, or null when there is nobody */
    Race(RoutedRequest request, Supplier<@Nullable Turn> others, Clockwork clock) {
        this.request = request;
        this.others = others;
        this.clock = clock;
    }

    /** @return whether the request is answered; if not, nobody runs any more and another may be asked */
    boolean run(Turn one, long hedgeNanos) {
        boolean late = false;
        Clockwork.Alarm alarm = clock.after(hedgeNanos, () -> {
            // The timer must not wait, and a queue that is full says that somebody speaks.
            boolean _ = messages.offer(new Message.Late());
        });
        try {
            start(one);
            while (!running.isEmpty()) {
                switch (take()) {
                    case Message.Late l -> late = true;
                    case Message.Said(Turn turn, ChatEvent event) -> {
                        if (winner == null) decide(turn);
                        pass(turn, event);
                    }
                    case Message.Over(Turn turn, Throwable failure) -> {
                        int at = running.indexOf(turn);
                        if (at < 0) continue;
                        running.remove(at);
                        facts.remove(at);
                        Turn speaks = first.get();
                        // Another has begun, though its first piece is still on its way to here.
                        if (speaks != null && speaks != turn) request.outrun(turn);
                        else if (failure == null) return true;
                        else request.judge(turn, failure, speaks == turn, !running.isEmpty());
                    }
                }
                if (late && winner == null && running.size() == 1) {
                    Turn another = others.get();
                    if (another != null) start(another);
                }
            }
            return false;
        } finally {
            over = true;
            alarm.callOff();
            for (Turn t : running) {
                t.giveUp();
                if (t.mayTell()) t.state().nothingLearned();
            }
        }
    }

    /** Opened here, since what a model depends on (who asks, by which route) follows the caller's thread. */
    private void start(Turn turn) {
        ResponseFacts own = new ResponseFacts();
        running.add(turn);
        facts.add(own);
        ChatModel model;
        try {
            model = request.open(turn);
        } catch (DalangException e) {
            messages.add(new Message.Over(turn, e));
            return;
        }
        ChatRequest asked = request.request();
        Cancellation caller = request.cancellation();
        clock.beside(() -> {
            Throwable failure = null;
            try {
                own.during(() -> turn.run(model, asked, caller, () -> claim(turn), said(turn)));
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            post(new Message.Over(turn, failure));
        });
    }

    private ChatEvent.@Nullable Notice claim(Turn turn) {
        boolean _ = first.compareAndSet(null, turn);
        return null;
    }

    private Consumer<ChatEvent> said(Turn turn) {
        return e -> {
            if (first.get() == turn) post(new Message.Said(turn, e));
        };
    }

    private void post(Message m) {
        try {
            while (!over && !messages.offer(m, OFFER_MILLIS, TimeUnit.MILLISECONDS)) Thread.onSpinWait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Message take() {
        try {
            return messages.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DalangException(new Failure.Internal("interrupted"));
        }
    }

    private void decide(Turn turn) {
        winner = turn;
        ResponseFacts current = ResponseFacts.current();
        for (int i = running.size() - 1; i >= 0; i--) {
            Turn other = running.get(i);
            if (other == turn) {
                if (current != null) facts.get(i).copyTo(current);
                continue;
            }
            running.remove(i);
            facts.remove(i);
            other.giveUp();
            request.outrun(other);
        }
    }

    private void pass(Turn turn, ChatEvent event) {
        if (event instanceof ChatEvent.Started) request.begin(turn, event);
        else request.events().accept(event);
    }
}

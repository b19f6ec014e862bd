package dev.dalang.gateway.meter;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A model that says {@code word} so often as it is told to, and fails, hangs or lies on demand. */
public final class Speaker implements ChatModel {

    /**
     * @param words how many come before the failure or the end
     * @param failure or null for a good end
     * @param hang waits, after the words, until it is cancelled
     */
    public record Act(int words, @Nullable Failure failure, boolean hang) {}

    private final String name;
    private final Deque<Act> acts = new ArrayDeque<>();
    public final AtomicInteger calls = new AtomicInteger();
    public volatile @Nullable ChatRequest last;
    private Act always = new Act(3, null, false);
    private int promptTokens = 10;

    public Speaker(String name) {
        this.name = name;
    }

    public Speaker always(int words) {
        always = new Act(words, null, false);
        return this;
    }

    public Speaker always(Failure failure) {
        always = new Act(0, failure, false);
        return this;
    }

    public synchronized Speaker next(Act act) {
        acts.add(act);
        return this;
    }

    public Speaker next(Failure failure) {
        return next(new Act(0, failure, false));
    }

    public Speaker prompt(int tokens) {
        promptTokens = tokens;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    private synchronized Act act() {
        return acts.isEmpty() ? always : acts.remove();
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        int call = calls.incrementAndGet();
        last = request;
        Act act = act();
        if (act.words() == 0 && act.failure() != null) throw new DalangException(act.failure());
        events.accept(new ChatEvent.Started(name + "-" + call, name, Instant.EPOCH));
        int said = 0;
        while (said < act.words() && !cancellation.isCancelled()) {
            events.accept(new ChatEvent.TextDelta("word "));
            said++;
        }
        if (act.hang()) {
            CountDownLatch cancelled = new CountDownLatch(1);
            try (Cancellation.Registration _ = cancellation.onCancel(cancelled::countDown)) {
                cancelled.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        if (act.failure() != null) throw new DalangException(act.failure());
        events.accept(new ChatEvent.Finished(
                cancellation.isCancelled() ? FinishReason.CANCELLED : FinishReason.END_OF_TURN,
                null,
                Usage.of(promptTokens, said),
                Timings.of(Duration.ofMillis(1))));
    }
}

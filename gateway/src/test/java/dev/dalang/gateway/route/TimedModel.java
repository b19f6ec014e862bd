package dev.dalang.gateway.route;

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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A model whose pieces come when it is said, on the test's clock. */
final class TimedModel implements ChatModel {

    /**
     * @param firstMillis to the first piece, or to the failure
     * @param pieces after it one each millisecond
     * @param failure in place of the first piece, or null
     */
    record Plan(long firstMillis, int pieces, Failure failure) {}

    final List<Long> asked = new ArrayList<>();
    final List<Long> cancelled = new ArrayList<>();
    private final String name;
    private final VirtualTime time;
    volatile Plan plan;

    TimedModel(String name, VirtualTime time, Plan plan) {
        this.name = name;
        this.time = time;
        this.plan = plan;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Plan p = plan;
        note(asked);
        events.accept(new ChatEvent.Started(name + "-1", name, Instant.EPOCH));
        boolean gone = time.sleep(p.firstMillis * 1_000_000, cancellation);
        if (!gone && p.failure != null) throw new DalangException(p.failure);
        int said = 0;
        while (!gone && said < p.pieces) {
            said++;
            events.accept(new ChatEvent.TextDelta(name + " "));
            gone = time.sleep(1_000_000, cancellation);
        }
        if (gone) note(cancelled);
        events.accept(new ChatEvent.Finished(
                gone ? FinishReason.CANCELLED : FinishReason.END_OF_TURN,
                null,
                Usage.of(10, said),
                Timings.of(Duration.ofMillis(1))));
    }

    private void note(List<Long> times) {
        synchronized (times) {
            times.add(time.nanos() / 1_000_000);
        }
    }
}

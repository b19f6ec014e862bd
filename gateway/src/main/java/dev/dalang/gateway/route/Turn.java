package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One model's turn at a request, from its opening to its end. */
final class Turn {

    private final Decision.Verdict verdict;
    private final Health.State state;
    private final Route.Times times;
    private final Clockwork clock;
    private final long begunNanos;
    private final Cancellation own = new Cancellation();
    private @Nullable Relay relay;
    private final AtomicBoolean told = new AtomicBoolean();

    Turn(Decision.Verdict verdict, Health.State state, Route.Times times, Clockwork clock) {
        this.verdict = verdict;
        this.state = state;
        this.times = times;
        this.clock = clock;
        this.begunNanos = clock.nanos();
    }

    /**
     * Asks, and returns when the answer is complete or the caller left.
     *
     * @param begin see {@link Relay}
     * @throws DalangException as it failed; whoever judges that tells the model's {@link #state}
     */
    void run(
            ChatModel model,
            ChatRequest request,
            Cancellation caller,
            Supplier<ChatEvent.@Nullable Notice> begin,
            Consumer<? super ChatEvent> events) {
        try (Cancellation.Registration _ = caller.onCancel(own::cancel);
                Watch watch = new Watch(own, clock, times.firstToken(), times.gap())) {
            Relay to = new Relay(events, begin, watch, clock);
            relay = to;
            model.chat(request.toBuilder().model(model()).build(), own, to);
            if (watch.expired() && !to.finished()) throw tooSlow(to.begun());
            if (!mayTell()) return;
            if (caller.isCancelled()) state.nothingLearned();
            else state.answered(to.firstNanos(), took());
        }
    }

    /** Another was sooner, or nobody wants the answer any more. */
    void giveUp() {
        own.cancel();
    }

    /** True once: a turn tells its model's health one thing. */
    boolean mayTell() {
        return told.compareAndSet(false, true);
    }

    String model() {
        return verdict.model();
    }

    Decision.Verdict verdict() {
        return verdict;
    }

    Health.State state() {
        return state;
    }

    @Nullable
    Candidate candidate() {
        return verdict.candidate().orElse(null);
    }

    boolean local() {
        return verdict.candidate().map(c -> c.target().local()).orElse(false);
    }

    /** Something of the answer went to the caller. */
    boolean begun() {
        Relay r = relay;
        return r != null && r.begun();
    }

    /** Nanoseconds since it began. */
    long took() {
        return clock.nanos() - begunNanos;
    }

    private DalangException tooSlow(boolean begun) {
        Duration limit = begun ? times.gap() : times.firstToken();
        return new DalangException(new Failure.TimedOut(
                model() + (begun ? " sent nothing more for " : " sent nothing for ") + limit.toMillis() + " ms"));
    }
}

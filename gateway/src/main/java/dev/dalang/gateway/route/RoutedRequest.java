package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.meter.Attempt;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request on its way through its route. */
final class RoutedRequest {

    private static final long FIRST_PAUSE_MILLIS = 200;

    /** What a failure means for the next step. */
    private enum Next {
        /** The request itself is to blame, or it began: nobody else is asked. */
        STOP,
        /** Nobody else is asked, since it may have to be paid for; who is being asked already may go on. */
        PAID,
        /** Another, or later the same, though it may have to be paid for. */
        AGAIN,
        /** Not this one again. */
        OTHER,
        /** Another, or later the same. */
        LATER
    }

    private final Router router;
    private final Clockwork clock;
    private final Route route;
    private final Decision.@Nullable Verdict keeper;
    private final ChatRequest request;
    private final Cancellation cancellation;
    private final Consumer<? super ChatEvent> events;
    private final Set<Decision.Verdict> left;
    private final Steps steps;
    private int tries;
    private long waited;
    private boolean kept;

    /** What failed last may have to be paid for, and is not noted yet: the bill sees to that where it was the last. */
    private boolean owed;

    private @Nullable DalangException last;

    RoutedRequest(
            Router router,
            Decision decision,
            ChatRequest request,
            Cancellation cancellation,
            Consumer<? super ChatEvent> events) {
        this.router = router;
        this.clock = router.clock();
        this.route = decision.route();
        this.keeper = decision.keeper();
        this.request = request;
        this.cancellation = cancellation;
        this.events = events;
        this.left = new LinkedHashSet<>(decision.fitting());
        this.steps = new Steps(decision.route().name());
    }

    void run() {
        for (int round = 0; ; round++) {
            if (round()) return;
            DalangException why = last;
            if (left.isEmpty() && kept && keeper != null) {
                kept = false;
                left.add(keeper);
                continue;
            }
            if (left.isEmpty() || tries > route.retries()) throw why == null ? allRest(0) : why;
            long wait = soonest(round);
            waited += wait;
            boolean tooLong = waited > route.times().longestWait().toNanos();
            if (tooLong || !clock.pause(wait, cancellation)) throw why == null ? allRest(wait) : why;
        }
    }

    /** @return whether the request is answered */
    private boolean round() {
        Deque<Decision.Verdict> waiting = new ArrayDeque<>(left);
        boolean hedged = route.hedged();
        for (Turn t; (t = next(waiting)) != null; ) {
            boolean answered = hedged
                    ? new Race(this, () -> next(waiting), clock)
                            .run(t, route.times().hedge().toNanos())
                    : alone(t);
            if (answered) return true;
        }
        return false;
    }

    private @Nullable Turn next(Deque<Decision.Verdict> waiting) {
        while (tries <= route.retries() && !waiting.isEmpty()) {
            Decision.Verdict v = waiting.poll();
            Health.State state = router.health(v.model());
            if (!left.contains(v) || !state.mayAsk()) continue;
            tries++;
            if (owed) steps.unsure();
            owed = false;
            return new Turn(v, state, route.times(), clock);
        }
        return null;
    }

    private boolean alone(Turn turn) {
        try {
            turn.run(open(turn), request, cancellation, () -> begun(turn), events);
            return true;
        } catch (RuntimeException | Error e) {
            judge(turn, e, turn.begun(), false);
            return false;
        }
    }

    ChatModel open(Turn turn) {
        return router.models().open(turn.model(), route.times().connect());
    }

    /** Notes who answers. @return what the caller is told right after the beginning, or null */
    private ChatEvent.@Nullable Notice begun(Turn turn) {
        steps.tell(turn.candidate());
        if (steps.isEmpty()) return null;
        boolean stays = turn.verdict() == keeper;
        return stays ? steps.keptHere(turn.model()) : steps.fallback(turn.model());
    }

    /** Passes the beginning of an answer on, with what the caller is told then. */
    void begin(Turn turn, ChatEvent started) {
        ChatEvent.Notice notice = begun(turn);
        events.accept(started);
        if (notice != null) events.accept(notice);
    }

    /** Another answered sooner; what this one did may have to be paid for. */
    void outrun(Turn turn) {
        if (turn.mayTell()) turn.state().nothingLearned();
        turn.state().slower(turn.took());
        steps.failed(turn.model(), "hedged: another answered sooner", turn.took());
        if (!turn.local()) steps.unsure();
    }

    /**
     * Draws the conclusions of a failure.
     *
     * @param begun something of its answer went to the caller
     * @param othersRun another is being asked at the same time
     * @throws DalangException the failure, where nobody else is to be asked
     */
    void judge(Turn turn, Throwable failure, boolean begun, boolean othersRun) {
        boolean _ = turn.mayTell();
        if (!(failure instanceof DalangException e)) {
            turn.state().nothingLearned();
            if (failure instanceof Error error) throw error;
            throw (RuntimeException) failure;
        }
        Next next = next(turn, e, begun);
        steps.failed(turn.model(), words(e), turn.took());
        last = e;
        switch (next) {
            case STOP -> throw e;
            case PAID -> {
                if (!othersRun) throw e;
                steps.unsure();
                left.clear();
            }
            case AGAIN -> {
                if (othersRun) steps.unsure();
                else owed = true;
            }
            case OTHER -> left.remove(turn.verdict());
            case LATER -> {}
        }
    }

    private Next next(Turn turn, DalangException e, boolean begun) {
        Health.State state = turn.state();
        return switch (e.failure()) {
            case Failure.RateLimited f -> {
                state.busy(f.retryAfter() == null ? route.times().coolDown() : f.retryAfter());
                yield begun ? Next.STOP : Next.LATER;
            }
            case Failure.Overloaded f -> {
                state.busy(f.retryAfter() == null ? coolDown() : f.retryAfter());
                yield begun ? Next.STOP : Next.LATER;
            }
            case Failure.Upstream f -> f.isLasting() ? other(state, begun) : broke(turn, e, begun);
            case Failure.TimedOut f -> broke(turn, e, begun);
            case Failure.ContextOverflow f -> other(state, begun);
            case Failure.Unsupported f -> other(state, begun);
            case Failure.ModelUnavailable f -> other(state, begun);
            case Failure.DoesNotFit f -> other(state, begun);
            case Failure.BadModelFile f -> other(state, begun);
            case Failure.Unauthenticated f -> other(state, begun);
            case Failure.PermissionDenied f -> other(state, begun);
            // The provider's account is empty: ours is checked before, by the metering.
            case Failure.BudgetExceeded f -> other(state, begun);
            case Failure.Internal f -> broke(turn, e, begun);
            case Failure.InvalidRequest f -> stop(state);
            case Failure.ContentPolicy f -> {
                if (!f.hereOnly()) yield stop(state);
                // Nothing was sent, so it was no try.
                tries--;
                kept = true;
                yield other(state, begun);
            }
            case Failure.Storage f -> stop(state);
        };
    }

    /** One that is alone in its route is tried again soon; the breaker still counts. */
    private Duration coolDown() {
        return left.size() == 1
                ? Duration.ofMillis(FIRST_PAUSE_MILLIS)
                : route.times().coolDown();
    }

    private Next broke(Turn turn, DalangException e, boolean begun) {
        turn.state().failed(turn.took(), e, coolDown());
        if (begun) return Next.STOP;
        if (turn.local() || !Attempt.mayHaveBeenPaid(e)) return Next.LATER;
        return route.runAgain() ? Next.AGAIN : Next.PAID;
    }

    private static Next other(Health.State state, boolean begun) {
        state.nothingLearned();
        return begun ? Next.STOP : Next.OTHER;
    }

    private static Next stop(Health.State state) {
        state.nothingLearned();
        return Next.STOP;
    }

    private long soonest(int round) {
        long pause = TimeUnit.MILLISECONDS.toNanos(FIRST_PAUSE_MILLIS << Math.min(round, 6));
        long jitter = (long) (pause * 0.5 * router.chance().nextDouble());
        long soonest = Long.MAX_VALUE;
        for (Decision.Verdict v : left)
            soonest = Math.min(soonest, router.health(v.model()).rest());
        return Math.max(soonest, last == null && soonest <= 0 ? pause : soonest <= 0 ? pause / 2 + jitter : soonest);
    }

    private DalangException allRest(long nanos) {
        return new DalangException(new Failure.Overloaded(
                "every model of " + route.name() + " rests after a failure" + (left.isEmpty() ? "" : ": " + models()),
                Duration.ofNanos(Math.max(nanos, TimeUnit.SECONDS.toNanos(1)))));
    }

    private String models() {
        List<String> names = new ArrayList<>();
        for (Decision.Verdict v : left) names.add(v.model());
        return String.join(", ", names);
    }

    private static String words(DalangException e) {
        String kind = e.failure().getClass().getSimpleName().replaceAll("(?<=.)([A-Z])", " $1");
        String message = e.failure().message();
        return kind.toLowerCase(Locale.ROOT) + ": "
                + (message.length() > 200 ? message.substring(0, 200) + "\u2026" : message);
    }

    ChatRequest request() {
        return request;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    Consumer<? super ChatEvent> events() {
        return events;
    }
}

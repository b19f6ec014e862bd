package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.meter.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The link that asks the models of a route one after the other, until one answers. From the first piece of an answer on,
 * nobody else is asked: a generation is never run twice behind the caller's back. Whoever answers in another's place is
 * named in a notice {@code fallback}.
 */
final class RoutedModel implements ChatModel {

    private static final long FIRST_PAUSE_MILLIS = 200;

    private final String name;
    private final Router router;

    RoutedModel(String name, Router router) {
        this.name = name;
        this.router = router;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int countTokens(ChatRequest request) {
        List<Decision.Verdict> fitting = router.explain(request).fitting();
        if (fitting.isEmpty()) throw nobody(router.explain(request));
        String model = fitting.getFirst().model();
        return router.models()
                .open(model)
                .countTokens(request.toBuilder().model(model).build());
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Decision decision = router.explain(request.toBuilder().model(name).build());
        if (decision.fitting().isEmpty()) throw nobody(decision);
        new Run(decision, request, cancellation, events).run();
    }

    private static DalangException nobody(Decision d) {
        if (d.verdicts().size() == 1) {
            Decision.Verdict only = d.verdicts().getFirst();
            return new DalangException(
                    new Failure.ModelUnavailable(only.model() + " cannot answer: " + only.why(), only.model()));
        }
        StringBuilder why = new StringBuilder();
        for (Decision.Verdict v : d.verdicts()) {
            if (!why.isEmpty()) why.append("; ");
            why.append(v.model()).append(": ").append(v.why());
        }
        return new DalangException(new Failure.ModelUnavailable(
                "no model of the route " + d.route().name() + " can answer this request: " + why,
                d.route().name()));
    }

    /** What a failure means for the next step. */
    private enum Next {
        /** The request itself is to blame, or it began: nobody else is asked. */
        STOP,
        /** Not this one again. */
        OTHER,
        /** Another, or later the same. */
        LATER
    }

    /** One request on its way through the route. */
    private final class Run {
        private final Route route;
        private final ChatRequest request;
        private final Cancellation cancellation;
        private final Consumer<? super ChatEvent> events;
        private final Set<Decision.Verdict> left;
        private final Steps steps = new Steps(name);
        private int tries;
        private long waited;
        private @Nullable DalangException last;

        Run(Decision decision, ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
            this.route = decision.route();
            this.request = request;
            this.cancellation = cancellation;
            this.events = events;
            this.left = new LinkedHashSet<>(decision.fitting());
        }

        void run() {
            for (int round = 0; ; round++) {
                if (round(left)) return;
                DalangException why = last;
                if (left.isEmpty() || tries > route.retries()) throw why == null ? allRest(0) : why;
                long wait = soonest(round);
                waited += wait;
                boolean tooLong = waited > route.longestWait().toNanos();
                if (tooLong || !router.pause().of(wait, cancellation)) throw why == null ? allRest(wait) : why;
            }
        }

        /** @return whether the request is answered */
        private boolean round(Set<Decision.Verdict> candidates) {
            for (Decision.Verdict v : new ArrayList<>(candidates)) {
                if (tries > route.retries()) return false;
                Health.State state = router.health(v.model());
                if (!state.mayAsk()) continue;
                tries++;
                if (attempt(v, state)) return true;
            }
            return false;
        }

        private boolean attempt(Decision.Verdict v, Health.State state) {
            long begin = router.nanos().getAsLong();
            Relay relay = null;
            Cancellation own = new Cancellation();
            try (Cancellation.Registration _ = cancellation.onCancel(own::cancel);
                    Watch watch = new Watch(own, route.firstToken(), route.gap())) {
                relay = new Relay(events, () -> begun(v), watch);
                ChatModel model = router.models().open(v.model());
                model.chat(request.toBuilder().model(v.model()).build(), own, relay);
                if (watch.expired() && !relay.finished()) throw tooSlow(v, relay.begun());
                if (cancellation.isCancelled()) state.nothingLearned();
                else state.answered(relay.firstNanos(), router.nanos().getAsLong() - begin);
                return true;
            } catch (DalangException e) {
                long took = router.nanos().getAsLong() - begin;
                boolean begun = relay != null && relay.begun();
                Next next = judge(v, state, e, begun, took);
                steps.failed(v.model(), words(e), took);
                last = e;
                if (next == Next.STOP) throw e;
                if (next == Next.OTHER) left.remove(v);
                return false;
            } catch (RuntimeException | Error e) {
                state.nothingLearned();
                throw e;
            }
        }

        /** @return what the caller is told right after the beginning, or null */
        private ChatEvent.@Nullable Notice begun(Decision.Verdict v) {
            steps.tell(v.candidate().orElse(null));
            return steps.isEmpty() ? null : steps.notice(v.model());
        }

        private Next judge(Decision.Verdict v, Health.State state, DalangException e, boolean begun, long took) {
            boolean local = v.candidate().map(c -> c.target().local()).orElse(false);
            return switch (e.failure()) {
                case Failure.RateLimited f -> {
                    state.busy(f.retryAfter() == null ? route.coolDown() : f.retryAfter());
                    yield begun ? Next.STOP : Next.LATER;
                }
                case Failure.Overloaded f -> {
                    state.busy(f.retryAfter() == null ? coolDown() : f.retryAfter());
                    yield begun ? Next.STOP : Next.LATER;
                }
                case Failure.Upstream f -> broke(state, e, begun, local, took);
                case Failure.TimedOut f -> broke(state, e, begun, local, took);
                case Failure.ContextOverflow f -> other(state, begun);
                case Failure.Unsupported f -> other(state, begun);
                case Failure.ModelUnavailable f -> other(state, begun);
                case Failure.DoesNotFit f -> other(state, begun);
                case Failure.BadModelFile f -> other(state, begun);
                case Failure.Unauthenticated f -> other(state, begun);
                case Failure.PermissionDenied f -> other(state, begun);
                // The provider's account is empty: ours is checked before, by the metering.
                case Failure.BudgetExceeded f -> other(state, begun);
                case Failure.Internal f -> broke(state, e, begun, local, took);
                case Failure.InvalidRequest f -> stop(state);
                case Failure.ContentPolicy f -> stop(state);
                case Failure.Storage f -> stop(state);
            };
        }

        /** One that is alone in its route is tried again soon; the breaker still counts. */
        private Duration coolDown() {
            return left.size() == 1 ? Duration.ofMillis(FIRST_PAUSE_MILLIS) : route.coolDown();
        }

        private Next broke(Health.State state, DalangException e, boolean begun, boolean local, long took) {
            state.failed(took, e, coolDown());
            if (begun) return Next.STOP;
            if (local || !Attempt.mayHaveBeenPaid(e)) return Next.LATER;
            if (!route.runAgain()) return Next.STOP;
            steps.unsure();
            return Next.LATER;
        }

        private Next other(Health.State state, boolean begun) {
            state.nothingLearned();
            return begun ? Next.STOP : Next.OTHER;
        }

        private Next stop(Health.State state) {
            state.nothingLearned();
            return Next.STOP;
        }

        private long soonest(int round) {
            long pause = TimeUnit.MILLISECONDS.toNanos(FIRST_PAUSE_MILLIS << Math.min(round, 6));
            long jitter = (long) (pause * 0.5 * router.chance().nextDouble());
            long soonest = Long.MAX_VALUE;
            for (Decision.Verdict v : left)
                soonest = Math.min(soonest, router.health(v.model()).rest());
            return Math.max(
                    soonest, last == null && soonest <= 0 ? pause : soonest <= 0 ? pause / 2 + jitter : soonest);
        }

        private DalangException allRest(long nanos) {
            return new DalangException(new Failure.Overloaded(
                    "every model of " + name + " rests after a failure" + (left.isEmpty() ? "" : ": " + models()),
                    Duration.ofNanos(Math.max(nanos, TimeUnit.SECONDS.toNanos(1)))));
        }

        private String models() {
            List<String> names = new ArrayList<>();
            for (Decision.Verdict v : left) names.add(v.model());
            return String.join(", ", names);
        }

        private DalangException tooSlow(Decision.Verdict v, boolean begun) {
            Duration limit = begun ? route.gap() : route.firstToken();
            return new DalangException(new Failure.TimedOut(
                    v.model() + (begun ? " sent nothing more for " : " sent nothing for ") + limit.toMillis() + " ms"));
        }

        private static String words(DalangException e) {
            String kind = e.failure().getClass().getSimpleName().replaceAll("(?<=.)([A-Z])", " $1");
            String message = e.failure().message();
            return kind.toLowerCase(Locale.ROOT) + ": "
                    + (message.length() > 200 ? message.substring(0, 200) + "\u2026" : message);
        }
    }
}

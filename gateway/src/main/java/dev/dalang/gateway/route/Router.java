package dev.dalang.gateway.route;

import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.meter.Plan;
import dev.dalang.gateway.meter.Target;
import dev.dalang.gateway.meter.Tariff;
import dev.dalang.ledger.Money;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Decides who answers a request: by the name's route, what fits, how the models have been of late, and its choice. */
public final class Router {

    private final RouteTable table;
    private final Models models;
    private final Tariff tariff;
    private final RandomGenerator chance;
    private final Clockwork clock;
    private final Health health;
    private final @Nullable String keeper;

    /**
     * @param nanos a clock that is never set back
     * @param chance for weights and jitter
     * @param keeper the model of this machine that answers what the rules keep here, or null
     */
    public Router(
            RouteTable table,
            Models models,
            Tariff tariff,
            LongSupplier nanos,
            RandomGenerator chance,
            @Nullable String keeper) {
        this(table, models, tariff, chance, keeper, new Clockwork.OfMachine(nanos));
    }

    /** @param clock a test's may be moved */
    Router(
            RouteTable table,
            Models models,
            Tariff tariff,
            RandomGenerator chance,
            @Nullable String keeper,
            Clockwork clock) {
        this.table = table;
        this.models = models;
        this.tariff = tariff;
        this.chance = chance;
        this.keeper = keeper;
        this.clock = clock;
        this.health = new Health(clock::nanos);
    }

    /** The model that stands for a name: a route's, or the one of that name. */
    public ChatModel model(String name) {
        return new RoutedModel(name, this);
    }

    /** Whether a route has this name. */
    public boolean isRoute(String name) {
        return table.find(name).isPresent();
    }

    /** Who may answer, for the bill. */
    public Plan plan(ChatRequest request) {
        Decision d = explain(request);
        List<Target> targets = new ArrayList<>();
        for (Decision.Verdict v : d.verdicts()) {
            // A model that rests now may be back when it is its turn.
            v.candidate().filter(c -> v.fits()).ifPresent(c -> targets.add(c.target()));
        }
        Decision.Verdict keeps = d.keeper();
        if (keeps != null) keeps.candidate().ifPresent(c -> targets.add(c.target()));
        return new Plan(targets, d.route().paidAttempts());
    }

    /** Who would answer, and why, without asking anybody. */
    public Decision explain(ChatRequest request) {
        Route route = table.of(request.model());
        Set<Candidate.Capability> needs = Needs.of(request);
        List<Decision.Verdict> fitting = new ArrayList<>();
        List<Decision.Verdict> others = new ArrayList<>();
        for (String name : route.models()) {
            Optional<Candidate> found = models.find(name);
            String against =
                    found.isEmpty() ? "there is no such model here" : objection(route, found.get(), request, needs);
            Decision.Verdict v = new Decision.Verdict(name, against == null, against == null ? "" : against, found);
            (against == null ? fitting : others).add(v);
        }
        List<Decision.Verdict> ordered = new ArrayList<>();
        for (Decision.Verdict v : ordered(route, fitting, request)) ordered.add(v);
        ordered.addAll(others);
        return new Decision(route, ordered, keeper(route, ordered, request, needs));
    }

    /** Who answers what the rules keep here: only where a hosted model might be asked otherwise. */
    private Decision.@Nullable Verdict keeper(
            Route route, List<Decision.Verdict> all, ChatRequest request, Set<Candidate.Capability> needs) {
        boolean leaves = all.stream().anyMatch(v -> v.fits() && !isLocal(v));
        if (keeper == null || !leaves || route.models().contains(keeper)) return null;
        Optional<Candidate> found = models.find(keeper).filter(c -> c.target().local());
        if (found.isEmpty() || objection(route, found.get(), request, needs) != null) return null;
        return new Decision.Verdict(keeper, true, "it answers what the rules keep on this machine", found);
    }

    private @Nullable String objection(Route route, Candidate c, ChatRequest request, Set<Candidate.Capability> needs) {
        boolean byItsName = route.name().equals(c.target().model());
        if (!c.target().local() && !route.mayLeave() && table.privateFirst() && !byItsName) {
            return "it is hosted, and the route does not say may-leave";
        }
        if (c.capabilities() != null) {
            for (Candidate.Capability need : needs) {
                if (!c.capabilities().contains(need)) return "it takes no " + need.word();
            }
        }
        return tooLong(c, request);
    }

    private @Nullable String tooLong(Candidate c, ChatRequest request) {
        Integer context = tariff.context(c.target());
        if (context == null) return null;
        int prompt = Tariff.promptEstimate(request);
        int answer = request.maxTokens() == null ? 1 : request.maxTokens();
        if ((long) prompt + answer <= context) return null;
        return "its context of " + context + " tokens is too short for about " + prompt + " and an answer of " + answer;
    }

    private List<Decision.Verdict> ordered(Route route, List<Decision.Verdict> fitting, ChatRequest request) {
        Map<String, Double> rank = new HashMap<>();
        Map<String, String> why = new HashMap<>();
        for (int i = 0; i < fitting.size(); i++) {
            String model = fitting.get(i).model();
            int place = route.models().indexOf(model);
            switch (route.choice()) {
                case ORDER -> put(rank, why, model, place, "number " + (place + 1) + " of the route");
                case WEIGHT -> {
                    double weight =
                            route.weights().isEmpty() ? 1 : route.weights().get(place);
                    // Efraimidis and Spirakis, 2006: the largest u^(1/w) is drawn with probability proportional to w.
                    double draw = -Math.log(1 - chance.nextDouble()) / weight;
                    put(rank, why, model, draw, "drawn with a weight of " + weight);
                }
                case LATENCY -> {
                    OptionalLong first = health.of(model).firstToken();
                    put(rank, why, model, first.isPresent() ? (double) first.getAsLong() : -1, latency(first));
                }
                case COST -> {
                    Optional<Money> cost =
                            fitting.get(i).candidate().flatMap(c -> tariff.estimate(request, c.target()));
                    put(
                            rank,
                            why,
                            model,
                            cost.map(m -> (double) m.picos()).orElse(Double.MAX_VALUE),
                            cost.map(m -> "about " + m).orElse("its price is not known"));
                }
            }
        }
        List<Decision.Verdict> all = new ArrayList<>();
        for (Decision.Verdict v : fitting) {
            String reason = why.getOrDefault(v.model(), "");
            Health.State state = health.of(v.model());
            if (resting(v)) reason += "; it rests after a failure, so it is asked last";
            else if (state.isBroken()) reason += "; it failed too often, so it is asked last";
            if (table.privateFirst() && isLocal(v) && fitting.size() > 1) reason += "; local comes first";
            all.add(new Decision.Verdict(v.model(), true, reason, v.candidate()));
        }
        all.sort(Comparator.comparing((Decision.Verdict v) ->
                        resting(v) || health.of(v.model()).isBroken())
                .thenComparing(v -> table.privateFirst() && !isLocal(v))
                .thenComparing(v -> rank.getOrDefault(v.model(), 0.0)));
        return all;
    }

    private static String latency(OptionalLong first) {
        if (first.isEmpty()) return "how soon it answers is to be measured";
        if (first.getAsLong() == Long.MAX_VALUE) return "how soon it answers is being measured";
        return "its first token came after "
                + Duration.ofNanos(first.getAsLong()).toMillis() + " ms";
    }

    private static void put(
            Map<String, Double> rank, Map<String, String> why, String model, double value, String reason) {
        rank.put(model, value);
        why.put(model, reason);
    }

    private boolean resting(Decision.Verdict v) {
        return health.of(v.model()).rest() > 0;
    }

    private static boolean isLocal(Decision.Verdict v) {
        return v.candidate().map(c -> c.target().local()).orElse(false);
    }

    Models models() {
        return models;
    }

    Health.State health(String model) {
        return health.of(model);
    }

    Clockwork clock() {
        return clock;
    }

    RandomGenerator chance() {
        return chance;
    }
}

package dev.dalang.gateway.route;

import dev.dalang.api.DalangException;
import java.time.Duration;
import java.util.List;

/**
 * How requests for one name are answered.
 *
 * @param name what callers ask for: {@code fast}
 * @param models who may answer, in order of preference
 * @param weights of the models, for {@link Choice#WEIGHT}; as many as there are models, or none for equal ones
 * @param choice which of those that fit comes first
 * @param mayLeave hosted models may answer; otherwise the request stays on this machine
 * @param retries further tries after the first, all models together
 * @param times how long things may take
 * @param runAgain a generation that broke off before anything came of it, and may have to be paid for, is run again
 */
public record Route(
        String name,
        List<String> models,
        List<Double> weights,
        Choice choice,
        boolean mayLeave,
        int retries,
        Times times,
        boolean runAgain) {

    /**
     * How long things may take; zero is no limit, for {@code hedge} never, and for {@code connect} what the user's settings
     * say.
     *
     * @param longestWait how long to wait, at most, for a model that says when to come again
     * @param coolDown how long a model is left alone after it failed
     * @param connect how long a connection to a hosted model may take
     * @param firstToken how long the first piece of an answer may take
     * @param gap how long the next piece may take
     * @param hedge after how long without a first piece the next model is asked as well
     */
    public record Times(
            Duration longestWait,
            Duration coolDown,
            Duration connect,
            Duration firstToken,
            Duration gap,
            Duration hedge) {

        static final Times USUAL = new Times(
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ZERO,
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ZERO);

        private boolean negative() {
            return List.of(longestWait, coolDown, connect, firstToken, gap, hedge).stream()
                    .anyMatch(Duration::isNegative);
        }
    }

    public enum Choice {
        /** As the models stand. */
        ORDER,
        /** By chance, in proportion to the weights. */
        WEIGHT,
        /** Whose first token came soonest of late; one that was not tried yet comes before. */
        LATENCY,
        /** Whose answer would be cheapest; an unknown price comes last. */
        COST
    }

    static final int RETRIES = 2;

    public Route {
        models = List.copyOf(models);
        weights = List.copyOf(weights);
        if (models.isEmpty()) throw wrong(name, "names no models");
        if (!weights.isEmpty() && weights.size() != models.size()) {
            throw wrong(name, "has " + weights.size() + " weights for " + models.size() + " models");
        }
        for (double w : weights) if (!(w > 0 && w < 1e9)) throw wrong(name, "has a weight of " + w);
        if (retries < 0 || retries > 20) throw wrong(name, "retries " + retries + " times; at most 20");
        if (times.negative()) throw wrong(name, "has a negative time");
    }

    /** A model by its own name: nobody else may answer, and whoever names a hosted one has said that it may leave. */
    public static Route direct(String model) {
        return new Route(model, List.of(model), List.of(), Choice.ORDER, true, RETRIES, Times.USUAL, false);
    }

    /** How many of its attempts may have to be paid for. */
    int paidAttempts() {
        return 1 + (runAgain ? retries : 0) + (hedged() ? 1 : 0);
    }

    /** Two models may be asked for one answer. */
    boolean hedged() {
        return !times.hedge().isZero() && retries > 0 && models.size() > 1;
    }

    static DalangException wrong(String name, String why) {
        return DalangException.invalidRequest("the route " + name + " " + why, null);
    }
}

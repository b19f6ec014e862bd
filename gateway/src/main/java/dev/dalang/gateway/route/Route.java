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
 * @param longestWait how long to wait, at most, for a model that says when to come again
 * @param coolDown how long a model is left alone after it failed
 * @param firstToken how long the first piece of an answer may take
 * @param gap how long the next piece may take
 * @param runAgain a generation that broke off before anything came of it, and may have to be paid for, is run again
 */
public record Route(
        String name,
        List<String> models,
        List<Double> weights,
        Choice choice,
        boolean mayLeave,
        int retries,
        Duration longestWait,
        Duration coolDown,
        Duration firstToken,
        Duration gap,
        boolean runAgain) {

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
    static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
    static final Duration COOL_DOWN = Duration.ofSeconds(30);
    static final Duration FIRST_TOKEN = Duration.ofMinutes(5);
    static final Duration GAP = Duration.ofMinutes(2);

    public Route {
        models = List.copyOf(models);
        weights = List.copyOf(weights);
        if (models.isEmpty()) throw wrong(name, "names no models");
        if (!weights.isEmpty() && weights.size() != models.size()) {
            throw wrong(name, "has " + weights.size() + " weights for " + models.size() + " models");
        }
        for (double w : weights) if (!(w > 0 && w < 1e9)) throw wrong(name, "has a weight of " + w);
        if (retries < 0 || retries > 20) throw wrong(name, "retries " + retries + " times; at most 20");
        for (Duration d : List.of(longestWait, coolDown, firstToken, gap)) {
            if (d.isNegative()) throw wrong(name, "has a negative time");
        }
    }

    /** A model by its own name: nobody else may answer, and whoever names a hosted one has said that it may leave. */
    public static Route direct(String model) {
        return new Route(
                model,
                List.of(model),
                List.of(),
                Choice.ORDER,
                true,
                RETRIES,
                LONGEST_WAIT,
                COOL_DOWN,
                FIRST_TOKEN,
                GAP,
                false);
    }

    static DalangException wrong(String name, String why) {
        return DalangException.invalidRequest("the route " + name + " " + why, null);
    }
}

package dev.dalang.train.tune;

import dev.dalang.api.DalangException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to tune a model.
 *
 * @param rank of the low-rank additions
 * @param alpha α: an addition counts α / rank
 * @param dropout share of the additions' inputs that is left out in a step, 0 for none
 * @param targets matrices that get an addition, as {@link LinearTargets} names them
 * @param rate the highest learning rate; null for the usual one of the kind of data and the width of the model
 * @param epochs how often to go through the examples; null for as often as makes a fair number of steps
 * @param batch examples that make a step, about
 * @param patience validations in a row without a better one after which to stop; 0 for never
 * @param beta of DPO: how closely to stay with the model that is tuned
 * @param seed of the order, the first values and what is left out
 * @param exact whether all products are of 32-bit floats
 */
public record TuneSettings(
        int rank,
        double alpha,
        double dropout,
        List<String> targets,
        @Nullable Double rate,
        @Nullable Double epochs,
        int batch,
        int patience,
        double beta,
        long seed,
        boolean exact) {

    /**
     * Usual for adapters on answers, and for preferences, which need gentler steps, in a model as wide as {@link
     * #USUAL_WIDTH}.
     */
    private static final double ANSWERS_RATE = 2e-4;

    private static final double PREFERENCES_RATE = 5e-5;

    /**
     * Adam moves every element of a matrix by about the rate, and an output adds up as many of these as the model is
     * wide: so a narrower one takes higher rates (Yang et al. 2022, arXiv:2203.03466), up to a bound.
     */
    private static final int USUAL_WIDTH = 4096;

    private static final double MOST_BY_WIDTH = 10;

    /** Steps that a new form of answers takes; few examples are gone through more often, within reason. */
    private static final int FAIR_STEPS = 300;

    private static final int FEWEST_EPOCHS = 3;
    private static final int MOST_USUAL_EPOCHS = 15;
    private static final int MAX_RANK = 1024;
    private static final int MAX_BATCH = 1 << 16;
    private static final int MAX_EPOCHS = 10_000;

    public static final TuneSettings DEFAULT =
            new TuneSettings(16, 32, 0, List.of(LinearTargets.ALL), null, null, 8, 4, 0.1, 1, false);

    /** @throws DalangException (invalid request) naming what is out of range */
    public TuneSettings {
        targets = List.copyOf(targets);
        if (rank < 1 || rank > MAX_RANK) throw wrong("rank", rank, "1 to " + MAX_RANK);
        if (!(alpha > 0 && alpha <= 1e6)) throw wrong("alpha", alpha, "above 0 and at most 1000000");
        if (!(dropout >= 0 && dropout < 1)) throw wrong("dropout", dropout, "at least 0 and less than 1");
        if (rate != null && !(rate > 0 && rate <= 1)) throw wrong("learning-rate", rate, "above 0 and at most 1");
        if (epochs != null && !(epochs > 0 && epochs <= MAX_EPOCHS))
            throw wrong("epochs", epochs, "above 0, at most " + MAX_EPOCHS);
        if (batch < 1 || batch > MAX_BATCH) throw wrong("batch", batch, "1 to " + MAX_BATCH);
        if (patience < 0) throw wrong("patience", patience, "0 or more");
        if (!(beta > 0 && beta <= 100)) throw wrong("beta", beta, "above 0 and at most 100");
    }

    /** The highest learning rate for this kind of data in a model of that width. */
    double rate(boolean preferences, int width) {
        if (rate != null) return rate;
        double narrow = Math.clamp((double) USUAL_WIDTH / width, 1, MOST_BY_WIDTH);
        return narrow * (preferences ? PREFERENCES_RATE : ANSWERS_RATE);
    }

    /** How often to go through so many examples. */
    double epochs(int examples) {
        if (epochs != null) return epochs;
        double fair = Math.ceil((double) FAIR_STEPS * batch / examples);
        return Math.clamp(fair, FEWEST_EPOCHS, MOST_USUAL_EPOCHS);
    }

    private static DalangException wrong(String name, Object value, String allowed) {
        return DalangException.invalidRequest(name + " is " + value + "; it must be " + allowed, name);
    }
}

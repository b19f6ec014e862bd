package dev.dalang.train.loop;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
 *
 * @param beta1 how much of the mean gradient stays at each step
 * @param beta2 how much of the mean squared gradient stays at each step
 * @param epsilon what is added to the root of the latter
 * @param decay share of a weight that goes away in a step of rate 1; on matrices only, see {@code Parameter.decays}
 */
public record OptimizerSettings(double beta1, double beta2, double epsilon, double decay) {

    /** As small language models are usually trained from scratch. */
    public static final OptimizerSettings USUAL = new OptimizerSettings(0.9, 0.95, 1e-8, 0.1);

    public OptimizerSettings {
        if (!(beta1 >= 0 && beta1 < 1)) throw TrainingSettings.wrong("beta1", beta1, "at least 0 and less than 1");
        if (!(beta2 >= 0 && beta2 < 1)) throw TrainingSettings.wrong("beta2", beta2, "at least 0 and less than 1");
        if (!(epsilon > 0 && epsilon <= 1)) throw TrainingSettings.wrong("epsilon", epsilon, "between 0 and 1");
        if (!(decay >= 0 && decay <= 100)) throw TrainingSettings.wrong("decay", decay, "between 0 and 100");
    }
}

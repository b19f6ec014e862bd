package dev.dalang.engine.sample;

/**
 * Mirostat (Basu et al., "Mirostat: A Neural Text Decoding Algorithm that Directly Controls Perplexity",
 * arXiv:2007.14966): keeps the average surprise of the answer at τ bits, by moving a cap μ against the error of each
 * token drawn: μ ← μ - η·(surprise - τ). μ begins at 2τ.
 *
 * <p>As in llama.cpp, the surprise is that of the truncated distribution, renormalised, after temperature.
 */
final class Mirostat {

    /** Version 1 estimates Zipf's exponent from so many of the likeliest (the paper's m). */
    private static final int SAMPLE = 100;

    private static final double LN2 = 0.6931471805599453;

    private final SamplerSettings.Mirostat settings;
    private final int vocabularySize;
    private double mu;

    Mirostat(SamplerSettings.Mirostat settings, int vocabularySize) {
        this.settings = settings;
        this.vocabularySize = vocabularySize;
        reset();
    }

    Mirostat(Mirostat other) {
        settings = other.settings;
        vocabularySize = other.vocabularySize;
        mu = other.mu;
    }

    void reset() {
        mu = 2.0 * settings.tau();
    }

    void truncate(Candidates c, double inverseTemperature) {
        if (settings.version() == 1) {
            Truncation.topK(c, k(c, inverseTemperature));
        } else {
            // Algorithm 2: p ≥ 2^-μ, that is weight ≥ sum · 2^-μ.
            double least = c.weigh(inverseTemperature) * StrictMath.pow(2, -mu);
            double max = c.max();
            c.keepAtLeast(Math.min(max, max + StrictMath.log(least) / inverseTemperature), 1);
        }
    }

    /** Algorithm 1: k from Zipf's exponent s of the likeliest tokens, so that top-k sampling has a surprise of μ. */
    private int k(Candidates c, double inverseTemperature) {
        int size = c.size();
        int m = Math.min(SAMPLE, size);
        c.order(m);
        double products = 0;
        double squares = 0;
        for (int i = 0; i + 1 < m; i++) {
            double t = StrictMath.log((i + 2.0) / (i + 1.0));
            double b = ((double) c.logit(i) - c.logit(i + 1)) * inverseTemperature; // ln(p_i / p_i+1)
            products += t * b;
            squares += t * t;
        }
        if (squares == 0) return 1;
        double s = products / squares;
        double epsilon = s - 1;
        double k;
        if (s < 1e-6) {
            k = StrictMath.pow(2, mu); // a flat distribution over k tokens has a surprise of log2 k
        } else if (Math.abs(epsilon) < 1e-6) {
            // The limit of the formula below.
            k = StrictMath.pow(2, mu) / Math.max(StrictMath.log(vocabularySize), LN2);
        } else {
            double base = epsilon * StrictMath.pow(2, mu) / (1 - StrictMath.pow(Math.max(vocabularySize, 2), -epsilon));
            k = StrictMath.pow(base, 1 / s);
        }
        // A NaN becomes 0.
        return Math.clamp((long) k, 1, size);
    }

    /** @param probability that the drawn token had among the candidates left */
    void learn(double probability) {
        double surprise = -StrictMath.log(probability) / LN2;
        mu -= settings.eta() * (surprise - settings.tau());
    }
}

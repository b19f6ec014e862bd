package dev.dalang.engine.sample;

import java.util.Arrays;

/**
 * Natural logarithms of the probabilities that the model itself gave, before bias, penalties and truncation: what the
 * APIs report as {@code logprobs}. {@link #read} before {@link Sampler#sample} changes the logits; reusable, so that
 * nothing is allocated per token.
 */
public final class LogProbabilities {

    private final int vocabularySize;
    private final float[] logits;
    private final Candidates best = new Candidates();
    private double max;
    private double logSum;

    public LogProbabilities(int vocabularySize) {
        this.vocabularySize = vocabularySize;
        this.logits = new float[vocabularySize];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    }

    /**
     * Takes over the logits of one position and finds the {@code top} likeliest.
     *
     * <p>ln p_i = l_i - max - ln Σ_j e^(l_j - max): with the maximum taken out no exponential overflows.
     */
    public void read(float[] raw, int top) {
        System.arraycopy(raw, 0, logits, 0, vocabularySize);
        // At least one, for its maximum.
        best.loadTop(logits, vocabularySize, Math.clamp(top, 1, vocabularySize));
        if (best.size() == 0) {
            return;
        }
        max = best.max();
        double sum = 0;
        for (int id = 0; id < vocabularySize; id++) sum += Exponential.exp(Math.min(0, logits[id] - max));
        logSum = StrictMath.log(sum);
    }

    /** ln p of a token, -infinity where the model gave it no chance. */
    public float of(int token) {
        return logits[token] == Float.NEGATIVE_INFINITY
                ? Float.NEGATIVE_INFINITY
                : (float) (logits[token] - max - logSum);
    }

    /** The id of the {@code rank}-th likeliest token from 0, below the {@code top} of {@link #read}; -1 beyond the last. */
    public int top(int rank) {
        return rank < best.size() ? best.id(rank) : -1;
    }
}

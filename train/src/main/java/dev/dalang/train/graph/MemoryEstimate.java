package dev.dalang.train.graph;

/**
 * What a network takes in memory, in bytes, without the file of a frozen model and without the optimiser's own numbers
 * (for AdamW, 8 bytes a parameter).
 *
 * @param parameters values and gradients of what learns
 * @param activations what a batch sets aside for its way back, and working memory
 */
public record MemoryEstimate(long parameters, long activations) {

    public long total() {
        return parameters + activations;
    }
}

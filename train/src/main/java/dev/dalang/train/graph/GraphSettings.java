package dev.dalang.train.graph;

/**
 * How a network computes.
 *
 * @param exact whether all products are of 32-bit floats; else factors may be rounded to BF16 where the processor
 *     multiplies those faster
 * @param checkpointing whether only the input of each layer is kept for the way back and the rest computed again
 *     (Chen et al. 2016, arXiv:1604.06174): less memory for a third more work, and the same bits
 * @param groupTokens how many tokens of a batch, in whole documents, go through at a time; a batch of more is done in
 *     several goes whose gradients add up, which is kinder to caches and memory
 */
public record GraphSettings(boolean exact, boolean checkpointing, int groupTokens) {

    public static final GraphSettings DEFAULT = new GraphSettings(false, false, 2048);

    public GraphSettings {
        if (groupTokens < 1) throw new IllegalArgumentException("groups of " + groupTokens + " tokens");
    }

    public GraphSettings withExact(boolean value) {
        return new GraphSettings(value, checkpointing, groupTokens);
    }

    public GraphSettings withCheckpointing(boolean value) {
        return new GraphSettings(exact, value, groupTokens);
    }

    public GraphSettings withGroupTokens(int value) {
        return new GraphSettings(exact, checkpointing, value);
    }
}

package dev.dalang.engine.kernel.machine;

/** The words that a product's kernel takes, by their order in memory. */
public enum Arguments implements Word {
    /** Address of the first group of the interleaved matrix. */
    WEIGHTS,
    /** Bytes from one group to the next. */
    GROUP_BYTES,
    /** Bytes from the start of a group to its words. */
    ODD_REGION,
    /** Address of the activations. */
    ACTIVATIONS,
    /** Bytes from one token's activations to the next, where they are floats. */
    ACTIVATION_STRIDE,
    /** Address of the first result. */
    RESULTS,
    /** Bytes from one token's results to the next. */
    RESULT_STRIDE,
    /** How many groups to go through. */
    GROUPS,
    /** Blocks of a row. */
    BLOCKS,
    /** Address of the working memory of kernels that use tiles. */
    TILES;

    /** Bytes of all of them. */
    public static final int BYTES = 8 * values().length;
}

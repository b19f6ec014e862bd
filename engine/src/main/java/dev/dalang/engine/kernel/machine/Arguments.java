package dev.dalang.engine.kernel.machine;

/** The words that a product's kernel takes, by their order in memory. */
public enum Arguments implements Word {
    /** Address of the first group's words; of 16-bit numbers, of its first column. */
    WEIGHTS,
    /** Bytes from there to the next group's. */
    WEIGHTS_STEP,
    /** Address of the first group's odd parts. */
    ODD,
    /** Bytes from there to the next group's. */
    ODD_STEP,
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

package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;

/**
 * Numbers of each token, side by side with others' perhaps.
 *
 * @param data where they are
 * @param from the first token's first number
 * @param stride how far a token's first number is from the one's before
 */
record Rows(Floats data, int from, int stride) {

    /** {@code [tokens][width]} from the start on. */
    static Rows of(Floats data, int width) {
        return new Rows(data, 0, width);
    }

    /** Where a token's numbers begin. */
    int at(int token) {
        return from + token * stride;
    }

    /** The numbers from {@code offset} on. */
    Rows from(int offset) {
        return new Rows(data, from + offset, stride);
    }
}

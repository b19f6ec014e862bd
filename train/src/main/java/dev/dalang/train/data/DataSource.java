package dev.dalang.train.data;

import dev.dalang.train.graph.Batch;

/**
 * Batches by number. The same source gives the same batch for the same number, whichever were asked for before, so that
 * an interrupted run needs to remember nothing but a number.
 */
public interface DataSource {

    /** Batch {@code index}, from 0 on without end. */
    Batch batch(long index);

    /** How many batches, from the first on, hold the whole data once. */
    long round();

    /** How often the first {@code batches} batches go through the data. */
    default double rounds(long batches) {
        return (double) batches / round();
    }

    /** A name for exactly these batches: other data, order, or size give another one. */
    String digest();
}

package dev.dalang.train.graph;

import java.util.List;

/** Something with parameters that predicts tokens, and can say how a loss would change with each parameter. */
public interface Network extends AutoCloseable {

    /** What learns, in an order that never changes. */
    List<Parameter> parameters();

    /**
     * The sum of the cross-entropies (nats) of the batch's targets; adds {@code scale} times its derivative to the
     * gradients of all parameters.
     */
    double forwardBackward(Batch batch, float scale);

    /** How many terms the sums of {@link #forwardBackward} and {@link #loss} have for a batch: what a mean divides by. */
    default int terms(Batch batch) {
        return batch.targetCount();
    }

    /** The same sum without derivatives. */
    double loss(Batch batch);

    @Override
    void close();
}

package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;

/** The way back through an operator that has been computed. */
@FunctionalInterface
interface Backward {

    /**
     * Adds to the gradients of the operator's parameters, and gives that of its input. Called at most once.
     *
     * @param dOut the derivative of the loss by the operator's output; not changed
     * @param dIn that by its input
     * @param add whether {@code dIn} is added to, or overwritten
     */
    void run(Floats dOut, Floats dIn, boolean add);
}

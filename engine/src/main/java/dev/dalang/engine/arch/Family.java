package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/** A model family: puts a {@link Decoder} together from a file's numbers and tensors. */
@FunctionalInterface
public interface Family {

    /**
     * @throws dev.dalang.api.DalangException if a number or tensor is missing, misshapen or out of range
     */
    Decoder assemble(Hyper hyper, Weights weights);

    /** The non-linear function of the feed-forward network, for people who ask what is inside. */
    default Activation activation() {
        return Activation.SILU;
    }
}

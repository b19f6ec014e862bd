package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;

/** Attention or a feed-forward network. */
sealed interface SublayerNode permits AttentionNode, FeedForwardNode {

    /** Both are {@code [tokens][embedding]}; {@code in} stays as it is until the way back is over. */
    Backward forward(Pass pass, Floats in, Floats out);

    /** Floats for each token that {@link #forward} sets aside. */
    long saved();

    /** Floats for each token that are in use at most at a time on the way there or back. */
    long temporary();
}

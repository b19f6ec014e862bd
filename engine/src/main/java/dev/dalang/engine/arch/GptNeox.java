package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * GPT-NeoX and Pythia (Black et al. 2022, arXiv:2204.06745; Biderman et al. 2023, arXiv:2304.01373): queries, keys and
 * values in one matrix, part of each head rotated in halves, biases everywhere; attention and an ungated network side
 * by side, each on a layer norm of its own, or one after the other.
 */
final class GptNeox implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        boolean parallel = h.metadata().bool(h.key("use_parallel_residual"), true);
        return Parts.decoder(h, w, w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()), layer -> {
                    Attention attention = layer.attention().rope(rope).build();
                    Norm first = layer.layerNorm("attn_norm");
                    Norm second = layer.layerNorm("ffn_norm");
                    FeedForward feedForward = layer.plain(Activation.GELU);
                    return parallel
                            ? new Block.Parallel(first, attention, second, feedForward, 1)
                            : new Block.Residual(first, attention, second, feedForward);
                })
                .build();
    }
}

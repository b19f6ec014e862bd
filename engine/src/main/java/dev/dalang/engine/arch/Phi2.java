package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Phi-1, 1.5 and 2 (Gunasekar et al. 2023, arXiv:2306.11644): attention and an ungated feed-forward network side by side
 * on one layer norm; biases everywhere; part of each head rotated, in halves.
 */
final class Phi2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(
                        h,
                        w,
                        w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()),
                        layer -> new Block.Parallel(
                                layer.layerNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                null,
                                layer.plain(Activation.GELU),
                                1))
                .build();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * StarCoder 2 (Lozhkov et al. 2024, arXiv:2402.19173): {@link Gpt2} with rotation of halves in place of position
 * embeddings, grouped queries, and separate projections.
 */
final class Starcoder2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(
                        h,
                        w,
                        w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()),
                        layer -> new Block.Residual(
                                layer.layerNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.layerNorm("ffn_norm"),
                                layer.plain(Activation.GELU)))
                .build();
    }
}

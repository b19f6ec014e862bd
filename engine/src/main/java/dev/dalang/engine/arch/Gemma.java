package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Gemma (Gemma Team 2024, arXiv:2403.08295): {@link Llama} with embeddings scaled by the root of their width, GELU in
 * the gated feed-forward network, wide heads, rotation of halves, and always tied output. The one that its norms add to
 * their weights is in the file's weights already.
 */
final class Gemma implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.gated(Activation.GELU)))
                .embeddingScale((float) Math.sqrt(h.embedding()))
                .build();
    }
}

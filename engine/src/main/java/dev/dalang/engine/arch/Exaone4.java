package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * EXAONE 4 (LG AI Research 2025, arXiv:2507.11407): norms after each sublayer instead of before it, and over each head of
 * queries and keys; rotation of halves. The 32B model has a sliding window in three layers of four, and rotates only
 * in those.
 */
final class Exaone4 implements Family {

    private static final int LAYERS_OF_32B = 64;
    private static final int WINDOW_OF_32B = 4096;

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        boolean hybrid = h.layers() == LAYERS_OF_32B;
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = hybrid && h.slides(layer.index(), 4);
                    return new Block.Residual(
                            null,
                            layer.headNorms(layer.attention(
                                            layer.shape().withWindow(slides ? h.slidingWindow(WINDOW_OF_32B) : 0)))
                                    .rope(slides || !hybrid ? rope : null)
                                    .build(),
                            layer.rmsNorm("post_attention_norm"),
                            null,
                            layer.gated(Activation.SILU),
                            layer.rmsNorm("post_ffw_norm"),
                            1);
                })
                .build();
    }
}

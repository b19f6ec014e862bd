package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * OLMo 2 and 3 (OLMo Team 2025, arXiv:2501.00656 and arXiv:2512.13961): norms after each sublayer instead of before it,
 * and over all heads of queries, and of keys, at once; rotation of halves. OLMo 3 has a sliding window in three layers
 * of four, whose rotation is not stretched.
 */
final class Olmo2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding = new Rope(
                Rope.Pairs.HALVES,
                h.ropeDimensions(h.keyDim()),
                h.ropeBase(),
                h.ropeScaling().unstretched(),
                null);
        int window = h.slidingWindow();
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = window > 0 && h.slides(layer.index(), 4);
                    return new Block.Residual(
                            null,
                            layer.wideNorms(layer.attention(layer.shape().withWindow(slides ? window : 0)))
                                    .rope(slides ? sliding : full)
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

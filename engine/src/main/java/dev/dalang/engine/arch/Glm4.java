package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * GLM-4 and GLM-4-Z1 0414 (GLM Team 2024, arXiv:2406.12793): norms before and after each sublayer, gate and up in one
 * matrix, biases on queries, keys and values, half of each head rotated, in adjacent pairs.
 */
final class Glm4 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        // For text all of a token's coordinates are equal, so that sections of the rotation make no difference beyond
        // the order of its pairs.
        Rope rope = Parts.rope(h, w, h.hasRopeSections() ? Rope.Pairs.HALVES : Rope.Pairs.ADJACENT);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.rmsNorm("post_attention_norm"),
                                layer.rmsNorm("ffn_norm"),
                                layer.gatedInOne(Activation.SILU),
                                layer.rmsNorm("post_ffw_norm"),
                                1))
                .build();
    }
}

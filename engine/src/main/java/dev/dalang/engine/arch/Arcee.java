package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/** AFM 4.5B (Arcee AI 2025): {@link Llama} with an ungated feed-forward network of squared ReLU (So et al. 2021). */
final class Arcee implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.plain(Activation.RELU_SQUARED)))
                .build();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Seed-OSS (ByteDance 2025): {@link Qwen2} with a head size of its own; the norm before the feed-forward network goes by
 * another name.
 */
final class SeedOss implements Family {

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
                                layer.rmsNorm("post_attention_norm"),
                                layer.gated(Activation.SILU)))
                .build();
    }
}

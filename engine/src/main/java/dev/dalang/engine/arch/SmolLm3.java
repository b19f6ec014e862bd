package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/** SmolLM 3 (Hugging Face 2025): {@link Llama} without rotation in every fourth layer (NoPE). */
final class SmolLm3 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention()
                                        .rope((layer.index() + 1) % 4 == 0 ? null : rope)
                                        .build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.gated(Activation.SILU)))
                .build();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * MiniMax M2 (MiniMax 2025): {@link Olmoe} with a router of sigmoids and a bias for choosing; part of each head rotated.
 */
final class MiniMaxM2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        Experts.Routing routing = h.routing(h.scoring(Experts.Scoring.SIGMOID), true);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.wideNorms(layer.attention()).rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.experts(Activation.SILU, layer.biased(routing))))
                .build();
    }
}

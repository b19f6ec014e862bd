package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * DeepSeekMoE (Dai et al. 2024, arXiv:2401.06066): {@link Llama} with a dense SwiGLU in the leading layers, then many
 * small experts, whose weights are not made to add up to 1, and shared ones.
 */
final class DeepSeek implements Family {

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
                                layer.index() < h.leadingDense() ? layer.gated(Activation.SILU) : experts(h, layer)))
                .build();
    }

    private static Sublayer experts(Hyper h, LayerParts layer) {
        Experts experts = layer.experts(
                Activation.SILU, h.routing(Experts.Scoring.SOFTMAX, false).withScale(h.expertScale()));
        int shared = h.sharedExpertsWidth(layer.index());
        return layer.withShared(experts, Activation.SILU, shared);
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * OLMo (Groeneveld et al. 2024, arXiv:2402.00838): layer norms without weights, SwiGLU, and
 * projections that may be clamped.
 */
final class Olmo implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        Norm norm = new Norm.Layer(h.embedding(), null, null, h.layerNormEpsilon());
        float clamp = Math.max(0, h.real("attention.clamp_kqv", 0));
        return Parts.decoder(
                        h,
                        w,
                        norm,
                        layer -> new Block.Residual(
                                norm,
                                layer.attention().rope(rope).clamp(clamp).build(),
                                norm,
                                layer.gated(Activation.SILU)))
                .build();
    }
}

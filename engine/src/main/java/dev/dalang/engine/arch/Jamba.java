package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Jamba (Lieber et al. 2024, arXiv:2403.19887): mostly {@link Mamba} layers, with norms on the time step and both
 * vectors; a few layers of attention without positions, those with key-value heads; experts in some layers, their
 * weights not made to add up to 1.
 */
final class Jamba implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                mixer(h, layer),
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer)))
                .build();
    }

    private static Sublayer mixer(Hyper h, LayerParts layer) {
        if (h.kvHeadsOrNone(layer.index()) == 0) return Mamba.read(layer, true);
        float scale = (float) (1 / Math.sqrt(h.valueDim()));
        return layer.attention(layer.shape().withScale(scale)).build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        if (!layer.has("ffn_gate_inp.weight")) return layer.gated(Activation.SILU);
        return layer.experts(
                Activation.SILU,
                h.feedForward(layer.index()),
                h.routing(Experts.Scoring.SOFTMAX, false).withScale(h.expertScale()),
                Experts.Weighing.OUTPUT);
    }
}

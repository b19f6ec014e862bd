package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Kimi Linear (Moonshot AI 2025, arXiv:2510.26692): {@link KimiDeltaAttention} layers and, with key-value heads,
 * {@link LatentAttention} without rotation; a dense SwiGLU in the leading layers, then experts chosen with a bias and a
 * shared one.
 */
final class KimiLinear implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        float scale = (float) (1 / Math.sqrt(LatentAttention.keyDim(h)));
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                h.kvHeadsOrNone(layer.index()) == 0
                                        ? KimiDeltaAttention.read(layer)
                                        : LatentAttention.read(layer, h.headsOfFirst(), scale, null, null),
                                layer.rmsNorm("ffn_norm"),
                                layer.index() < h.leadingDense() ? layer.gated(Activation.SILU) : experts(h, layer)))
                .build();
    }

    private static Sublayer experts(Hyper h, LayerParts layer) {
        Experts.Scoring scoring = h.routingOfFile(Experts.Scoring.SIGMOID).scoring();
        Experts experts = layer.experts(
                Activation.SILU, layer.biased(h.routing(scoring, true).withScale(h.expertScale())));
        boolean shared = layer.has("ffn_up_shexp.weight");
        int one = h.expertFeedForward(layer.index());
        int hidden = Math.max(one, h.sharedExpertsWidth(layer.index()));
        return layer.withShared(experts, Activation.SILU, shared ? hidden : 0);
    }
}

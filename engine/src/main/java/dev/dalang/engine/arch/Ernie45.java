package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * ERNIE 4.5 (Baidu 2025): the dense models ({@code ernie4_5}) are {@link Llama}. The mixtures ({@code ernie4_5-moe})
 * have experts in every n-th layer after the first dense ones, with a bias for choosing and shared ones beside them.
 */
final class Ernie45 implements Family {

    private final boolean mixture;

    Ernie45(boolean mixture) {
        this.mixture = mixture;
    }

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
                                feedForward(h, layer)))
                .build();
    }

    private Sublayer feedForward(Hyper h, LayerParts layer) {
        boolean dense = !mixture
                || layer.index() < h.leadingDense()
                || (layer.index() + 1) % h.integer("interleave_moe_layer_step", 1, Integer.MAX_VALUE) != 0;
        if (dense) return layer.gated(Activation.SILU);
        Experts.Routing routing = layer.biased(h.routing(Experts.Scoring.SOFTMAX, true));
        return layer.withShared(layer.experts(Activation.SILU, routing), Activation.SILU, h.sharedFeedForward());
    }
}

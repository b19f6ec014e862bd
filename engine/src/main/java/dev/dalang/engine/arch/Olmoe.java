package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * OLMoE (Muennighoff et al. 2024, arXiv:2409.02060): pre-norm blocks with experts whose weights are not made to add up
 * to 1, and norms over all heads of queries, and of keys, at once; rotation of halves.
 */
final class Olmoe implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        Experts.Routing routing = h.routing(Experts.Scoring.SOFTMAX, false);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.wideNorms(layer.attention()).rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.experts(
                                        Activation.SILU,
                                        h.feedForward(layer.index()),
                                        routing,
                                        Experts.Weighing.OUTPUT)))
                .build();
    }
}

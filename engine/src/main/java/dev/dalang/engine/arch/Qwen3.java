package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Qwen 3 (Yang et al. 2025, arXiv:2505.09388): {@link Qwen2} without biases, with norms over each head of queries and
 * keys, and with a head size of its own. {@code qwen3moe}: experts in every layer, weights adding up to 1, none shared.
 */
final class Qwen3 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.headNorms(layer.attention()).rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                h.experts() == 0
                                        ? layer.gated(Activation.SILU)
                                        : layer.experts(Activation.SILU, h.routing(Experts.Scoring.SOFTMAX, true))))
                .build();
    }
}

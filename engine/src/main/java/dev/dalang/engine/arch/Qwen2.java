package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671 and arXiv:2412.15115): {@link Llama} with biases on queries, keys
 * and values and rotation of the two halves of a head.
 *
 * <p>Qwen 1.5 and 2 MoE ({@code qwen2moe}): every layer has experts, whose weights are not made to add up to 1, and a
 * shared one behind a gate.
 */
final class Qwen2 implements Family {

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
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer)))
                .build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        if (h.experts() == 0) return layer.gated(Activation.SILU);
        int shared = h.sharedFeedForward();
        return layer.withShared(
                layer.experts(Activation.SILU, h.routing(Experts.Scoring.SOFTMAX, false)),
                Activation.SILU,
                shared == 0 ? h.feedForward(layer.index()) : shared);
    }
}

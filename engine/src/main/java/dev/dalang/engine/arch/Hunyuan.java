package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Hunyuan (Tencent 2025; {@code hunyuan-dense}, {@code hunyuan-moe}): {@link Qwen3} with the norms of queries and keys
 * after rotation, and rotation slowed by a factor on its base (NTK-aware scaling). The mixture has a shared expert.
 */
final class Hunyuan implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int dim = h.keyDim();
        int rotated = h.ropeDimensions(dim);
        float alpha = h.real("rope.scaling.alpha", 0);
        double base = h.ropeBase() * (alpha > 0 && dim > 2 ? Math.pow(alpha, dim / (dim - 2.0)) : 1);
        Rope rope = new Rope(Rope.Pairs.HALVES, rotated, base, h.ropeScaling(), Parts.ropeFactors(h, w, rotated));
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention()
                                        .rope(rope)
                                        .normsAfterRotation(
                                                layer.rmsNorm("attn_q_norm", dim), layer.rmsNorm("attn_k_norm", dim))
                                        .build(),
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer)))
                .build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        // Files of dense models say that there is one expert.
        if (h.experts() <= 1) return layer.gated(Activation.SILU);
        return layer.withShared(
                layer.experts(
                        Activation.SILU,
                        h.feedForward(layer.index()),
                        h.routing(Experts.Scoring.SOFTMAX, true),
                        Experts.Weighing.OUTPUT),
                Activation.SILU,
                h.sharedFeedForward() == 0 ? h.feedForward(layer.index()) : h.sharedFeedForward());
    }
}

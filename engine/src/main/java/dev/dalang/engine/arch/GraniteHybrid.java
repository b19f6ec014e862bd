package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Granite 4 hybrid (IBM 2025): {@link Granite} in which most layers, those without key-value heads, are {@link Mamba2};
 * attention with rotation or, as released, without; SwiGLU, or experts with a shared one.
 */
final class GraniteHybrid implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        float logits = h.real("logit_scale", 0);
        float embedding = h.real("embedding_scale", 0);
        float residual = h.real("residual_scale", 0);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                h.kvHeadsOrNone(layer.index()) == 0
                                        ? Mamba2.read(layer)
                                        : layer.attention()
                                                .rope(h.rotates(layer.index()) ? rope : null)
                                                .build(),
                                null,
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer),
                                null,
                                residual == 0 ? 1 : residual))
                .embeddingScale(embedding == 0 ? 1 : embedding)
                .logitScale(logits == 0 ? 1 : 1 / logits)
                .build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        if (h.experts() == 0) return layer.gated(Activation.SILU);
        Experts experts = layer.experts(
                Activation.SILU,
                h.feedForward(layer.index()),
                h.routing(Experts.Scoring.SOFTMAX, true).withScale(h.expertScale()),
                Experts.Weighing.OUTPUT);
        return layer.withShared(experts, Activation.SILU, h.sharedFeedForward());
    }
}

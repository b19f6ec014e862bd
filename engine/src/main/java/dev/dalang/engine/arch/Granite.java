package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Granite 3 and 4 (IBM 2024): {@link Llama} with factors in the manner of µP (Yang et al. 2022) on embeddings, attention
 * scores, residuals and logits. {@code granitemoe}: experts in every layer, with or without a shared one.
 *
 * <p>MiniCPM (Hu et al. 2024, arXiv:2404.06395; {@code minicpm}) is the same, with factors known where the file has none.
 */
final class Granite implements Family {

    private final boolean miniCpm;

    Granite(boolean miniCpm) {
        this.miniCpm = miniCpm;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        float logits = h.real("logit_scale", miniCpm ? 256.0 / h.embedding() : 0);
        if (logits == 0) throw h.bad("logit_scale", "is missing or 0");
        float embedding = h.real("embedding_scale", miniCpm ? 12 : 0);
        float residual = h.real("residual_scale", miniCpm ? 1.4 / Math.sqrt(h.layers()) : 0);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention()
                                        .rope(miniCpm || h.rotates(layer.index()) ? rope : null)
                                        .build(),
                                null,
                                layer.rmsNorm("ffn_norm"),
                                feedForward(h, layer),
                                null,
                                residual == 0 ? 1 : residual))
                .embeddingScale(embedding == 0 ? 1 : embedding)
                .logitScale(1 / logits)
                .build();
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        if (h.experts() == 0) return layer.gated(Activation.SILU);
        Experts experts = layer.experts(
                Activation.SILU,
                h.feedForward(layer.index()),
                h.routing(Experts.Scoring.SOFTMAX, true),
                Experts.Weighing.OUTPUT);
        return layer.withShared(experts, Activation.SILU, h.sharedFeedForward());
    }
}

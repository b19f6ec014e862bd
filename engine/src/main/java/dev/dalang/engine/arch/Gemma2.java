package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * Gemma 2 (Gemma Team 2024, arXiv:2408.00118) and Gemma 3 (arXiv:2503.19786): {@link Gemma} with norms after each
 * sublayer too, and with a sliding window in all layers but every second (Gemma 2) or sixth (Gemma 3).
 *
 * <p>Gemma 2 caps attention scores and logits by tanh. Gemma 3 instead has norms over each head of queries and keys,
 * and a rotation of its own, unstretched, in the layers with a window.
 */
final class Gemma2 implements Family {

    private static final int WINDOW_OF_GEMMA_2 = 4096;
    /** Layers of the 27B models, whose scores are scaled by the width per head instead of the head's own size. */
    private static final int LAYERS_OF_27B_GEMMA_2 = 46;

    private static final int LAYERS_OF_27B_GEMMA_3 = 62;

    private final boolean three;

    Gemma2(boolean three) {
        this.three = three;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding = three
                ? Parts.slidingRope(
                        h, Rope.Pairs.HALVES, 10_000, h.ropeScaling().unstretched())
                : Parts.slidingRope(h, Rope.Pairs.HALVES, h.ropeBase(), h.ropeScaling());
        int window = three ? h.slidingWindow() : h.slidingWindow(WINDOW_OF_GEMMA_2);
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = window > 0 && h.slides(layer.index(), three ? 6 : 2);
                    Attention.Builder attention = layer.attention(
                                    shape(h, layer).withWindow(slides ? window : 0))
                            .rope(slides ? sliding : full);
                    if (three) layer.headNorms(attention);
                    return new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            attention.build(),
                            layer.rmsNorm("post_attention_norm"),
                            layer.rmsNorm("ffn_norm"),
                            layer.gated(Activation.GELU),
                            layer.rmsNorm("post_ffw_norm"),
                            1);
                })
                .embeddingScale((float) Math.sqrt(h.embedding()))
                .logitSoftcap(h.real("final_logit_softcapping", three ? 0 : 30))
                .build();
    }

    private AttentionShape shape(Hyper h, LayerParts layer) {
        AttentionShape shape = layer.shape();
        boolean is27B = h.layers() == (three ? LAYERS_OF_27B_GEMMA_3 : LAYERS_OF_27B_GEMMA_2);
        int size = is27B ? h.embedding() / h.heads(0) : shape.keyDim();
        return shape.withScale((float) (1 / Math.sqrt(size)))
                .withSoftcap(three ? 0 : h.real("attn_logit_softcapping", 50));
    }
}

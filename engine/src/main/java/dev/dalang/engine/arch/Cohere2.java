package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * Command R and R+ ({@code command-r}; Cohere 2024): attention and SwiGLU side by side on one layer norm without bias,
 * logits scaled, output tied. R+ has layer norms with weights of their own for each head of queries and keys.
 *
 * <p>Command R7B and A ({@code cohere2}; arXiv:2504.00698): three layers in four have a sliding window and rotation;
 * every fourth sees everything and has no notion of position.
 */
final class Cohere2 implements Family {

    private final boolean two;

    Cohere2(boolean two) {
        this.two = two;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        float logits = h.real("logit_scale", 0);
        return Parts.decoder(h, w, w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()), layer -> {
                    boolean slides = two && h.slides(layer.index(), 4);
                    AttentionShape shape = layer.shape().withWindow(slides ? h.slidingWindow() : 0);
                    Attention attention = layer.attention(shape)
                            .norms(
                                    layer.normsPerHead("attn_q_norm", shape.heads()),
                                    layer.normsPerHead("attn_k_norm", shape.kvHeads()))
                            .rope(slides || !two ? rope : null)
                            .build();
                    return new Block.Parallel(
                            layer.layerNorm("attn_norm"), attention, null, layer.gated(Activation.SILU), 1);
                })
                .logitScale(logits == 0 ? 1 : logits)
                .build();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * StableLM 2 (Bellagente et al. 2024, arXiv:2402.17834): layer norms, SwiGLU, part of each head rotated in halves. The
 * 12B model has attention and feed-forward side by side on one norm, and layer norms with weights of their own for each
 * head of queries and keys.
 */
final class StableLm implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(h, w, w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()), layer -> {
                    AttentionShape shape = layer.shape();
                    Attention attention = layer.attention()
                            .norms(
                                    layer.normsPerHead("attn_q_norm", shape.heads()),
                                    layer.normsPerHead("attn_k_norm", shape.kvHeads()))
                            .rope(rope)
                            .build();
                    Norm norm = layer.layerNorm("attn_norm");
                    Norm second = layer.layerNormOrNull("ffn_norm");
                    FeedForward feedForward = layer.gated(Activation.SILU);
                    return second == null
                            ? new Block.Parallel(norm, attention, null, feedForward, 1)
                            : new Block.Residual(norm, attention, second, feedForward);
                })
                .build();
    }
}

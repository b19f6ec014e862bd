package dev.dalang.engine.arch;

/**
 * GLM-4.5, 4.6 and 4.7 (GLM Team 2025, arXiv:2508.06471): the first layers dense, then experts by sigmoids with a bias
 * for choosing and shared ones beside them (as DeepSeek-V3); biases on queries, keys and values; part of each head
 * rotated, in halves; norms over each head of queries and keys in the larger models.
 */
final class Glm4Moe implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        Experts.Routing routing = h.routingOfFile(Experts.Scoring.SIGMOID);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention()
                                        .norms(
                                                layer.rmsNormOrNull("attn_q_norm", h.keyDim()),
                                                layer.rmsNormOrNull("attn_k_norm", h.keyDim()))
                                        .rope(rope)
                                        .build(),
                                layer.rmsNorm("post_attention_norm"),
                                layer.denseThenExperts(routing)))
                .build();
    }
}

package dev.dalang.engine.arch;

/**
 * dots.llm1 (Huo et al. 2025, arXiv:2506.05767) and Ling 2.0 ({@code bailingmoe2}; Ling Team 2025, arXiv:2510.22115):
 * {@link Qwen3}'s attention; the first layers dense, then experts with a bias for choosing and shared ones beside them
 * (as DeepSeek-V3). Ling has queries, keys and values in one matrix, and chooses experts by groups.
 */
final class Dots1 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        Experts.Routing routing = h.routingOfFile(Experts.Scoring.SOFTMAX);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.headNorms(layer.attention()).rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                layer.denseThenExperts(routing)))
                .build();
    }
}

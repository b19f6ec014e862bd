package dev.dalang.engine.arch;

/**
 * Trinity (Arcee AI 2025; {@code afmoe}): attention gated by sigmoids of its input, norms over each head of queries and
 * keys, and before and after each sublayer; a sliding window in three layers of four, rotation in those only;
 * embeddings scaled by the root of their width; the first layers dense, then experts as in {@link Glm4Moe}.
 */
final class Afmoe implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int window = h.slidingWindow();
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding = Parts.slidingRope(h, Rope.Pairs.HALVES, h.ropeBase(), h.ropeScaling());
        Experts.Routing routing = h.routingOfFile(Experts.Scoring.SIGMOID);
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = window > 0 && h.slides(layer.index(), 4);
                    boolean rotates = (layer.index() + 1) % 4 != 0;
                    Attention.Builder attention = layer.attention(layer.shape().withWindow(slides ? window : 0));
                    int heads = layer.shape().heads() * layer.shape().valueDim();
                    return new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            layer.headNorms(attention)
                                    .rope(!rotates ? null : slides ? sliding : full)
                                    .gate(w.linear(layer.name("attn_gate"), h.embedding(), heads))
                                    .build(),
                            layer.rmsNorm("post_attention_norm"),
                            layer.rmsNorm("ffn_norm"),
                            layer.denseThenExperts(routing),
                            layer.rmsNorm("post_ffw_norm"),
                            1);
                })
                .embeddingScale((float) Math.sqrt(h.embedding()))
                .build();
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * gpt-oss (OpenAI 2025, arXiv:2508.10925): experts with biases and a clamped SwiGLU, router weights by softmax over the
 * chosen ones; attention sinks; a sliding window in every other layer; rotation of halves, stretched by YaRN.
 */
final class GptOss implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding = Parts.slidingRope(h, Rope.Pairs.HALVES, h.ropeBase(), h.ropeScaling());
        int window = h.slidingWindow();
        Experts.Routing routing = h.routing(Experts.Scoring.SOFTMAX_OF_CHOSEN, false);
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = h.slides(layer.index(), 2);
                    int heads = layer.shape().heads();
                    return new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            layer.attention(layer.shape().withWindow(slides ? window : 0))
                                    .rope(slides ? sliding : full)
                                    .sinks(w.vector(layer.name("attn_sinks.weight"), heads))
                                    .build(),
                            layer.rmsNorm("post_attention_norm"),
                            layer.experts(Activation.SWIGLU_CLAMPED, routing));
                })
                .build();
    }
}

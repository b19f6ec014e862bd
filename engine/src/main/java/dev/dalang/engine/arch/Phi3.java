package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024, arXiv:2404.14219 and arXiv:2412.08905): {@link Llama} with queries, keys
 * and values in one matrix, gate and up in another, and rotation of halves with LongRoPE's factors.
 *
 * <p>Phi-3.5-MoE ({@code phimoe}): biases on norms, projections and output, and 16 experts. ChatGLM 3 and GLM-4 9B
 * (GLM Team 2024, arXiv:2406.12793; {@code chatglm}): the dense form with half of each head rotated, in adjacent pairs.
 */
final class Phi3 implements Family {

    private final Rope.Pairs pairs;

    Phi3(Rope.Pairs pairs) {
        this.pairs = pairs;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, pairs);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.rmsNorm("ffn_norm"),
                                h.experts() == 0
                                        ? layer.gatedInOne(Activation.SILU)
                                        : layer.experts(
                                                Activation.SILU,
                                                h.feedForward(layer.index()),
                                                h.routing(Experts.Scoring.SOFTMAX, true),
                                                Experts.Weighing.OUTPUT)))
                .build();
    }
}

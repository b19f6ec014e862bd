package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024, arXiv:2404.14219 and arXiv:2412.08905): {@link Llama} with queries, keys
 * and values in one matrix, gate and up in another, and rotation of halves with LongRoPE's factors.
 *
 * <p>Phi-3.5-MoE ({@code phimoe}): biases on norms, projections and output, and 16 experts.
 */
final class Phi3 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
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

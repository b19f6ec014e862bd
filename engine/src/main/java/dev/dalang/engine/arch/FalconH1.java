package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Falcon-H1 (arXiv:2507.22448): every layer runs attention and {@link Mamba2} side by side on the same normed input and
 * adds both; then SwiGLU. The multipliers of its configuration are in the file's weights.
 */
final class FalconH1 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        // Files may carry rope_freqs.weight; this family does not use it.
        Rope rope = new Rope(Rope.Pairs.HALVES, h.ropeDimensions(h.keyDim()), h.ropeBase(), h.ropeScaling(), null);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                new SumOfMixers(layer.attention().rope(rope).build(), Mamba2.read(layer)),
                                w.rmsNormNamed(layer.name("ffn_norm"), h.embedding(), h.rmsEpsilon()),
                                layer.gated(Activation.SILU)))
                .build();
    }
}

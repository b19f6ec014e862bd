package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Falcon (Almazrouei et al. 2023, arXiv:2311.16867): {@link Phi2} with few key-value heads, whole heads rotated and no
 * biases on matrices. The 40B and 180B models give attention a layer norm of its own.
 */
final class Falcon implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(h, w, w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()), layer -> {
                    Norm shared = layer.layerNorm("attn_norm");
                    Norm own = layer.layerNormOrNull("attn_norm_2");
                    return new Block.Parallel(
                            own == null ? shared : own,
                            layer.attention().rope(rope).build(),
                            own == null ? null : shared,
                            layer.plain(Activation.GELU),
                            1);
                })
                .build();
    }
}

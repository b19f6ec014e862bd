package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * StarCoder 2 (Lozhkov et al. 2024, arXiv:2402.19173): {@link Gpt2} with rotation of halves in place of position
 * embeddings, grouped queries, and separate projections.
 *
 * <p>Nemotron 3 and 4, and Minitron ({@code nemotron}; Nvidia 2024, arXiv:2402.16819): the same with squared ReLU and
 * part of each head rotated.
 */
final class Starcoder2 implements Family {

    private final Activation activation;

    Starcoder2(Activation activation) {
        this.activation = activation;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = Parts.rope(h, w, Rope.Pairs.HALVES);
        return Parts.decoder(
                        h,
                        w,
                        w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()),
                        layer -> new Block.Residual(
                                layer.layerNorm("attn_norm"),
                                layer.attention().rope(rope).build(),
                                layer.layerNorm("ffn_norm"),
                                layer.plain(activation)))
                .build();
    }
}

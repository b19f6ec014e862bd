package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * GPT-2 (Radford et al. 2019) and StarCoder ({@code starcoder}; Li et al. 2023, arXiv:2305.06161, with one key-value
 * head): layer norms, a learned embedding of each position, queries, keys and values in one matrix, an ungated GELU
 * network, biases everywhere.
 */
final class Gpt2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        return Parts.decoder(
                        h,
                        w,
                        w.layerNorm("output_norm", h.embedding(), h.layerNormEpsilon()),
                        layer -> new Block.Residual(
                                layer.layerNorm("attn_norm"),
                                layer.attention().build(),
                                layer.layerNorm("ffn_norm"),
                                layer.plain(Activation.GELU)))
                .input(new PositionEmbeddings(w.matrix("position_embd.weight", h.embedding(), h.contextLength())))
                .build();
    }
}

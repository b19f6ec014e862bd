package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import java.util.ArrayList;
import java.util.List;

/** EuroBERT (Boizard et al. 2025, arXiv:2503.05500): {@link Llama} as an encoder, with attention in both directions. */
final class EuroBert implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = new Rope(Rope.Pairs.HALVES, h.ropeDimensions(h.keyDim()), h.ropeBase(), h.ropeScaling(), null);
        boolean causal = Bert.causal(h);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) {
            LayerParts layer = new LayerParts(h, w, i);
            blocks.add(new Block.Residual(
                    layer.rmsNorm("attn_norm"),
                    layer.attention(Bert.shape(layer.shape(), causal))
                            .rope(rope)
                            .build(),
                    layer.rmsNorm("ffn_norm"),
                    layer.gated(Activation.SILU)));
        }
        Decoder.Builder decoder = new Decoder.Builder(
                w.matrix("token_embd.weight", h.embedding(), h.vocabulary()), blocks, Parts.outputNorm(h, w), null);
        if (!causal) decoder.bidirectional();
        return decoder.build();
    }
}

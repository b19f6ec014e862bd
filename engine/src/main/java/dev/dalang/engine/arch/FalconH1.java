package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Falcon-H1 (arXiv:2507.22448): every layer runs attention and {@link Mamba2} side by side on the same normed input and
 * adds both; then SwiGLU. The multipliers of its configuration are in the file's weights.
 */
final class FalconH1 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int width = h.embedding();
        float epsilon = h.rmsEpsilon();
        // Files may carry rope_freqs.weight; this family does not use it.
        Rope rope = new Rope(
                Rope.Pairs.HALVES, h.ropeDimensions(h.keyDim()), h.ropeBase(), h.ropeScaling(), null);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) {
            String blk = "blk." + i + ".";
            AttentionShape shape = Parts.shape(h, i);
            blocks.add(new Block.Residual(
                    w.rmsNorm(blk + "attn_norm", width, epsilon),
                    new SumOfMixers(width, 
                            Hybrids.attention(w, i, width, shape, rope), Mamba2.read(h, w, i, width, epsilon)),
                    w.rmsNormNamed(blk + "ffn_norm", width, epsilon),
                    Parts.gated(w, blk, Activation.SILU, width, h.feedForward(i))));
        }
        return Parts.decoder(h, w, blocks, w.rmsNorm("output_norm", width, epsilon))
                .build();
    }
}

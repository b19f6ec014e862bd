package dev.dalang.engine.arch;

import java.util.ArrayList;
import java.util.List;

/** Mamba-2 (Dao and Gu 2024, arXiv:2405.21060; Codestral Mamba): nothing but {@link Mamba2} layers. */
final class Mamba2Family implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int width = h.embedding();
        float epsilon = h.rmsEpsilon();
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) {
            blocks.add(new SingleBlock(
                    w.rmsNorm("blk." + i + ".attn_norm", width, epsilon), Mamba2.read(h, w, i, width, epsilon)));
        }
        return Parts.decoder(h, w, blocks, w.rmsNorm("output_norm", width, epsilon))
                .build();
    }
}

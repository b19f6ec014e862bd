package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama (Touvron et al. 2023, arXiv:2302.13971; Llama 3, arXiv:2407.21783), and what shares its graph: Mistral 7B,
 * Mixtral (arXiv:2401.04088, with experts), Yi, TinyLlama, SmolLM, …
 *
 * <p>Pre-norm blocks by root mean square; grouped-query attention with rotation of adjacent pairs; SwiGLU; output
 * matrix of its own or tied to the embeddings.
 */
final class Llama implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int width = h.embedding();
        int headDim = h.keyDim();
        float epsilon = h.rmsEpsilon();
        Rope rope = new Rope(
                Rope.Pairs.ADJACENT,
                h.ropeDimensions(headDim),
                h.ropeBase(),
                h.ropeScaling(),
                Parts.ropeFactors(w, h.ropeDimensions(headDim)));
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) {
            String blk = "blk." + i + ".";
            AttentionShape shape = Parts.shape(h, i);
            Attention attention = new Attention(
                    i,
                    shape,
                    Parts.separate(w, blk, width, shape),
                    null,
                    null,
                    rope,
                    null,
                    w.linear(blk + "attn_output", shape.heads() * shape.valueDim(), width));
            Sublayer feedForward = h.experts() == 0
                    ? Parts.gated(w, blk, Activation.SILU, width, h.feedForward(i))
                    : Parts.experts(
                            w,
                            blk,
                            Activation.SILU,
                            width,
                            h.feedForward(i),
                            Experts.Routing.softmax(h.experts(), h.expertsUsed()));
            blocks.add(new Block.Residual(
                    w.rmsNorm(blk + "attn_norm", width, epsilon),
                    attention,
                    w.rmsNorm(blk + "ffn_norm", width, epsilon),
                    feedForward));
        }
        return Parts.decoder(h, w, blocks, w.rmsNorm("output_norm", width, epsilon))
                .build();
    }
}

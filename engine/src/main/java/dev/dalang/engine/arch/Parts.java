package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pieces that families have in common, under GGUF's standard tensor names. */
final class Parts {

    private Parts() {}

    /** Causal attention over everything before, scaled by 1/√keyDim. */
    static AttentionShape shape(Hyper h, int layer) {
        int dk = h.keyDim();
        float scale = h.real("attention.scale", 0);
        return new AttentionShape(
                h.heads(layer),
                h.kvHeads(layer),
                dk,
                h.valueDim(),
                scale == 0 ? (float) (1 / Math.sqrt(dk)) : scale,
                0,
                0,
                false,
                true);
    }

    /** {@code attn_q}, {@code attn_k}, {@code attn_v}; or {@code attn_qkv} where the file has them in one. */
    static Attention.Projection separate(Weights w, String blk, int width, AttentionShape s) {
        int q = s.heads() * s.keyDim();
        int k = s.kvHeads() * s.keyDim();
        int v = s.kvHeads() * s.valueDim();
        if (w.has(blk + "attn_qkv.weight")) {
            return new Attention.Projection.Fused(w.linear(blk + "attn_qkv", width, q + k + v));
        }
        return new Attention.Projection.Separate(
                w.linear(blk + "attn_q", width, q),
                w.linear(blk + "attn_k", width, k),
                w.linear(blk + "attn_v", width, v));
    }

    /** {@code ffn_gate}, {@code ffn_up}, {@code ffn_down}. */
    static FeedForward gated(Weights w, String blk, Activation activation, int width, int hidden) {
        return new FeedForward(
                activation,
                w.linear(blk + "ffn_gate", width, hidden),
                w.linear(blk + "ffn_up", width, hidden),
                w.linear(blk + "ffn_down", hidden, width));
    }

    /** {@code ffn_gate_inp} and the stacked {@code ffn_*_exps}. */
    static Experts experts(
            Weights w, String blk, Activation activation, int width, int hidden, Experts.Routing routing) {
        int count = routing.experts();
        Linear[] gate = w.linears(blk + "ffn_gate_exps", width, hidden, count);
        Linear[] up = w.linears(blk + "ffn_up_exps", width, hidden, count);
        Linear[] down = w.linears(blk + "ffn_down_exps", hidden, width, count);
        Experts.Expert[] experts = new Experts.Expert[count];
        for (int e = 0; e < count; e++) experts[e] = new Experts.Expert(gate[e], up[e], down[e]);
        return new Experts(w.linear(blk + "ffn_gate_inp", width, count), routing, activation, experts);
    }

    /** The divisors of the rotation's frequencies that Llama 3.x files carry. */
    static float @Nullable [] ropeFactors(Weights w, int dimensions) {
        return w.has("rope_freqs.weight")
                ? w.vector("rope_freqs.weight", dimensions / 2).toArray()
                : null;
    }

    /** Embeddings, blocks, norm, and an output matrix of its own or tied to the embeddings. */
    static Decoder.Builder decoder(Hyper h, Weights w, List<Block> blocks, Norm norm) {
        Matrix tokens = w.matrix("token_embd.weight", h.embedding(), h.vocabulary());
        Linear output = w.linearOrNull("output", h.embedding(), h.vocabulary());
        return new Decoder.Builder(tokens, blocks, norm, output != null ? output : new Linear(tokens, null));
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
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

    /** The rotation of all layers, by the file's numbers. */
    static Rope rope(Hyper h, Weights w, Rope.Pairs pairs) {
        int dimensions = h.ropeDimensions(h.keyDim());
        return new Rope(pairs, dimensions, h.ropeBase(), h.ropeScaling(), ropeFactors(h, w, dimensions));
    }

    /**
     * The rotation of layers with a sliding window, which some families give a base of its own and leave unstretched.
     *
     * @param base where the file gives none
     */
    static Rope slidingRope(Hyper h, Rope.Pairs pairs, double base, Rope.Scaling scaling) {
        return new Rope(pairs, h.ropeDimensions(h.keyDim()), h.ropeBase("rope.freq_base_swa", base), scaling, null);
    }

    /**
     * The divisors of the rotation's frequencies: Llama 3's, or LongRoPE's (Ding et al. 2024) for short and for long
     * contexts, of which the context in use decides.
     */
    static float @Nullable [] ropeFactors(Hyper h, Weights w, int dimensions) {
        String name = "rope_freqs.weight";
        if (!w.has(name)) {
            name = h.contextInUse() > h.originalContext() ? "rope_factors_long.weight" : "rope_factors_short.weight";
        }
        return w.has(name) ? w.vector(name, dimensions / 2).toArray() : null;
    }

    /**
     * Divisors of the frequencies that stop the pairs outside the three interleaved sections: text leaves their
     * position at 0.
     */
    static float[] unturned(Hyper h, int pairs) {
        long[] sections = h.metadata().integers(h.key("rope.dimension_sections"));
        if (sections.length < 3)
            throw h.bad("rope.dimension_sections", "has " + sections.length + " numbers, not 3 or 4");
        long all = 0;
        for (long s : sections) {
            if (s < 0 || s > 1 << 20) throw h.bad("rope.dimension_sections", "has " + s + " in it");
            all += s;
        }
        if (all == 0) throw h.bad("rope.dimension_sections", "is all 0");
        float[] divisors = new float[pairs];
        for (int i = 0; i < pairs; i++) {
            long sector = i % all;
            boolean turned = sector < 3 * sections[(int) (sector % 3)];
            divisors[i] = turned ? 1 : Float.POSITIVE_INFINITY;
        }
        return divisors;
    }

    /** As {@link #decoder(Hyper, Weights, List, Norm)}, with every layer by the same rule. */
    static Decoder.Builder decoder(Hyper h, Weights w, Norm norm, Function<LayerParts, Block> layer) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) blocks.add(layer.apply(new LayerParts(h, w, i)));
        return decoder(h, w, blocks, norm);
    }

    /** The final norm, by root mean square. */
    static Norm outputNorm(Hyper h, Weights w) {
        return w.rmsNorm("output_norm", h.embedding(), h.rmsEpsilon());
    }

    /** Embeddings, blocks, norm, and an output matrix of its own or tied to the embeddings. */
    static Decoder.Builder decoder(Hyper h, Weights w, List<Block> blocks, Norm norm) {
        Matrix tokens = w.matrix("token_embd.weight", h.embedding(), h.vocabulary());
        Linear output = w.linearOrNull("output", h.embedding(), h.vocabulary());
        return new Decoder.Builder(tokens, blocks, norm, output != null ? output : w.tied("output", tokens));
    }
}

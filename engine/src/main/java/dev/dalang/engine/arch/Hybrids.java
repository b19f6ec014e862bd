package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.AttentionShape;
import org.jspecify.annotations.Nullable;

/** What families that mix attention with recurrence have in common. */
final class Hybrids {

    private Hybrids() {}

    /** Plain attention under GGUF's standard names. */
    static Attention attention(Weights w, int layer, int width, AttentionShape shape, @Nullable Rope rope) {
        return attention(w, layer, width, shape, rope, null, null);
    }

    static Attention attention(
            Weights w,
            int layer,
            int width,
            AttentionShape shape,
            @Nullable Rope rope,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm) {
        String blk = "blk." + layer + ".";
        return new Attention.Builder(
                        layer,
                        shape,
                        Parts.separate(w, blk, width, shape),
                        w.linear(blk + "attn_output", shape.heads() * shape.valueDim(), width))
                .norms(queryNorm, keyNorm)
                .rope(rope)
                .build();
    }

    /** Causal attention of a layer with a scale of 1/√dim, whatever {@code attention.scale} says. */
    static AttentionShape shape(Hyper h, int layer, int scaledBy, int window) {
        return new AttentionShape(
                h.heads(layer),
                h.kvHeads(layer),
                h.keyDim(),
                h.valueDim(),
                (float) (1 / Math.sqrt(scaledBy)),
                0,
                window,
                false,
                true);
    }

    /** {@code expert_weights_scale}; writers put 0 where there is none. */
    static float expertScale(Hyper h) {
        float scale = h.real("expert_weights_scale", 1);
        return scale == 0 ? 1 : scale;
    }
}

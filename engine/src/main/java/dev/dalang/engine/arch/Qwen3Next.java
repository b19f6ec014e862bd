package dev.dalang.engine.arch;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * Qwen 3 Next and Qwen 3.5 (Qwen team 2025, 2026): {@link GatedDeltaNet} layers and, as a rule every fourth, attention
 * with normed heads and a gate on its result; SwiGLU ({@code qwen35}), or experts with a gated shared one.
 *
 * <p>In Qwen 3.5 the rotation is split among time, height and width of a picture, which are alike for text.
 */
final class Qwen3Next implements Family {

    private final boolean sections;

    /** @param sections whether the rotation is in sections, and key heads repeat in turn: Qwen 3.5 */
    Qwen3Next(boolean sections) {
        this.sections = sections;
    }

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = new Rope(
                Rope.Pairs.HALVES,
                h.ropeDimensions(h.keyDim()),
                h.ropeBase(),
                h.ropeScaling(),
                sections ? Parts.unturned(h, h.ropeDimensions(h.keyDim()) / 2) : null);
        boolean dense = h.architecture().equals("qwen35");
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                recurrent(h, layer.index())
                                        ? GatedDeltaNet.read(layer, !sections)
                                        : attention(layer, rope),
                                layer.rmsNorm("post_attention_norm"),
                                dense ? layer.gated(Activation.SILU) : experts(h, layer)))
                .build();
    }

    /** By a flag for each layer, or every one but each {@code full_attention_interval}-th. */
    private static boolean recurrent(Hyper h, int layer) {
        Metadata.Value given = h.metadata().get(h.key("attention.recurrent_layers"));
        if (given != null && given.type() != Metadata.Type.ARRAY)
            return h.integer("attention.recurrent_layers", 0, 1) == 1;
        if (given != null) {
            boolean[] flags = h.metadata().bools(h.key("attention.recurrent_layers"));
            if (layer >= flags.length) throw h.bad("attention.recurrent_layers", "has only " + flags.length + " flags");
            return flags[layer];
        }
        int interval = h.integer("full_attention_interval", 1, 1 << 12, 4);
        return (layer + 1) % interval != 0;
    }

    private static Attention attention(LayerParts layer, Rope rope) {
        AttentionShape s = layer.shape();
        int width = layer.width();
        Attention.Projection projection = new Attention.Projection.GatedQuery(
                layer.weights().linear(layer.name("attn_q"), width, s.heads() * (s.keyDim() + s.valueDim())),
                layer.weights().linear(layer.name("attn_k"), width, s.kvHeads() * s.keyDim()),
                layer.weights().linear(layer.name("attn_v"), width, s.kvHeads() * s.valueDim()));
        return layer.headNorms(layer.attention(s, projection)).rope(rope).build();
    }

    private static Sublayer experts(Hyper h, LayerParts layer) {
        Experts experts = layer.experts(
                Activation.SILU, h.routing(Experts.Scoring.SOFTMAX, true).withScale(h.expertScale()));
        int shared = h.sharedFeedForward();
        return layer.withShared(experts, Activation.SILU, shared != 0 ? shared : h.feedForward(layer.index()));
    }
}

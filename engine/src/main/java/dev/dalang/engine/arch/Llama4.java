package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;

/**
 * Llama 4 (Meta 2025): three layers in four attend within chunks, rotate, and (in Scout) norm queries and keys after
 * rotation without weights; every fourth sees everything, has no rotation, and raises the temperature of far queries.
 * Every n-th layer has experts, weighed at their input by the sigmoid of their logit, and one shared.
 */
final class Llama4 implements Family {

    private static final int CHUNK = 8192;
    private static final Attention.Temperature TEMPERATURE = new Attention.Temperature(0.1f, 1, 8192);
    /** Maverick, which has no norms of queries and keys. */
    private static final int EXPERTS_OF_MAVERICK = 128;

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        boolean chunked = !h.has("attention.sliding_window") || h.slidingWindow() > 0;
        boolean headNorms = h.experts() != EXPERTS_OF_MAVERICK;
        int every = h.integer("interleave_moe_layer_step", 0, Integer.MAX_VALUE);
        Rope rope = Parts.rope(h, w, Rope.Pairs.ADJACENT);
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = chunked && h.slides(layer.index(), 4);
                    boolean rotates = !rotatesNot(h, layer, chunked);
                    Norm norm = rotates && headNorms ? new Norm.Rms(h.keyDim(), null, h.rmsEpsilon()) : null;
                    return new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            layer.attention(layer.shape().withChunks(slides ? CHUNK : 0))
                                    .rope(rotates ? rope : null)
                                    .normsAfterRotation(norm, norm)
                                    .temperature(rotates ? null : TEMPERATURE)
                                    .build(),
                            layer.rmsNorm("ffn_norm"),
                            every > 0 && (layer.index() + 1) % every == 0
                                    ? experts(h, layer)
                                    : layer.gated(Activation.SILU));
                })
                .build();
    }

    /** Without chunks every layer but the last rotates: the last of so many would be the fourth of four. */
    private static boolean rotatesNot(Hyper h, LayerParts layer, boolean chunked) {
        return (layer.index() + 1) % (chunked ? 4 : h.layers()) == 0;
    }

    private static Sublayer experts(Hyper h, LayerParts layer) {
        int hidden = h.expertFeedForward(layer.index());
        Experts.Routing routing = h.routing(Experts.Scoring.SIGMOID_OF_CHOSEN, false);
        return layer.withShared(
                layer.experts(Activation.SILU, hidden, routing, Experts.Weighing.INPUT), Activation.SILU, hidden);
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * MiMo V2 Flash (Xiaomi 2025): keys wider than values, part of each head rotated, attention sinks and a small window with
 * a rotation of its own in most layers, the attention's output scaled; some layers dense, the others with experts by
 * sigmoids and a bias for choosing.
 */
final class Mimo2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding =
                Parts.slidingRope(h, Rope.Pairs.HALVES, 10_000, h.ropeScaling().unstretched());
        float scale = h.real("attention.value_scale", 0);
        Experts.Routing routing = h.routing(Experts.Scoring.SIGMOID, true);
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    boolean slides = h.slides(layer.index(), 1);
                    AttentionShape shape = layer.shape().withWindow(slides ? h.slidingWindow() : 0);
                    return new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            layer.attention(shape)
                                    .rope(slides ? sliding : full)
                                    .sinks(w.vectorOrNull(layer.name("attn_sinks.weight"), shape.heads()))
                                    .outputScale(scale == 0 ? 1 : scale)
                                    .build(),
                            layer.rmsNorm("ffn_norm"),
                            layer.has("ffn_gate_inp.weight")
                                    ? layer.experts(Activation.SILU, layer.biased(routing))
                                    : layer.gated(Activation.SILU));
                })
                .build();
    }
}

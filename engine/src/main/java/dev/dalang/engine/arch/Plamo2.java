package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * PLaMo 2 (Preferred Networks 2025, arXiv:2509.04897): {@link Plamo2Mamba} layers and, with key-value heads, attention
 * with normed queries and keys; SwiGLU with gate and up in one; norms before and after each.
 */
final class Plamo2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope rope = new Rope(Rope.Pairs.HALVES, h.ropeDimensions(h.keyDim()), h.ropeBase(), h.ropeScaling(), null);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                h.kvHeadsOrNone(layer.index()) == 0
                                        ? Plamo2Mamba.read(layer)
                                        : attention(h, layer, rope),
                                norm(h, layer, "post_attention_norm"),
                                layer.rmsNorm("ffn_norm"),
                                layer.gatedInOne(Activation.SILU),
                                norm(h, layer, "post_ffw_norm"),
                                1))
                .build();
    }

    private static Norm norm(Hyper h, LayerParts layer, String name) {
        return layer.weights().rmsNormNamed(layer.name(name), h.embedding(), h.rmsEpsilon());
    }

    private static Attention attention(Hyper h, LayerParts layer, Rope rope) {
        AttentionShape shape = layer.shape().withScale((float) (1 / Math.sqrt(h.valueDim())));
        return layer.attention(shape)
                .norms(
                        headNorms(h, layer, "attn_q_norm", shape.heads()),
                        headNorms(h, layer, "attn_k_norm", shape.kvHeads()))
                .rope(rope)
                .build();
    }

    private static Norm headNorms(Hyper h, LayerParts layer, String name, int heads) {
        int size = h.keyDim();
        return new Norm.GroupedRms(
                size, heads, layer.weights().floats(layer.name(name + ".weight"), size, heads), h.rmsEpsilon());
    }
}

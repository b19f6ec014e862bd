package dev.dalang.engine.arch;

import dev.dalang.api.DalangException;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;

/**
 * LFM2 (Liquid AI 2025, arXiv:2511.23404): {@link ShortConvolution} layers and, with key-value heads, attention with
 * normed queries and keys; SwiGLU. {@code lfm2moe} has experts after the leading layers, chosen with a bias.
 *
 * <p>The final norm goes by the name of an embedding norm in its files.
 */
final class Lfm2 implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        if (!h.metadata().bool(h.key("attention.causal"), true)) {
            throw DalangException.unsupported(
                    h.file().name() + ": an LFM2 that reads in both directions is not supported", h.architecture());
        }
        boolean experts = h.architecture().equals("lfm2moe");
        int window = experts ? 0 : h.slidingWindow();
        Rope rope = new Rope(Rope.Pairs.HALVES, h.ropeDimensions(h.keyDim()), h.ropeBase(), h.ropeScaling(), null);
        return Parts.decoder(
                        h,
                        w,
                        w.rmsNorm("token_embd_norm", h.embedding(), h.rmsEpsilon()),
                        layer -> new Block.Residual(
                                layer.rmsNorm("attn_norm"),
                                h.kvHeadsOrNone(layer.index()) == 0
                                        ? ShortConvolution.read(layer)
                                        : attention(h, layer, window, rope),
                                layer.rmsNorm("ffn_norm"),
                                experts && layer.index() >= h.leadingDense()
                                        ? experts(h, layer)
                                        : layer.gated(Activation.SILU)))
                .build();
    }

    private static Attention attention(Hyper h, LayerParts layer, int window, Rope rope) {
        AttentionShape shape =
                layer.shape().withScale((float) (1 / Math.sqrt(h.valueDim()))).withWindow(window);
        return layer.headNorms(layer.attention(shape)).rope(rope).build();
    }

    private static Experts experts(Hyper h, LayerParts layer) {
        Experts.Scoring scoring = h.routingOfFile(Experts.Scoring.SIGMOID).scoring();
        return layer.experts(
                Activation.SILU, layer.biased(h.routing(scoring, true).withScale(h.expertScale())));
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al. 2018, arXiv:1810.04805) and its kin: encoders whose result is the residual stream itself. Token,
 * type ("sentence A") and position embeddings with a norm; attention in both directions; norms after each addition.
 *
 * <ul>
 *   <li>{@code bert}: learned positions, GELU (BGE, MiniLM, E5, GTE, …)
 *   <li>{@code nomic-bert} (arXiv:2402.01613): rotation, SwiGLU
 *   <li>{@code nomic-bert-moe} (arXiv:2502.07972): rotation, GELU, experts in some layers, weights not renormalised
 *   <li>{@code jina-bert-v3} (arXiv:2409.10173): rotation, GELU
 * </ul>
 */
final class Bert implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        int width = h.embedding();
        boolean learned = h.architecture().equals("bert");
        Rope rope = learned ? null : Parts.rope(h, w, Rope.Pairs.HALVES);
        Matrix tokens = w.matrix("token_embd.weight", width, h.vocabulary());
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < h.layers(); i++) blocks.add(block(h, new LayerParts(h, w, i), rope));
        Decoder.Builder decoder = new Decoder.Builder(tokens, blocks, null, null);
        if (w.has("token_types.weight")) decoder.input(addRow(w.matrix("token_types.weight", width, types(h, w))));
        if (learned) {
            Matrix positions = w.matrix("position_embd.weight", width, h.contextLength());
            decoder.input(addPositions(positions)).maxPositions(positions.rows());
        }
        Norm norm = w.layerNorm("token_embd_norm", width, h.layerNormEpsilon());
        decoder.input((step, x) -> norm.forward(step, x, step.tokens(), x));
        if (!causal(h)) decoder.bidirectional();
        return decoder.build();
    }

    /** Whether the file, against the nature of an encoder, wants tokens to see only what came before. */
    static boolean causal(Hyper h) {
        return h.metadata().bool(h.key("attention.causal"), false);
    }

    /** An encoder's attention, with the scale of the paper. */
    static AttentionShape shape(AttentionShape s, boolean causal) {
        float scale = (float) (1 / Math.sqrt(s.keyDim()));
        return new AttentionShape(s.heads(), s.kvHeads(), s.keyDim(), s.valueDim(), scale, 0, 0, false, causal);
    }

    private static Block block(Hyper h, LayerParts layer, @Nullable Rope rope) {
        AttentionShape s = layer.shape();
        AttentionShape shape = shape(s, causal(h));
        Norm queryNorm = layer.weights()
                .layerNormOrNull(layer.name("attn_q_norm"), s.heads() * s.keyDim(), h.layerNormEpsilon());
        Norm keyNorm = layer.weights()
                .layerNormOrNull(layer.name("attn_k_norm"), s.kvHeads() * s.keyDim(), h.layerNormEpsilon());
        return new PostNormBlock(
                layer.attention(shape).norms(queryNorm, keyNorm).rope(rope).build(),
                layer.layerNorm("attn_output_norm"),
                feedForward(h, layer),
                layer.layerNorm("layer_output_norm"));
    }

    private static Sublayer feedForward(Hyper h, LayerParts layer) {
        int every = h.integer("moe_every_n_layers", 0, 1 << 12, 0);
        if (every > 0 && layer.index() % every == 1) {
            return layer.experts(
                    Activation.GELU,
                    h.feedForward(layer.index()),
                    h.routing(Experts.Scoring.SOFTMAX, false).withScale(h.expertScale()),
                    Experts.Weighing.OUTPUT);
        }
        return h.architecture().equals("nomic-bert") ? layer.gated(Activation.SILU) : layer.plain(Activation.GELU);
    }

    /** How many types of tokens there are, by the table. */
    private static int types(Hyper h, Weights w) {
        TensorInfo t = w.file().tensors().get("token_types.weight");
        long rows = t == null || t.shape().length < 2 ? 1 : t.shape()[1];
        if (rows < 1 || rows > 1 << 16) throw h.bad("token_types.weight", "has " + rows + " rows");
        return (int) rows;
    }

    /** Adds the first row of a table to every token: all are of the first type. */
    private static Decoder.Input addRow(Matrix table) {
        return (step, x) -> {
            int width = table.columns();
            Floats row = step.floats(width);
            step.compute().kernels().row(table, 0, row, 0, step.compute().scratch(0));
            for (int t = 0; t < step.tokens(); t++) {
                step.compute().kernels().addScaled(x, t * width, row, 0, width, 1);
            }
        };
    }

    private static Decoder.Input addPositions(Matrix table) {
        return (step, x) -> {
            int width = table.columns();
            Floats row = step.floats(width);
            for (int t = 0; t < step.tokens(); t++) {
                step.compute()
                        .kernels()
                        .row(table, step.position(t), row, 0, step.compute().scratch(0));
                step.compute().kernels().addScaled(x, t * width, row, 0, width, 1);
            }
        };
    }
}

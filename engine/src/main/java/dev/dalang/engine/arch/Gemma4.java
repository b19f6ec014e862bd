package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Gemma 4 (Google DeepMind 2026): Gemma 3 ({@link Gemma2}) with heads of another size, and another rotation, in the
 * layers with a sliding window; values normed without a weight; scores not scaled. Its three forms add, by what the file
 * holds: layers that read the keys and values of earlier ones and inputs of their own for every layer (E2B, E4B);
 * experts beside the dense network (26B-A4B); values that are the keys in full layers (26B-A4B, 31B).
 */
final class Gemma4 implements Family {

    /** Where the file does not say, as the reference implementation has it. */
    private static final double LOGIT_CAP = 30;

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        Rope.Pairs pairs = Rope.Pairs.HALVES;
        int full = h.ropeDimensions(h.keyDim());
        Rope fullRope = new Rope(pairs, full, h.ropeBase(), h.ropeScaling(), Parts.ropeFactors(h, w, full));
        Rope slidingRope = new Rope(
                pairs,
                h.slidingRopeDimensions(h.slidingKeyDim()),
                h.ropeBase("rope.freq_base_swa", 10_000),
                h.ropeScaling().unstretched(),
                null);
        PerLayerInputs inputs = PerLayerInputs.orNull(h, w, 0);
        Decoder.Builder decoder = Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> {
                    Block block = new Block.Residual(
                            layer.rmsNorm("attn_norm"),
                            attention(h, layer, fullRope, slidingRope),
                            layer.rmsNorm("post_attention_norm"),
                            layer.has("ffn_gate_inp.weight") ? null : layer.rmsNorm("ffn_norm"),
                            layer.has("ffn_gate_inp.weight") ? DenseAndExperts.of(layer) : layer.gated(Activation.GELU),
                            layer.rmsNorm("post_ffw_norm"),
                            1);
                    return Layer.of(layer, block, inputs);
                })
                .embeddingScale((float) Math.sqrt(h.embedding()))
                .logitSoftcap(h.real("final_logit_softcapping", LOGIT_CAP));
        return (inputs == null ? decoder : decoder.input(inputs)).build();
    }

    private static Attention attention(Hyper h, LayerParts layer, Rope fullRope, Rope slidingRope) {
        boolean slides = h.slides(layer.index(), 1);
        int dim = slides ? h.slidingKeyDim() : h.keyDim();
        int heads = h.heads(layer.index());
        int kvHeads = h.kvHeads(layer.index());
        int window = slides ? h.slidingWindow() : 0;
        AttentionShape shape = new AttentionShape(heads, kvHeads, dim, dim, 1, 0, window, false, true);
        Linear query = layer.weights().linear(layer.name("attn_q"), layer.width(), heads * dim);
        Norm queryNorm = layer.rmsNorm("attn_q_norm", dim);
        int ownKeys = h.layers() - h.integer("attention.shared_kv_layers", 0, h.layers() - 1, 0);
        if (layer.index() >= ownKeys) {
            // The last layer of the same kind that has keys of its own: the last two are one of each kind.
            int source = ownKeys - (slides ? 2 : 1);
            if (source < 0 || h.slides(source, 1) != slides || h.kvHeads(source) != kvHeads) {
                throw h.bad("attention.shared_kv_layers", "leaves layer " + layer.index() + " without a source");
            }
            return layer.attention(shape, new Attention.Projection.QueryOnly(query))
                    .keysOf(source)
                    .norms(queryNorm, null)
                    .rope(slides ? slidingRope : fullRope)
                    .build();
        }
        Linear key = layer.weights().linear(layer.name("attn_k"), layer.width(), kvHeads * dim);
        Linear value = layer.weights().linearOrNull(layer.name("attn_v"), layer.width(), kvHeads * dim);
        return layer.attention(
                        shape,
                        value == null
                                ? new Attention.Projection.ValueIsKey(query, key)
                                : new Attention.Projection.Separate(query, key, value))
                .norms(queryNorm, layer.rmsNorm("attn_k_norm", dim))
                .valueNorm(new Norm.Rms(dim, null, h.rmsEpsilon()))
                .rope(slides ? slidingRope : fullRope)
                .build();
    }

    /** A dense network and experts side by side, each between norms of its own; the router reads the bare stream. */
    private record DenseAndExperts(
            Norm denseNorm,
            FeedForward dense,
            Norm densePostNorm,
            Norm routerNorm,
            Norm expertsNorm,
            Experts experts,
            Norm expertsPostNorm)
            implements Sublayer {

        static DenseAndExperts of(LayerParts layer) {
            Hyper h = layer.hyper();
            float[] scale = layer.weights()
                    .vector(layer.name("ffn_gate_inp.scale"), layer.width())
                    .toArray();
            for (int i = 0; i < scale.length; i++) scale[i] *= (float) (1 / Math.sqrt(layer.width()));
            return new DenseAndExperts(
                    layer.rmsNorm("ffn_norm"),
                    layer.gated(Activation.GELU),
                    layer.rmsNorm("post_ffw_norm_1"),
                    new Norm.Rms(layer.width(), Floats.copyOf(Arena.ofAuto(), scale), h.rmsEpsilon()),
                    layer.rmsNorm("pre_ffw_norm_2"),
                    layer.experts(Activation.GELU, h.routing(Experts.Scoring.SOFTMAX, true)),
                    layer.rmsNorm("post_ffw_norm_2"));
        }

        @Override
        public void forward(Step step, Floats in, Floats out) {
            int mark = step.mark();
            int n = step.tokens();
            int width = denseNorm.size();
            Floats normed = step.rows(width);
            denseNorm.forward(step, in, n, normed);
            dense.forward(step, normed, out);
            densePostNorm.forward(step, out, n, out);
            Floats routed = step.rows(width);
            Floats chosen = step.rows(width);
            routerNorm.forward(step, in, n, routed);
            expertsNorm.forward(step, in, n, normed);
            experts.forward(step, routed, normed, chosen);
            expertsPostNorm.forward(step, chosen, n, chosen);
            step.compute().kernels().addScaled(out, 0, chosen, 0, n * width, 1);
            step.release(mark);
        }
    }

    /** A block, then its own input where there is one, then a factor on the whole stream. */
    private record Layer(Block block, PerLayerInputs.@Nullable Projection input, int width, float scale)
            implements Block {

        static Layer of(LayerParts layer, Block block, @Nullable PerLayerInputs inputs) {
            PerLayerInputs.Projection input = inputs == null ? null : PerLayerInputs.Projection.of(layer, inputs);
            Floats scale = layer.weights().vectorOrNull(layer.name("layer_output_scale.weight"), 1);
            return new Layer(block, input, layer.width(), scale == null ? 1 : scale.get(0));
        }

        @Override
        public void forward(Step step, Floats x) {
            block.forward(step, x);
            if (input != null) add(step, x, input);
            if (scale != 1) step.compute().kernels().scale(x, 0, step.tokens() * width, scale);
        }

        private void add(Step step, Floats x, PerLayerInputs.Projection input) {
            int mark = step.mark();
            Floats y = step.rows(width);
            input.forward(step, x, y);
            step.compute().kernels().addScaled(x, 0, y, 0, step.tokens() * width, 1);
            step.release(mark);
        }

        @Override
        public LayerMemory memory() {
            return block.memory();
        }
    }
}

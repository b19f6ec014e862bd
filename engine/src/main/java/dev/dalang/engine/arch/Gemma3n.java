package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * Gemma 3n (Google DeepMind 2025): Gemma 3's attention with values normed and scores not scaled, the last layers reading
 * the keys and values of earlier ones; inputs of their own for every layer ({@link PerLayerInputs}); and beside the
 * residual stream three more of its width, of which a layer computes one and predicts the others (AltUp, Baykal et al.
 * 2023, arXiv:2301.13310). A low-rank path runs beside attention (LAuReL, Menghani et al. 2024, arXiv:2411.07501), and
 * the first layers keep only the outliers of their gates.
 */
final class Gemma3n implements Family {

    /** What the released models have, where the file does not say. */
    private static final int INPUT_SIZE = 256;

    private static final int LAYERS_WITH_KEYS = 20;
    private static final int SPARSE_LAYERS = 10;
    /** The normal distribution's 95th percentile. */
    private static final float SPARSITY = 1.6448534f;

    private static final int MAX_STREAMS = 64;
    private static final int MAX_RANK = 1 << 16;

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        PerLayerInputs inputs = PerLayerInputs.orNull(h, w, INPUT_SIZE);
        if (inputs == null) throw h.bad("embedding_length_per_layer_input", "is 0");
        int count = h.integer("altup.num_inputs", 2, MAX_STREAMS, 4);
        Streams streams = new Streams(
                h.embedding(),
                count,
                h.integer("altup.active_idx", 0, count - 1, 0),
                List.of(w.linears("altup_proj", h.embedding(), h.embedding(), count - 1)),
                List.of(w.linears("altup_unembd_proj", h.embedding(), h.embedding(), count - 1)));
        Rope full = Parts.rope(h, w, Rope.Pairs.HALVES);
        Rope sliding =
                Parts.slidingRope(h, Rope.Pairs.HALVES, 10_000, h.ropeScaling().unstretched());
        return Parts.decoder(h, w, Parts.outputNorm(h, w), layer -> Layer.of(layer, streams, inputs, full, sliding))
                .embeddingScale((float) Math.sqrt(h.embedding()))
                .input(inputs)
                .input(streams)
                .logitSoftcap(h.real("final_logit_softcapping", 30))
                .build();
    }

    private static Attention attention(LayerParts layer, Rope full, Rope sliding) {
        Hyper h = layer.hyper();
        boolean slides = h.slides(layer.index(), 5);
        AttentionShape shape = layer.shape().withScale(1).withWindow(slides ? h.slidingWindow() : 0);
        Rope rope = slides ? sliding : full;
        int others = Math.max(0, h.layers() - LAYERS_WITH_KEYS);
        int ownKeys = h.layers() - h.integer("attention.shared_kv_layers", 0, h.layers() - 1, others);
        if (layer.index() < ownKeys) {
            return layer.headNorms(layer.attention(shape))
                    .valueNorm(new Norm.Rms(shape.valueDim(), null, h.rmsEpsilon()))
                    .rope(rope)
                    .build();
        }
        // The last layer of the same kind that has keys of its own: the last two are one of each kind.
        int source = ownKeys - (slides ? 2 : 1);
        if (source < 0 || h.slides(source, 5) != slides || h.kvHeads(source) != shape.kvHeads()) {
            throw h.bad("attention.shared_kv_layers", "leaves layer " + layer.index() + " without a source");
        }
        Linear query = layer.weights().linear(layer.name("attn_q"), layer.width(), shape.heads() * shape.keyDim());
        return layer.attention(shape, new Attention.Projection.QueryOnly(query))
                .keysOf(source)
                .norms(layer.rmsNorm("attn_q_norm", shape.keyDim()), null)
                .rope(rope)
                .build();
    }

    /** The residual stream and those beside it: {@code count} of {@code width}, the first in the decoder's own place. */
    private record Streams(int width, int count, int active, List<Linear> split, List<Linear> join)
            implements Decoder.Input {

        /** Makes the others from the first, each as long as it. */
        @Override
        public void prepare(Step step, Floats x) {
            int n = step.tokens();
            Floats others = step.rows((count - 1) * width);
            step.keep(this, others);
            for (int i = 0; i < count - 1; i++) {
                Floats other = others.slice(i * n * width, n * width);
                split.get(i).forward(step, x, other);
                for (int t = 0; t < n; t++) lengthen(step, other, t, x);
            }
        }

        Floats[] of(Step step, Floats x) {
            int size = step.tokens() * width;
            Floats[] all = new Floats[count];
            all[0] = x;
            for (int i = 1; i < count; i++) all[i] = step.kept(this).slice((i - 1) * size, size);
            return all;
        }

        /** The mean of all, each brought back by its own matrix and to the active one's length, into the first. */
        void merge(Step step, Floats x) {
            int mark = step.mark();
            int n = step.tokens();
            Floats[] all = of(step, x);
            Floats target = step.rows(width);
            target.copy(0, all[active], 0, n * width);
            Floats back = step.rows(width);
            Kernels k = step.compute().kernels();
            for (int i = 1; i < count; i++) {
                join.get(i - 1).forward(step, all[i], back);
                for (int t = 0; t < n; t++) lengthen(step, back, t, target);
                k.addScaled(x, 0, back, 0, n * width, 1);
            }
            k.scale(x, 0, n * width, 1f / count);
            step.release(mark);
        }

        /** Gives a token's row the length that it has in {@code target}. */
        private void lengthen(Step step, Floats x, int token, Floats target) {
            double factor = Math.sqrt(squares(target, token) / squares(x, token));
            step.compute().kernels().scale(x, token * width, width, (float) factor);
        }

        private double squares(Floats x, int token) {
            double sum = 0;
            for (int i = token * width; i < (token + 1) * width; i++) sum += (double) x.get(i) * x.get(i);
            return sum;
        }
    }

    /** How a layer predicts every stream before it computes one, and corrects them all afterwards. */
    private record AltUp(Streams streams, Norm routerNorm, Linear router, Linear predict, Linear correct) {

        static AltUp of(LayerParts layer, Streams streams) {
            int count = streams.count;
            float[] norm = layer.weights()
                    .vector(layer.name("altup_router_norm.weight"), layer.width())
                    .toArray();
            for (int i = 0; i < norm.length; i++) norm[i] /= layer.width();
            return new AltUp(
                    streams,
                    new Norm.Rms(
                            layer.width(),
                            Floats.copyOf(Arena.ofAuto(), norm),
                            layer.hyper().rmsEpsilon()),
                    layer.weights().linear(layer.name("altup_router"), layer.width(), count),
                    layer.weights().linear(layer.name("altup_predict_coef"), count, count * count),
                    layer.weights().linear(layer.name("altup_correct_coef"), count, count));
        }

        /** {@code [tokens][coefficients]} by what the router makes of a stream. */
        private Floats coefficients(Step step, Floats x, Linear map) {
            int n = step.tokens();
            Floats normed = step.rows(streams.width);
            Floats routed = step.rows(streams.count);
            Floats out = step.rows(map.outputs());
            routerNorm.forward(step, x, n, normed);
            router.forward(step, normed, routed);
            for (int t = 0; t < n; t++) {
                step.compute().kernels().activate(Activation.TANH, routed, t * streams.count, streams.count);
            }
            map.forward(step, routed, out);
            return out;
        }

        Floats[] predict(Step step, Floats[] x) {
            int width = streams.width;
            int count = streams.count;
            Floats[] predicted = new Floats[count];
            for (int i = 0; i < count; i++) {
                predicted[i] = step.rows(width);
                predicted[i].copy(0, x[i], 0, step.tokens() * width);
            }
            Floats c = coefficients(step, x[streams.active], predict);
            for (int t = 0; t < step.tokens(); t++) {
                for (int i = 0; i < count; i++) {
                    for (int j = 0; j < count; j++) {
                        float factor = c.get((t * count + i) * count + j);
                        step.compute().kernels().addScaled(predicted[i], t * width, x[j], t * width, width, factor);
                    }
                }
            }
            return predicted;
        }

        /** {@code x[i] = predicted[i] + (1 + cᵢ) · (computed - predicted[active])}. */
        void correct(Step step, Floats[] predicted, Floats computed, Floats[] x) {
            int n = step.tokens();
            int width = streams.width;
            Kernels k = step.compute().kernels();
            Floats c = coefficients(step, computed, correct);
            Floats news = step.rows(width);
            news.copy(0, computed, 0, n * width);
            k.addScaled(news, 0, predicted[streams.active], 0, n * width, -1);
            for (int i = 0; i < streams.count; i++) {
                x[i].copy(0, predicted[i], 0, n * width);
                for (int t = 0; t < n; t++) {
                    k.addScaled(x[i], t * width, news, t * width, width, 1 + c.get(t * streams.count + i));
                }
            }
        }
    }

    /**
     * A gated network of which only gates far above their mean stay open.
     *
     * @param deviations how many standard deviations above; negative infinity for all gates
     */
    private record SparseFeedForward(FeedForward dense, float deviations) implements Sublayer {

        @Override
        public void forward(Step step, Floats in, Floats out) {
            Linear gate = dense.gate();
            if (gate == null || deviations == Float.NEGATIVE_INFINITY) {
                dense.forward(step, in, out);
                return;
            }
            int mark = step.mark();
            int hidden = gate.outputs();
            Kernels k = step.compute().kernels();
            Floats open = step.rows(hidden);
            Floats up = step.rows(hidden);
            gate.forward(step, in, open);
            dense.up().forward(step, in, up);
            step.compute().forEach(step.tokens(), (t, worker) -> {
                keepOutliers(open, t * hidden, hidden);
                k.gate(dense.activation(), open, t * hidden, up, t * hidden, hidden);
            });
            dense.down().forward(step, open, out);
            step.release(mark);
        }

        private void keepOutliers(Floats x, int from, int count) {
            double sum = 0;
            for (int i = from; i < from + count; i++) sum += x.get(i);
            float mean = (float) (sum / count);
            double squares = 0;
            for (int i = from; i < from + count; i++) squares += (double) (x.get(i) - mean) * (x.get(i) - mean);
            float cut = mean + (float) Math.sqrt(squares / (count - 1)) * deviations;
            for (int i = from; i < from + count; i++) x.set(i, Math.max(0, x.get(i) - cut));
        }
    }

    /** The low-rank path beside attention: {@code x + norm(R·L·x)}. */
    private record Laurel(Linear left, Linear right, Norm norm) {

        static Laurel of(LayerParts layer) {
            TensorInfo t = layer.weights().file().tensors().get(layer.name("laurel_l.weight"));
            long rank = t == null || t.shape().length < 2 ? 1 : t.shape()[1];
            int checked = Math.clamp(rank, 1, MAX_RANK);
            return new Laurel(
                    layer.weights().linear(layer.name("laurel_l"), layer.width(), checked),
                    layer.weights().linear(layer.name("laurel_r"), checked, layer.width()),
                    layer.rmsNorm("laurel_post_norm"));
        }

        void forward(Step step, Floats in, Floats out) {
            int n = step.tokens();
            Floats low = step.rows(left.outputs());
            left.forward(step, in, low);
            right.forward(step, low, out);
            norm.forward(step, out, n, out);
            step.compute().kernels().addScaled(out, 0, in, 0, n * norm.size(), 1);
        }
    }

    private record Layer(
            Streams streams,
            AltUp altUp,
            Norm attentionNorm,
            Attention attention,
            Norm attentionPostNorm,
            Laurel laurel,
            Norm feedForwardNorm,
            SparseFeedForward feedForward,
            Norm feedForwardPostNorm,
            Floats inputScale,
            PerLayerInputs.Projection input,
            boolean last)
            implements Block {

        static Layer of(LayerParts layer, Streams streams, PerLayerInputs inputs, Rope full, Rope sliding) {
            return new Layer(
                    streams,
                    AltUp.of(layer, streams),
                    layer.rmsNorm("attn_norm"),
                    Gemma3n.attention(layer, full, sliding),
                    layer.rmsNorm("post_attention_norm"),
                    Laurel.of(layer),
                    layer.rmsNorm("ffn_norm"),
                    new SparseFeedForward(
                            layer.gated(Activation.GELU),
                            layer.hyper()
                                    .perLayerReal(
                                            "activation_sparsity_scale",
                                            layer.index(),
                                            layer.index() < SPARSE_LAYERS ? SPARSITY : Float.NEGATIVE_INFINITY)),
                    layer.rmsNorm("post_ffw_norm"),
                    layer.weights().vector(layer.name("altup_correct_scale.weight"), layer.width()),
                    PerLayerInputs.Projection.of(layer, inputs),
                    layer.index() == layer.hyper().layers() - 1);
        }

        @Override
        public void forward(Step step, Floats x) {
            int mark = step.mark();
            int n = step.tokens();
            int width = streams.width;
            Kernels k = step.compute().kernels();
            Floats[] all = streams.of(step, x);
            Floats[] predicted = altUp.predict(step, all);
            Floats normed = step.rows(width);
            attentionNorm.forward(step, predicted[streams.active], n, normed);
            Floats beside = step.rows(width);
            laurel.forward(step, normed, beside);
            Floats y = step.rows(width);
            attention.forward(step, normed, y);
            attentionPostNorm.forward(step, y, n, y);
            k.addScaled(y, 0, predicted[streams.active], 0, n * width, 1);
            k.addScaled(y, 0, beside, 0, n * width, 1);
            k.scale(y, 0, n * width, (float) (1 / Math.sqrt(2)));
            Block.add(step, y, feedForwardNorm, feedForward, feedForwardPostNorm, 1);
            altUp.correct(step, predicted, y, all);
            Floats own = step.rows(width);
            own.copy(0, all[streams.active], 0, n * width);
            for (int t = 0; t < n; t++) k.multiplyElements(own, t * width, inputScale, 0, width);
            input.forward(step, own, y);
            for (int i = 1; i < streams.count; i++) k.addScaled(all[i], 0, y, 0, n * width, 1);
            if (last) streams.merge(step, x);
            step.release(mark);
        }

        @Override
        public LayerMemory memory() {
            return attention.memory();
        }
    }
}

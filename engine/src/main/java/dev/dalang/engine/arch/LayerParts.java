package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import org.jspecify.annotations.Nullable;

/** The pieces of one layer, {@code blk.INDEX.…}, under GGUF's standard tensor names. */
record LayerParts(Hyper hyper, Weights weights, int index) {

    /** A tensor of this layer. */
    String name(String suffix) {
        return "blk." + index + "." + suffix;
    }

    boolean has(String suffix) {
        return weights.has(name(suffix));
    }

    int width() {
        return hyper.embedding();
    }

    Norm rmsNorm(String suffix) {
        return rmsNorm(suffix, width());
    }

    Norm rmsNorm(String suffix, int size) {
        return weights.rmsNorm(name(suffix), size, hyper.rmsEpsilon());
    }

    @Nullable
    Norm rmsNormOrNull(String suffix, int size) {
        return has(suffix + ".weight") ? rmsNorm(suffix, size) : null;
    }

    Norm layerNorm(String suffix) {
        return weights.layerNorm(name(suffix), width(), hyper.layerNormEpsilon());
    }

    @Nullable
    Norm layerNormOrNull(String suffix) {
        return weights.layerNormOrNull(name(suffix), width(), hyper.layerNormEpsilon());
    }

    /** Layer norms of query or key heads, each with weights of its own, or null. */
    @Nullable
    Norm normsPerHead(String suffix, int heads) {
        return has(suffix + ".weight")
                ? weights.layerNormPerHead(name(suffix), hyper.keyDim(), heads, hyper.layerNormEpsilon())
                : null;
    }

    AttentionShape shape() {
        return Parts.shape(hyper, index);
    }

    /** Causal attention over everything before. */
    Attention.Builder attention() {
        return attention(shape());
    }

    Attention.Builder attention(AttentionShape shape) {
        return attention(shape, Parts.separate(weights, name(""), width(), shape));
    }

    Attention.Builder attention(AttentionShape shape, Attention.Projection projection) {
        return new Attention.Builder(
                index,
                shape,
                projection,
                weights.linear(name("attn_output"), shape.heads() * shape.valueDim(), width()));
    }

    /** {@code attn_q_norm} and {@code attn_k_norm} over each head by itself (Henry et al. 2020). */
    Attention.Builder headNorms(Attention.Builder attention) {
        return attention.norms(rmsNorm("attn_q_norm", hyper.keyDim()), rmsNorm("attn_k_norm", hyper.keyDim()));
    }

    /** {@code attn_q_norm} and {@code attn_k_norm} over all heads at once. */
    Attention.Builder wideNorms(Attention.Builder attention) {
        AttentionShape s = shape();
        return attention.norms(
                rmsNorm("attn_q_norm", s.heads() * s.keyDim()), rmsNorm("attn_k_norm", s.kvHeads() * s.keyDim()));
    }

    FeedForward gated(Activation activation) {
        return gated(activation, "", hyper.feedForward(index));
    }

    /** {@code ffn_gate}, {@code ffn_up} and {@code ffn_down}, with a suffix such as {@code _shexp}. */
    FeedForward gated(Activation activation, String suffix, int hidden) {
        return new FeedForward(
                activation,
                weights.linear(name("ffn_gate" + suffix), width(), hidden),
                weights.linear(name("ffn_up" + suffix), width(), hidden),
                weights.linear(name("ffn_down" + suffix), hidden, width()));
    }

    /** {@code ffn_up} with gate and up in one, and {@code ffn_down}. */
    FeedForward gatedInOne(Activation activation) {
        return upAndDown(activation, 2);
    }

    /** {@code ffn_up} and {@code ffn_down} without a gate. */
    FeedForward plain(Activation activation) {
        return upAndDown(activation, 1);
    }

    private FeedForward upAndDown(Activation activation, int times) {
        int hidden = hyper.feedForward(index);
        return new FeedForward(
                activation,
                null,
                weights.linear(name("ffn_up"), width(), times * hidden),
                weights.linear(name("ffn_down"), hidden, width()));
    }

    /** The first layers dense, then experts with those that every token uses beside them (as DeepSeek-V3). */
    Sublayer denseThenExperts(Experts.Routing routing) {
        if (index < hyper.leadingDense()) return gated(Activation.SILU);
        int each = hyper.sharedFeedForward();
        int shared = (each == 0 ? hyper.expertFeedForward(index) : each) * hyper.sharedExperts();
        return withShared(experts(Activation.SILU, biased(routing)), Activation.SILU, shared);
    }

    /** {@code exp_probs_b}, added to the router's scores for choosing only, or null. */
    Experts.Routing biased(Experts.Routing routing) {
        return routing.withSelectionBias(weights.vectorOrNull(name("exp_probs_b.bias"), routing.experts()));
    }

    Experts experts(Activation activation, Experts.Routing routing) {
        return experts(activation, hyper.expertFeedForward(index), routing, Experts.Weighing.OUTPUT);
    }

    /**
     * {@code ffn_gate_inp} and the stacked {@code ffn_gate_exps}, {@code ffn_up_exps} (or both in one,
     * {@code ffn_gate_up_exps}) and {@code ffn_down_exps}, with {@code ffn_down_exps.scale} when there is one.
     */
    Experts experts(Activation activation, int hidden, Experts.Routing routing, Experts.Weighing weighing) {
        return experts(activation, width(), hidden, routing, weighing);
    }

    /** @param width of what the experts read and give, where that is not the stream's */
    Experts experts(Activation activation, int width, int hidden, Experts.Routing routing, Experts.Weighing weighing) {
        int count = routing.experts();
        Linear[] down = weights.linears(name("ffn_down_exps"), hidden, width, count);
        float[] scale = has("ffn_down_exps.scale")
                ? weights.vector(name("ffn_down_exps.scale"), count).toArray()
                : null;
        boolean inOne = has("ffn_gate_up_exps.weight");
        Linear[] both = inOne ? weights.linears(name("ffn_gate_up_exps"), width, 2 * hidden, count) : null;
        boolean ungated = !inOne && !has("ffn_gate_exps.weight");
        Linear[] gate = inOne || ungated ? null : weights.linears(name("ffn_gate_exps"), width, hidden, count);
        Linear[] up = inOne ? null : weights.linears(name("ffn_up_exps"), width, hidden, count);
        Experts.Expert[] experts = new Experts.Expert[count];
        for (int e = 0; e < count; e++) {
            experts[e] = new Experts.Expert(
                    both != null ? both[e].rows(0, hidden) : gate != null ? gate[e] : null,
                    both != null ? both[e].rows(hidden, hidden) : up != null ? up[e] : down[e],
                    down[e],
                    scale == null ? 1 : scale[e]);
        }
        Linear router = weights.linear(name("ffn_gate_inp"), width(), count);
        return new Experts(router, routing, activation, experts, weighing);
    }

    /** Experts, and those that every token uses ({@code ffn_*_shexp}) where {@code hidden} is not 0. */
    Sublayer withShared(Experts experts, Activation activation, int hidden) {
        if (hidden == 0) return experts;
        Linear gate = weights.linearOrNull(name("ffn_gate_inp_shexp"), width(), 1);
        return new SharedExperts(experts, gated(activation, "_shexp", hidden), gate);
    }
}

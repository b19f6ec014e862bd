package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts (Shazeer et al. 2017; Jiang et al. 2024, Mixtral): a router picks a few of many feed-forward
 * networks for each token and adds their outputs by weight.
 *
 * <p>The tokens of a pass are gathered per expert, so that an expert's weights are read once for all of them; each
 * token's outputs are added in the order of the experts' numbers, which does not depend on who else is in the pass.
 */
public final class Experts implements Sublayer {

    /** How router logits become weights. */
    public enum Scoring {
        /** Softmax over all experts. */
        SOFTMAX,
        /** A sigmoid for each expert alone (DeepSeek-V3). */
        SIGMOID,
        /** Softmax over the chosen experts only (gpt-oss). */
        SOFTMAX_OF_CHOSEN,
        /** Chosen by their logits, weighed by a sigmoid (Llama 4). */
        SIGMOID_OF_CHOSEN
    }

    /**
     * @param used experts per token
     * @param normalise whether the chosen weights are made to add up to 1
     * @param scale factor on the weights
     * @param groups experts are split into so many equal groups, of which only the best {@code groupsUsed} by the sum
     *     of their two best scores may be chosen from (DeepSeek-V3); 1 for no groups
     * @param selectionBias added to the scores for choosing, not for weighing (DeepSeek-V3), or null
     */
    public record Routing(
            int experts,
            int used,
            Scoring scoring,
            boolean normalise,
            float scale,
            int groups,
            int groupsUsed,
            @Nullable Floats selectionBias) {

        /** Scores over all experts, the best {@code used} taken and renormalised. */
        public static Routing softmax(int experts, int used) {
            return new Routing(experts, used, Scoring.SOFTMAX, true, 1, 1, 1, null);
        }

        public Routing withScale(float value) {
            return new Routing(experts, used, scoring, normalise, value, groups, groupsUsed, selectionBias);
        }

        public Routing withSelectionBias(@Nullable Floats bias) {
            return new Routing(experts, used, scoring, normalise, scale, groups, groupsUsed, bias);
        }
    }

    /**
     * The matrices of one expert.
     *
     * @param scale factor on its output (Gemma 4)
     */
    public record Expert(@Nullable Linear gate, Linear up, Linear down, float scale) {
        public Expert(@Nullable Linear gate, Linear up, Linear down) {
            this(gate, up, down, 1);
        }
    }

    /** Where an expert's weight is applied. */
    public enum Weighing {
        OUTPUT,
        /** To what the expert reads (Llama 4): not the same, as the expert is not linear. */
        INPUT
    }

    private final Linear router;
    private final Routing routing;
    private final Expert[] experts;
    private final Activation activation;
    private final Weighing weighing;

    public Experts(Linear router, Routing routing, Activation activation, Expert[] experts) {
        this(router, routing, activation, experts, Weighing.OUTPUT);
    }

    public Experts(Linear router, Routing routing, Activation activation, Expert[] experts, Weighing weighing) {
        if (experts.length != routing.experts || router.outputs() != experts.length) {
            throw new IllegalArgumentException(experts.length + " experts, router of " + router.outputs());
        }
        this.router = router;
        this.routing = routing;
        this.activation = activation;
        this.experts = experts.clone();
        this.weighing = weighing;
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        forward(step, in, in, out);
    }

    /** With a router that reads something else than the experts do. */
    void forward(Step step, Floats routed, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int size = experts[0].up.inputs();
        Floats logits = step.rows(routing.experts);
        router.forward(step, routed, logits);
        // weight[token][expert], 0 where not chosen.
        float[] weight = new float[n * routing.experts];
        int[] load = new int[routing.experts];
        for (int t = 0; t < n; t++) {
            route(step.compute().kernels(), logits, t, weight);
            for (int e = 0; e < routing.experts; e++) if (weight[t * routing.experts + e] != 0) load[e]++;
        }
        out.fill(0, n * size, 0);
        for (int e = 0; e < routing.experts; e++) {
            if (load[e] != 0) apply(step, e, load[e], weight, in, out, size);
        }
        step.release(mark);
    }

    private void apply(Step step, int e, int load, float[] weight, Floats in, Floats out, int size) {
        int mark = step.mark();
        Kernels k = step.compute().kernels();
        Expert expert = experts[e];
        int hidden = expert.down.inputs();
        int[] rows = new int[load];
        Floats x = step.floats(load * size);
        for (int t = 0, i = 0; t < step.tokens(); t++) {
            if (weight[t * routing.experts + e] == 0) continue;
            rows[i] = t;
            x.copy(i * size, in, t * size, size);
            if (weighing == Weighing.INPUT) k.scale(x, i * size, size, weight[t * routing.experts + e]);
            i++;
        }
        Floats h = step.floats(load * hidden);
        if (expert.gate == null) {
            expert.up.forward(step, x, rows, h);
            step.compute().forEach(load, (i, worker) -> k.activate(activation, h, i * hidden, hidden));
        } else {
            Floats u = step.floats(load * hidden);
            expert.gate.forward(step, x, rows, h);
            expert.up.forward(step, x, rows, u);
            step.compute().forEach(load, (i, worker) -> k.gate(activation, h, i * hidden, u, i * hidden, hidden));
        }
        Floats y = step.floats(load * size);
        expert.down.forward(step, h, rows, y);
        for (int i = 0; i < load; i++) {
            float factor = weighing == Weighing.INPUT ? 1 : weight[rows[i] * routing.experts + e];
            k.addScaled(out, rows[i] * size, y, i * size, size, factor * expert.scale);
        }
        step.release(mark);
    }

    /** Chooses one token's experts and writes their weights. */
    private void route(Kernels kernels, Floats logits, int token, float[] weight) {
        int count = routing.experts;
        int at = token * count;
        switch (routing.scoring) {
            case SOFTMAX -> kernels.softmax(logits, at, count);
            case SIGMOID -> kernels.activate(Activation.SIGMOID, logits, at, count);
            case SOFTMAX_OF_CHOSEN, SIGMOID_OF_CHOSEN -> {}
        }
        float[] score = new float[count];
        for (int e = 0; e < count; e++) {
            score[e] = logits.get(at + e) + (routing.selectionBias == null ? 0 : routing.selectionBias.get(e));
        }
        if (routing.groups > 1) maskGroups(score);
        int[] chosen = new int[routing.used];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = best(score, 0, count);
            score[chosen[i]] = Float.NEGATIVE_INFINITY;
        }
        float sum = 0;
        if (routing.scoring == Scoring.SOFTMAX_OF_CHOSEN) {
            float max = logits.get(at + chosen[0]);
            for (int e : chosen) {
                weight[at + e] = (float) Math.exp(logits.get(at + e) - max);
                sum += weight[at + e];
            }
            for (int e : chosen) weight[at + e] /= sum;
            sum = 1;
        } else {
            if (routing.scoring == Scoring.SIGMOID_OF_CHOSEN) kernels.activate(Activation.SIGMOID, logits, at, count);
            for (int e : chosen) {
                weight[at + e] = logits.get(at + e);
                sum += weight[at + e];
            }
        }
        // The smallest normal half: what the reference implementation divides by at least.
        float factor = routing.scale / (routing.normalise ? Math.max(sum, 0x1p-14f) : 1);
        for (int e : chosen) weight[at + e] *= factor;
    }

    private void maskGroups(float[] score) {
        int size = score.length / routing.groups;
        float[] group = new float[routing.groups];
        for (int g = 0; g < routing.groups; g++) {
            float first = Float.NEGATIVE_INFINITY;
            float second = Float.NEGATIVE_INFINITY;
            for (int e = g * size; e < (g + 1) * size; e++) {
                if (score[e] > first) {
                    second = first;
                    first = score[e];
                } else {
                    second = Math.max(second, score[e]);
                }
            }
            group[g] = first + second;
        }
        boolean[] kept = new boolean[routing.groups];
        for (int i = 0; i < routing.groupsUsed; i++) {
            int g = best(group, 0, routing.groups);
            kept[g] = true;
            group[g] = Float.NEGATIVE_INFINITY;
        }
        for (int e = 0; e < score.length; e++) if (!kept[e / size]) score[e] = Float.NEGATIVE_INFINITY;
    }

    /** The lowest index of the largest value; a NaN is never larger. */
    private static int best(float[] values, int from, int to) {
        int best = from;
        for (int i = from + 1; i < to; i++) if (values[i] > values[best]) best = i;
        return best;
    }
}

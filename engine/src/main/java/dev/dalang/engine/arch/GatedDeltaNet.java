package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * Gated DeltaNet (Yang et al. 2024, arXiv:2412.06464), the linear attention of Qwen 3 Next and 3.5.
 *
 * <p>Queries, keys and values go through a short convolution and SiLU; queries and keys are scaled to length 1. With
 * β = σ(b) and g = A·softplus(a + bias), a head's state S of {@code [valueDim][keyDim]} becomes
 * {@code S = e^g·S; S += β·(v - S·k)·kᵀ} and gives {@code o = S·q / √keyDim}. Then {@code out(norm(o) · silu(z))}, the
 * norm over each head.
 *
 * @param layer whose state of a sequence holds the convolution's tail and then S of each value head
 * @param keyHeads of queries and keys; the value heads are a multiple
 * @param interleaved whether value head {@code h} belongs to key head {@code h / (valueHeads / keyHeads)}; else to
 *     {@code h mod keyHeads}
 */
record GatedDeltaNet(
        int layer,
        int keyHeads,
        int valueHeads,
        int dim,
        boolean interleaved,
        Projection projection,
        CausalConvolution convolution,
        Floats timeStepBias,
        Floats decay,
        Norm norm,
        Linear output,
        LayerMemory.Recurrent memory)
        implements Sublayer {

    /**
     * How queries, keys, values, z, b and a come about.
     *
     * @param mixed to {@code [q | k | v]}; without {@code gate}, to {@code [q | k | v | z]} of one key head after
     *     another
     * @param gate to z
     * @param beta to b; without {@code alpha}, to {@code [b | a]} of one key head after another
     * @param alpha to a
     */
    record Projection(
            Linear mixed,
            @Nullable Linear gate,
            Linear beta,
            @Nullable Linear alpha) {}

    /** The layer under GGUF's names, in any of the forms that Qwen 3 Next and 3.5 files have. */
    static GatedDeltaNet read(LayerParts p, boolean interleaved) {
        Hyper h = p.hyper();
        Weights w = p.weights();
        StateSpaceShape s = StateSpaceShape.heads(h);
        int dim = s.state();
        if (s.headDim() != dim)
            throw h.bad("ssm.inner_size", "is " + s.inner() + ", not " + s.rank() + " times " + dim);
        int convolved = s.convolved();
        CausalConvolution convolution = new CausalConvolution(
                convolved,
                s.kernel(),
                w.floats(p.name("ssm_conv1d.weight"), s.kernel(), convolved),
                null,
                Activation.SILU);
        boolean apart = p.has("attn_qkv.weight");
        boolean together = p.has("ssm_ba.weight");
        Projection projection = new Projection(
                apart
                        ? w.linear(p.name("attn_qkv"), p.width(), convolved)
                        : w.linear(p.name("ssm_in"), p.width(), Math.addExact(convolved, s.inner())),
                apart ? w.linear(p.name("attn_gate"), p.width(), s.inner()) : null,
                together
                        ? w.linear(p.name("ssm_ba"), p.width(), 2 * s.rank())
                        : w.linear(p.name("ssm_beta"), p.width(), s.rank()),
                together ? null : w.linear(p.name("ssm_alpha"), p.width(), s.rank()));
        return new GatedDeltaNet(
                p.index(),
                s.groups(),
                s.rank(),
                dim,
                interleaved,
                projection,
                convolution,
                w.run(p.name("ssm_dt.bias"), s.rank()),
                w.run(p.name("ssm_a"), s.rank()),
                p.rmsNorm("ssm_norm", dim),
                w.linear(p.name("ssm_out"), s.inner(), p.width()),
                StateSpaceShape.memory(h, convolution, s.inner(), dim));
    }

    /** Value heads for each key head. */
    private int group() {
        return valueHeads / keyHeads;
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int convolved = convolution.channels();
        int inner = valueHeads * dim;
        Floats raw = step.rows(convolved);
        Floats z = step.rows(inner);
        Floats beta = step.rows(valueHeads);
        Floats alpha = step.rows(valueHeads);
        project(step, in, raw, z, beta, alpha);
        Floats qkv = step.rows(convolved);
        convolution.forward(step, layer, 0, raw, qkv);
        Floats mixed = step.rows(inner);
        scan(step, qkv, beta, alpha, mixed);
        norm.forward(step, mixed, n * valueHeads, mixed);
        Kernels k = step.compute().kernels();
        step.compute().forEach(n, (t, worker) -> k.gate(Activation.SILU, z, t * inner, mixed, t * inner, inner));
        output.forward(step, z, out);
        step.release(mark);
    }

    private void project(Step step, Floats in, Floats raw, Floats z, Floats beta, Floats alpha) {
        if (projection.gate != null) {
            projection.mixed.forward(step, in, raw);
            projection.gate.forward(step, in, z);
        } else {
            ungroup(step, in, projection.mixed, raw, z);
        }
        if (projection.alpha != null) {
            projection.beta.forward(step, in, beta);
            projection.alpha.forward(step, in, alpha);
            return;
        }
        Floats both = step.rows(2 * valueHeads);
        projection.beta.forward(step, in, both);
        for (int g = 0; g < step.tokens() * keyHeads; g++) {
            beta.copy(g * group(), both, 2 * g * group(), group());
            alpha.copy(g * group(), both, (2 * g + 1) * group(), group());
        }
    }

    /** From {@code [keyHeads][q | k | v | z]} to {@code [q | k | v]} and z. */
    private void ungroup(Step step, Floats in, Linear grouped, Floats raw, Floats z) {
        int values = group() * dim;
        int each = 2 * dim + 2 * values;
        int keys = keyHeads * dim;
        Floats all = step.rows(keyHeads * each);
        grouped.forward(step, in, all);
        for (int t = 0; t < step.tokens(); t++) {
            int row = t * convolution.channels();
            for (int g = 0; g < keyHeads; g++) {
                int from = (t * keyHeads + g) * each;
                raw.copy(row + g * dim, all, from, dim);
                raw.copy(row + keys + g * dim, all, from + dim, dim);
                raw.copy(row + 2 * keys + g * values, all, from + 2 * dim, values);
                z.copy((t * keyHeads + g) * values, all, from + 2 * dim + values, values);
            }
        }
    }

    /** Every value head through the tokens of each span, in order. */
    private void scan(Step step, Floats qkv, Floats beta, Floats alpha, Floats out) {
        Kernels k = step.compute().kernels();
        int convolved = convolution.channels();
        int keys = keyHeads * dim;
        float epsilon = ((Norm.Rms) norm).epsilon();
        step.compute().forEach(step.tokens(), (t, worker) -> {
            Recurrence.unitLength(qkv, t * convolved, keyHeads, dim, epsilon, (float) (1 / Math.sqrt(dim)));
            Recurrence.unitLength(qkv, t * convolved + keys, keyHeads, dim, epsilon, 1);
        });
        int tasks = step.spans().size() * valueHeads;
        Floats decays = step.floats(tasks * dim);
        step.compute().forEach(tasks, (task, worker) -> {
            Step.Span span = step.spans().get(task / valueHeads);
            int head = task % valueHeads;
            int keyHead = interleaved ? head / group() : head % keyHeads;
            Floats state = span.sequence().state(layer);
            int at = convolution.stateFloats() + head * dim * dim;
            Floats factor = decays.slice(task * dim, dim);
            for (int t = span.firstRow(); t < span.firstRow() + span.count(); t++) {
                int row = t * valueHeads + head;
                float delta = Recurrence.softplus(alpha.get(row) + timeStepBias.get(head));
                factor.fill((float) Math.exp(delta * decay.get(head)));
                int q = t * convolved + keyHead * dim;
                int v = t * convolved + 2 * keys + head * dim;
                float strength = Recurrence.sigmoid(beta.get(row));
                k.deltaStep(state, at, dim, dim, factor, 0, qkv, q + keys, qkv, v, strength, qkv, q, out, row * dim);
            }
        });
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;

/**
 * Kimi Delta Attention (Moonshot AI 2025, arXiv:2510.26692): {@link GatedDeltaNet} with a decay of its own for every
 * element of a key.
 *
 * <p>Queries, keys and values each have a projection, a short convolution and SiLU; queries and keys are scaled to
 * length 1. With β = σ(b) and g = A·softplus(f + bias), f by a low-rank projection, a head's state S of
 * {@code [dim][dim]} becomes {@code S = S·diag(e^g); S += β·(v - S·k)·kᵀ} and gives {@code o = S·q / √dim}. Then
 * {@code out(norm(o) · σ(gate))}, the gate by a low-rank projection too.
 *
 * @param layer whose state of a sequence holds the three convolutions' tails and then S of each head
 * @param decay A, one negative number a head
 */
record KimiDeltaAttention(
        int layer,
        int heads,
        int dim,
        Linear query,
        Linear key,
        Linear value,
        CausalConvolution queryConvolution,
        CausalConvolution keyConvolution,
        CausalConvolution valueConvolution,
        Linear forgetLow,
        Linear forget,
        Floats forgetBias,
        Floats decay,
        Linear beta,
        Linear gateLow,
        Linear gate,
        Norm.Rms norm,
        Linear output,
        LayerMemory.Recurrent memory)
        implements Sublayer {

    static KimiDeltaAttention read(LayerParts p) {
        Hyper h = p.hyper();
        Weights w = p.weights();
        int heads = h.headsOfFirst();
        int dim = h.integer("kda.head_dim", 1, 1 << 14);
        int kernel = h.integer("ssm.conv_kernel", 1, StateSpaceShape.MAX_KERNEL);
        int inner = Math.multiplyExact(heads, dim);
        int width = p.width();
        CausalConvolution q = convolution(p, "ssm_conv1d_q.weight", kernel, inner);
        CausalConvolution k = convolution(p, "ssm_conv1d_k.weight", kernel, inner);
        CausalConvolution v = convolution(p, "ssm_conv1d_v.weight", kernel, inner);
        long tails = 3L * q.stateFloats();
        long floats = tails + (long) inner * dim;
        if (floats > 1 << 28) throw h.bad("kda.head_dim", "makes a state of " + floats + " numbers a layer");
        return new KimiDeltaAttention(
                p.index(),
                heads,
                dim,
                w.linear(p.name("attn_q"), width, inner),
                w.linear(p.name("attn_k"), width, inner),
                w.linear(p.name("attn_v"), width, inner),
                q,
                k,
                v,
                w.linear(p.name("ssm_f_a"), width, dim),
                w.linear(p.name("ssm_f_b"), dim, inner),
                w.run(p.name("ssm_dt.bias"), inner),
                w.run(p.name("ssm_a"), heads),
                w.linear(p.name("ssm_beta"), width, heads),
                w.linear(p.name("ssm_g_a"), width, dim),
                w.linear(p.name("ssm_g_b"), dim, inner),
                new Norm.Rms(dim, w.vector(p.name("ssm_norm.weight"), dim), h.rmsEpsilon()),
                w.linear(p.name("attn_output"), inner, width),
                new LayerMemory.Recurrent((int) floats));
    }

    private static CausalConvolution convolution(LayerParts p, String name, int kernel, int channels) {
        return new CausalConvolution(
                channels, kernel, p.weights().floats(p.name(name), kernel, 1, channels), null, Activation.SILU);
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int inner = heads * dim;
        int tail = queryConvolution.stateFloats();
        Floats raw = step.rows(inner);
        Floats q = step.rows(inner);
        Floats k = step.rows(inner);
        Floats v = step.rows(inner);
        query.forward(step, in, raw);
        queryConvolution.forward(step, layer, 0, raw, q);
        key.forward(step, in, raw);
        keyConvolution.forward(step, layer, tail, raw, k);
        value.forward(step, in, raw);
        valueConvolution.forward(step, layer, 2 * tail, raw, v);
        Floats low = step.rows(dim);
        Floats decays = step.rows(inner);
        forgetLow.forward(step, in, low);
        forget.forward(step, low, decays);
        Floats strength = step.rows(heads);
        beta.forward(step, in, strength);
        step.compute().forEach(n, (t, worker) -> prepare(t, q, k, decays, strength));
        Floats mixed = step.rows(inner);
        scan(step, q, k, v, decays, strength, mixed);
        norm.forward(step, mixed, n * heads, mixed);
        Floats open = step.rows(inner);
        gateLow.forward(step, in, low);
        gate.forward(step, low, open);
        Kernels kernels = step.compute().kernels();
        step.compute()
                .forEach(n, (t, worker) -> kernels.gate(Activation.SIGMOID, open, t * inner, mixed, t * inner, inner));
        output.forward(step, open, out);
        step.release(mark);
    }

    /** Makes one token's queries and keys of length 1, decays of its forget logits and β of its strengths. */
    private void prepare(int t, Floats q, Floats k, Floats decays, Floats strength) {
        int inner = heads * dim;
        Recurrence.unitLength(q, t * inner, heads, dim, norm.epsilon(), (float) (1 / Math.sqrt(dim)));
        Recurrence.unitLength(k, t * inner, heads, dim, norm.epsilon(), 1);
        for (int i = 0; i < inner; i++) {
            float g = decay.get(i / dim) * Recurrence.softplus(decays.get(t * inner + i) + forgetBias.get(i));
            decays.set(t * inner + i, (float) Math.exp(g));
        }
        for (int i = t * heads; i < (t + 1) * heads; i++) strength.set(i, Recurrence.sigmoid(strength.get(i)));
    }

    /** Every head through the tokens of each span, in order. */
    private void scan(Step step, Floats q, Floats k, Floats v, Floats decays, Floats strength, Floats out) {
        Kernels kernels = step.compute().kernels();
        step.compute().forEach(step.spans().size() * heads, (task, worker) -> {
            Step.Span span = step.spans().get(task / heads);
            int head = task % heads;
            Floats state = span.sequence().state(layer);
            int s = 3 * queryConvolution.stateFloats() + head * dim * dim;
            for (int t = span.firstRow(); t < span.firstRow() + span.count(); t++) {
                int at = (t * heads + head) * dim;
                float beta = strength.get(t * heads + head);
                kernels.deltaStep(state, s, dim, dim, decays, at, k, at, v, at, beta, q, at, out, at);
            }
        });
    }
}

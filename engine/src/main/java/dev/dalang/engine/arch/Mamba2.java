package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * The state space layer of Mamba-2 (Dao and Gu 2024, arXiv:2405.21060).
 *
 * <p>One projection gives z, x, B, C and a time step for each head; x, B and C go through a short convolution and SiLU.
 * With Δ = softplus(dt + bias), a head's state H of {@code [headDim][state]} becomes {@code H = exp(Δ·A)·H + Δ·x·Bᵀ} and
 * gives {@code y = H·C + D·x}. B and C are shared by the heads of a group. Then {@code out(norm(y · silu(z)))}, the norm
 * over each group.
 *
 * @param layer whose state of a sequence holds the convolution's tail and then H of each head
 * @param input to {@code [z | x | B | C | dt]}
 * @param convolution over {@code [x | B | C]}
 * @param timeStepBias one number a head; so are {@code decay} (A, negative) and {@code skip} (D)
 */
record Mamba2(
        int layer,
        StateSpaceShape shape,
        Linear input,
        CausalConvolution convolution,
        Floats timeStepBias,
        Floats decay,
        Floats skip,
        @Nullable Norm norm,
        Linear output,
        LayerMemory.Recurrent memory)
        implements Sublayer {

    /** The layer under GGUF's names. */
    static Mamba2 read(LayerParts p) {
        StateSpaceShape s = StateSpaceShape.heads(p.hyper());
        Weights w = p.weights();
        int convolved = s.convolved();
        CausalConvolution convolution = new CausalConvolution(
                convolved,
                s.kernel(),
                w.floats(p.name("ssm_conv1d.weight"), s.kernel(), convolved),
                w.vectorOrNull(p.name("ssm_conv1d.bias"), convolved),
                Activation.SILU);
        int group = s.inner() / s.groups();
        Norm norm = p.has("ssm_norm.weight")
                ? new Norm.GroupedRms(
                        group,
                        s.groups(),
                        w.floats(p.name("ssm_norm.weight"), group, s.groups()),
                        p.hyper().rmsEpsilon())
                : null;
        return new Mamba2(
                p.index(),
                s,
                w.linear(p.name("ssm_in"), p.width(), Math.addExact(s.inner() + s.rank(), convolved)),
                convolution,
                w.run(p.name("ssm_dt.bias"), s.rank()),
                w.run(p.name("ssm_a"), s.rank()),
                w.run(p.name("ssm_d"), s.rank()),
                norm,
                w.linear(p.name("ssm_out"), s.inner(), p.width()),
                StateSpaceShape.memory(p.hyper(), convolution, s.inner(), s.state()));
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int inner = shape.inner();
        int convolved = convolution.channels();
        int heads = shape.rank();
        int row = input.outputs();
        Floats all = step.rows(row);
        input.forward(step, in, all);
        Floats z = step.rows(inner);
        Floats raw = step.rows(convolved);
        Floats xbc = step.rows(convolved);
        Floats dt = step.rows(heads);
        for (int t = 0; t < n; t++) {
            z.copy(t * inner, all, t * row, inner);
            raw.copy(t * convolved, all, t * row + inner, convolved);
            dt.copy(t * heads, all, t * row + inner + convolved, heads);
        }
        convolution.forward(step, layer, 0, raw, xbc);
        Floats y = step.rows(inner);
        scan(step, xbc, dt, y);
        Kernels k = step.compute().kernels();
        step.compute().forEach(n, (t, worker) -> k.gate(Activation.SILU, z, t * inner, y, t * inner, inner));
        if (norm != null) norm.forward(step, z, n * shape.groups(), z);
        output.forward(step, z, out);
        step.release(mark);
    }

    /** Every head through the tokens of each span, in order. */
    private void scan(Step step, Floats xbc, Floats dt, Floats y) {
        Kernels k = step.compute().kernels();
        int inner = shape.inner();
        int heads = shape.rank();
        int dim = shape.headDim();
        int size = shape.state();
        int convolved = convolution.channels();
        step.compute().forEach(step.spans().size() * heads, (task, worker) -> {
            Step.Span span = step.spans().get(task / heads);
            int head = task % heads;
            int group = head / (heads / shape.groups());
            Floats state = span.sequence().state(layer);
            int at = convolution.stateFloats() + head * dim * size;
            for (int t = span.firstRow(); t < span.firstRow() + span.count(); t++) {
                float delta = Recurrence.softplus(dt.get(t * heads + head) + timeStepBias.get(head));
                int x = t * convolved + head * dim;
                int b = t * convolved + inner + group * size;
                int c = b + shape.groups() * size;
                int to = t * inner + head * dim;
                float factor = (float) Math.exp(delta * decay.get(head));
                k.stateSpaceStep(state, at, dim, size, factor, delta, xbc, x, xbc, b, xbc, c, y, to);
                k.addScaled(y, to, xbc, x, dim, skip.get(head));
            }
        });
    }
}

package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * The selective state space layer of Mamba (Gu and Dao 2023, arXiv:2312.00752).
 *
 * <p>One projection gives x and z; x goes through a short convolution and SiLU. Of that, a second projection gives a
 * low-rank time step, B and C. With Δ = softplus(W·dt + bias), a channel's state h of {@code state} elements becomes
 * {@code h = exp(Δ·a)·h + Δ·x·B} and gives {@code y = h·C + D·x}. Then {@code out(y · silu(z))}.
 *
 * @param layer whose state of a sequence holds the convolution's tail and then h of each channel
 * @param input to {@code [x | z]}
 * @param selection to {@code [dt | B | C]}
 * @param timeStepNorm on dt, and {@code inputNorm} on B and {@code outputNorm} on C (Jamba, Falcon Mamba), or null
 * @param decay a, {@code [inner][state]}
 * @param skip D, one number a channel
 */
record Mamba(
        int layer,
        StateSpaceShape shape,
        Linear input,
        CausalConvolution convolution,
        Linear selection,
        @Nullable Norm timeStepNorm,
        @Nullable Norm inputNorm,
        @Nullable Norm outputNorm,
        Linear timeStep,
        Floats decay,
        Floats skip,
        Linear output,
        LayerMemory.Recurrent memory)
        implements Sublayer {

    /** Channels that one task takes through all tokens. */
    private static final int CHANNELS_PER_TASK = 64;

    /**
     * The layer under GGUF's names.
     *
     * @param normed whether the time step, B and C are normed, by weights where the file has them
     */
    static Mamba read(LayerParts p, boolean normed) {
        StateSpaceShape s = StateSpaceShape.channels(p.hyper());
        Weights w = p.weights();
        CausalConvolution convolution = new CausalConvolution(
                s.inner(),
                s.kernel(),
                w.floats(p.name("ssm_conv1d.weight"), s.kernel(), s.inner()),
                w.vectorOrNull(p.name("ssm_conv1d.bias"), s.inner()),
                Activation.SILU);
        int selected = Math.addExact(s.rank(), 2 * s.state());
        return new Mamba(
                p.index(),
                s,
                w.linear(p.name("ssm_in"), p.width(), 2 * s.inner()),
                convolution,
                w.linear(p.name("ssm_x"), s.inner(), selected),
                norm(p, "ssm_dt_norm", s.rank(), normed),
                norm(p, "ssm_b_norm", s.state(), normed),
                norm(p, "ssm_c_norm", s.state(), normed),
                w.linear(p.name("ssm_dt"), s.rank(), s.inner()),
                w.floats(p.name("ssm_a"), s.state(), s.inner()),
                w.run(p.name("ssm_d"), s.inner()),
                w.linear(p.name("ssm_out"), s.inner(), p.width()),
                StateSpaceShape.memory(p.hyper(), convolution, s.inner(), s.state()));
    }

    private static @Nullable Norm norm(LayerParts p, String name, int size, boolean normed) {
        if (!normed) return null;
        Norm weighted = p.rmsNormOrNull(name, size);
        return weighted != null ? weighted : new Norm.Rms(size, null, p.hyper().rmsEpsilon());
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int inner = shape.inner();
        Floats both = step.rows(2 * inner);
        input.forward(step, in, both);
        Floats raw = step.rows(inner);
        Floats z = step.rows(inner);
        for (int t = 0; t < n; t++) {
            raw.copy(t * inner, both, 2 * t * inner, inner);
            z.copy(t * inner, both, (2 * t + 1) * inner, inner);
        }
        Floats x = step.rows(inner);
        convolution.forward(step, layer, 0, raw, x);
        Floats b = step.rows(shape.state());
        Floats c = step.rows(shape.state());
        Floats dt = step.rows(inner);
        select(step, x, dt, b, c);
        Floats y = step.rows(inner);
        scan(step, x, dt, b, c, y);
        Kernels k = step.compute().kernels();
        step.compute().forEach(n, (t, worker) -> k.gate(Activation.SILU, z, t * inner, y, t * inner, inner));
        output.forward(step, z, out);
        step.release(mark);
    }

    private void select(Step step, Floats x, Floats dt, Floats b, Floats c) {
        int n = step.tokens();
        int rank = shape.rank();
        int size = shape.state();
        int row = selection.outputs();
        Floats selected = step.rows(row);
        Floats low = step.rows(rank);
        selection.forward(step, x, selected);
        for (int t = 0; t < n; t++) {
            low.copy(t * rank, selected, t * row, rank);
            b.copy(t * size, selected, t * row + rank, size);
            c.copy(t * size, selected, t * row + rank + size, size);
        }
        if (timeStepNorm != null) timeStepNorm.forward(step, low, n, low);
        if (inputNorm != null) inputNorm.forward(step, b, n, b);
        if (outputNorm != null) outputNorm.forward(step, c, n, c);
        timeStep.forward(step, low, dt);
    }

    /** Every channel through the tokens of each span, in order. */
    private void scan(Step step, Floats x, Floats dt, Floats b, Floats c, Floats y) {
        Kernels k = step.compute().kernels();
        int inner = shape.inner();
        int size = shape.state();
        int tasks = (inner + CHANNELS_PER_TASK - 1) / CHANNELS_PER_TASK;
        step.compute().forEach(step.spans().size() * tasks, (task, worker) -> {
            Step.Span span = step.spans().get(task / tasks);
            Floats state = span.sequence().state(layer);
            int from = task % tasks * CHANNELS_PER_TASK;
            int to = Math.min(inner, from + CHANNELS_PER_TASK);
            for (int t = span.firstRow(); t < span.firstRow() + span.count(); t++) {
                for (int i = from; i < to; i++) {
                    float delta = Recurrence.softplus(dt.get(t * inner + i));
                    float input = x.get(t * inner + i);
                    int at = convolution.stateFloats() + i * size;
                    float mixed =
                            k.selectiveStep(state, at, size, decay, i * size, delta, input, b, t * size, c, t * size);
                    y.set(t * inner + i, Math.fma(skip.get(i), input, mixed));
                }
            }
        });
    }
}

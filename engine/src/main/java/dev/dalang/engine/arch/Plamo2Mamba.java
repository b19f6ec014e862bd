package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;

/**
 * PLaMo 2's state space layer: one decay a head as in {@link Mamba2}, but the time step, B and C selected after the
 * convolution and normed, as in {@link Mamba}; B and C are common to all heads.
 *
 * @param input to {@code [heads][z | x]}
 * @param selection to {@code [B | C | dt]}
 * @param timeStep from the normed low-rank time step to one number a head
 */
record Plamo2Mamba(
        int layer,
        StateSpaceShape shape,
        Linear input,
        CausalConvolution convolution,
        Linear selection,
        Norm timeStepNorm,
        Norm inputNorm,
        Norm outputNorm,
        Linear timeStep,
        Floats decay,
        Floats skip,
        Linear output,
        LayerMemory.Recurrent memory)
        implements Sublayer {

    static Plamo2Mamba read(LayerParts p) {
        Hyper h = p.hyper();
        Weights w = p.weights();
        StateSpaceShape s = StateSpaceShape.channels(h);
        if (s.inner() % s.rank() != 0) {
            throw h.bad("ssm.time_step_rank", "is " + s.rank() + ", not a divisor of " + s.inner());
        }
        CausalConvolution convolution = new CausalConvolution(
                s.inner(),
                s.kernel(),
                w.floats(p.name("ssm_conv1d.weight"), s.kernel(), s.inner()),
                w.vectorOrNull(p.name("ssm_conv1d.bias"), s.inner()),
                Activation.SILU);
        // Not in the file: the width of the time step follows from the model's, as in its configuration.
        int low = Math.max(64, p.width() / 16);
        return new Plamo2Mamba(
                p.index(),
                s,
                w.linear(p.name("ssm_in"), p.width(), 2 * s.inner()),
                convolution,
                w.linear(p.name("ssm_x"), s.inner(), Math.addExact(low, 2 * s.state())),
                w.rmsNormNamed(p.name("ssm_dt_norm"), low, h.rmsEpsilon()),
                w.rmsNormNamed(p.name("ssm_b_norm"), s.state(), h.rmsEpsilon()),
                w.rmsNormNamed(p.name("ssm_c_norm"), s.state(), h.rmsEpsilon()),
                w.linear(p.name("ssm_dt"), low, s.rank()),
                w.run(p.name("ssm_a"), s.rank()),
                w.run(p.name("ssm_d"), s.rank()),
                w.linear(p.name("ssm_out"), s.inner(), p.width()),
                StateSpaceShape.memory(h, convolution, s.inner(), s.state()));
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int inner = shape.inner();
        int heads = shape.rank();
        int dim = shape.headDim();
        Floats both = step.rows(2 * inner);
        input.forward(step, in, both);
        Floats raw = step.rows(inner);
        Floats z = step.rows(inner);
        for (int head = 0; head < n * heads; head++) {
            z.copy(head * dim, both, 2 * head * dim, dim);
            raw.copy(head * dim, both, (2 * head + 1) * dim, dim);
        }
        Floats x = step.rows(inner);
        convolution.forward(step, layer, 0, raw, x);
        Floats b = step.rows(shape.state());
        Floats c = step.rows(shape.state());
        Floats dt = step.rows(heads);
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
        int rank = timeStep.inputs();
        int size = shape.state();
        int row = selection.outputs();
        Floats selected = step.rows(row);
        Floats low = step.rows(rank);
        selection.forward(step, x, selected);
        for (int t = 0; t < n; t++) {
            b.copy(t * size, selected, t * row, size);
            c.copy(t * size, selected, t * row + size, size);
            low.copy(t * rank, selected, t * row + 2 * size, rank);
        }
        inputNorm.forward(step, b, n, b);
        outputNorm.forward(step, c, n, c);
        timeStepNorm.forward(step, low, n, low);
        timeStep.forward(step, low, dt);
    }

    private void scan(Step step, Floats x, Floats dt, Floats b, Floats c, Floats y) {
        Kernels k = step.compute().kernels();
        int inner = shape.inner();
        int heads = shape.rank();
        int dim = shape.headDim();
        int size = shape.state();
        step.compute().forEach(step.spans().size() * heads, (task, worker) -> {
            Step.Span span = step.spans().get(task / heads);
            int head = task % heads;
            Floats state = span.sequence().state(layer);
            int at = convolution.stateFloats() + head * dim * size;
            for (int t = span.firstRow(); t < span.firstRow() + span.count(); t++) {
                float delta = Recurrence.softplus(dt.get(t * heads + head));
                float factor = (float) Math.exp(delta * decay.get(head));
                int to = t * inner + head * dim;
                k.stateSpaceStep(state, at, dim, size, factor, delta, x, to, b, t * size, c, t * size, y, to);
                k.addScaled(y, to, x, to, dim, skip.get(head));
            }
        });
    }
}

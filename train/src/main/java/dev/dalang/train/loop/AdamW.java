package dev.dalang.train.loop;

import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Gradients;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * AdamW with weight decay apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101): with the gradient g of
 * step t, {@code m = β₁m + (1-β₁)g}, {@code v = β₂v + (1-β₂)g²}, and
 * {@code w = w - rate·(decay·w + m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε))}.
 *
 * <p>The parameters are cut into runs of a fixed length, so that sums do not depend on the number of threads.
 */
final class AdamW {

    /** Four arrays of it fit a second-level cache. */
    private static final int RUN = 1 << 15;

    /** Some elements of a parameter. */
    private record Run(int parameter, int from, int count) {}

    private final Compute compute;
    private final Gradients kernels;
    private final OptimizerSettings settings;
    private final List<Parameter> parameters;
    private final List<Floats> means = new ArrayList<>();
    private final List<Floats> squares = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();

    AdamW(Compute compute, List<Parameter> parameters, OptimizerSettings settings, Arena arena) {
        this.compute = compute;
        this.kernels = Gradients.of(compute.kernels());
        this.settings = settings;
        this.parameters = List.copyOf(parameters);
        for (int i = 0; i < parameters.size(); i++) {
            int n = parameters.get(i).count();
            means.add(Floats.allocate(arena, n));
            squares.add(Floats.allocate(arena, n));
            for (int at = 0; at < n; at += RUN) runs.add(new Run(i, at, Math.min(RUN, n - at)));
        }
    }

    /** The running means of each parameter's gradient, in their order. */
    List<Floats> means() {
        return means;
    }

    /** The running means of their squares. */
    List<Floats> squares() {
        return squares;
    }

    /** The length of all gradients together as one vector. */
    double gradientNorm() {
        double[] sums = new double[runs.size()];
        compute.forEach(sums.length, (i, worker) -> {
            Run r = runs.get(i);
            sums[i] = kernels.squaredSum(parameters.get(r.parameter).gradient(), r.from, r.count);
        });
        double sum = 0;
        for (double s : sums) sum += s;
        return Math.sqrt(sum);
    }

    /**
     * Changes the parameters, and leaves their gradients zero.
     *
     * @param time number of this change, from 1
     * @param factor to multiply the gradients by first
     */
    void step(long time, double rate, double factor) {
        float correction1 = (float) (1 - Math.pow(settings.beta1(), (double) time));
        float correction2 = (float) (1 - Math.pow(settings.beta2(), (double) time));
        compute.forEach(runs.size(), (i, worker) -> {
            Run r = runs.get(i);
            Parameter p = parameters.get(r.parameter);
            kernels.adamW(
                    p.value(),
                    p.gradient(),
                    means.get(r.parameter),
                    squares.get(r.parameter),
                    r.from,
                    r.count,
                    (float) rate,
                    (float) settings.beta1(),
                    (float) settings.beta2(),
                    (float) settings.epsilon(),
                    p.decays() ? (float) settings.decay() : 0,
                    correction1,
                    correction2,
                    (float) factor);
            p.gradient().slice(r.from, r.count).fill(0);
        });
    }
}

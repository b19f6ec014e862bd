package dev.dalang.train.loop;

import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * An exponential moving average of the weights (Polyak and Juditsky 1992): smoother than the weights themselves while the
 * learning rate is high. For its first steps it is the plain mean, so that the initial weights do not linger.
 */
final class WeightAverage {

    private final Compute compute;
    private final List<Parameter> parameters;
    private final double stays;
    private final List<Floats> averages = new ArrayList<>();

    WeightAverage(Compute compute, List<Parameter> parameters, double stays, Arena arena) {
        this.compute = compute;
        this.parameters = List.copyOf(parameters);
        this.stays = stays;
        for (Parameter p : parameters) {
            Floats average = Floats.allocate(arena, p.count());
            average.copy(0, p.value(), 0, p.count());
            averages.add(average);
        }
    }

    /** The averages of the parameters, in their order. */
    List<Floats> averages() {
        return averages;
    }

    /** Takes in the weights after step {@code time}, from 1. */
    void add(long time) {
        float keep = (float) Math.min(stays, (double) (time - 1) / time);
        Kernels kernels = compute.kernels();
        compute.forEach(parameters.size(), (i, worker) -> {
            Parameter p = parameters.get(i);
            kernels.scale(averages.get(i), 0, p.count(), keep);
            kernels.addScaled(averages.get(i), 0, p.value(), 0, p.count(), 1 - keep);
        });
    }

    /** Exchanges the network's weights and their averages; a second time puts both back. */
    void swap() {
        compute.forEach(parameters.size(), (i, worker) -> {
            Floats value = parameters.get(i).value();
            Floats average = averages.get(i);
            float[] a = new float[4096];
            float[] b = new float[4096];
            for (int at = 0; at < value.length(); at += a.length) {
                int n = Math.min(a.length, value.length() - at);
                value.get(at, a, 0, n);
                average.get(at, b, 0, n);
                value.put(at, b, 0, n);
                average.put(at, a, 0, n);
            }
        });
    }
}

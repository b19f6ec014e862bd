package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The optimizer against algorithm 2 of Loshchilov and Hutter 2019, written out in double for one number at a time. */
class AdamWTest {

    private static final OptimizerSettings SETTINGS = new OptimizerSettings(0.9, 0.95, 1e-8, 0.1);

    /** Lengths around those at which a parameter is cut into runs. */
    private static final int[] COUNTS = {1, 7, (1 << 15) - 1, 1 << 15, (1 << 16) + 3};

    private static List<Parameter> parameters(Arena arena) {
        Random random = new Random(3);
        List<Parameter> all = new ArrayList<>();
        for (int n : COUNTS) {
            Floats value = Floats.allocate(arena, n);
            for (int i = 0; i < n; i++) value.set(i, (float) random.nextGaussian());
            all.add(new Parameter("p" + n, List.of(n), value, Floats.allocate(arena, n), n != 7));
        }
        return all;
    }

    private static void gradients(List<Parameter> parameters, int step) {
        Random random = new Random(step);
        for (Parameter p : parameters) {
            for (int i = 0; i < p.count(); i++) p.gradient().set(i, (float) (random.nextGaussian() * 0.1 + 0.02));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void followsTheAlgorithmForManySteps(String tier) {
        try (Arena arena = Arena.ofShared();
                Compute compute = new Compute(KernelTier.named(tier), 2)) {
            List<Parameter> parameters = parameters(arena);
            AdamW adam = new AdamW(compute, parameters, SETTINGS, arena);
            List<double[]> w = new ArrayList<>();
            List<double[]> m = new ArrayList<>();
            List<double[]> v = new ArrayList<>();
            for (Parameter p : parameters) {
                double[] values = new double[p.count()];
                for (int i = 0; i < values.length; i++) values[i] = p.value().get(i);
                w.add(values);
                m.add(new double[p.count()]);
                v.add(new double[p.count()]);
            }
            for (int t = 1; t <= 60; t++) {
                double rate = 0.01 / t;
                double factor = t % 2 == 0 ? 1 : 0.5;
                gradients(parameters, t);
                double squares = 0;
                for (int k = 0; k < parameters.size(); k++) {
                    Parameter p = parameters.get(k);
                    for (int i = 0; i < p.count(); i++) {
                        double g = p.gradient().get(i);
                        squares += g * g;
                        g *= factor;
                        m.get(k)[i] = 0.9 * m.get(k)[i] + 0.1 * g;
                        v.get(k)[i] = 0.95 * v.get(k)[i] + 0.05 * g * g;
                        double mean = m.get(k)[i] / (1 - Math.pow(0.9, t));
                        double square = v.get(k)[i] / (1 - Math.pow(0.95, t));
                        w.get(k)[i] -=
                                rate * (mean / (Math.sqrt(square) + 1e-8) + (p.decays() ? 0.1 : 0) * w.get(k)[i]);
                    }
                }
                assertThat(adam.gradientNorm()).isCloseTo(Math.sqrt(squares), Offset.offset(1e-5 * Math.sqrt(squares)));
                adam.step(t, rate, factor);
                assertThat(adam.gradientNorm()).isZero();
            }
            for (int k = 0; k < parameters.size(); k++) {
                Floats value = parameters.get(k).value();
                double worst = 0;
                for (int i = 0; i < value.length(); i++) worst = Math.max(worst, Math.abs(value.get(i) - w.get(k)[i]));
                assertThat(worst).as(parameters.get(k).name()).isLessThan(5e-6);
            }
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 3}) {
            try (Arena arena = Arena.ofShared();
                    Compute compute = new Compute(KernelTier.best(), threads)) {
                List<Parameter> parameters = parameters(arena);
                AdamW adam = new AdamW(compute, parameters, SETTINGS, arena);
                for (int t = 1; t <= 5; t++) {
                    gradients(parameters, t);
                    adam.step(t, 0.01, 1 / adam.gradientNorm());
                }
                results.add(parameters.getLast().value().toArray());
            }
        }
        assertThat(results.get(0)).isEqualTo(results.get(1));
    }

    @Test
    void averagesAreWhatTheyShouldBe() {
        try (Arena arena = Arena.ofShared();
                Compute compute = new Compute(KernelTier.named("scalar"), 2)) {
            Parameter p =
                    new Parameter("p", List.of(5000), Floats.allocate(arena, 5000), Floats.allocate(arena, 5000), true);
            WeightAverage average = new WeightAverage(compute, List.of(p), 0.75, arena);
            double expected = 0;
            for (int t = 1; t <= 10; t++) {
                p.value().fill(t);
                average.add(t);
                // The plain mean of the first three, then a quarter of each new one.
                double keep = Math.min(0.75, (t - 1.0) / t);
                expected = keep * expected + (1 - keep) * t;
                assertThat((double) average.averages().getFirst().get(4999)).isCloseTo(expected, Offset.offset(1e-5));
            }
            average.swap();
            assertThat((double) p.value().get(0)).isCloseTo(expected, Offset.offset(1e-5));
            average.swap();
            assertThat(p.value().get(4999)).isEqualTo(10);
        }
    }
}

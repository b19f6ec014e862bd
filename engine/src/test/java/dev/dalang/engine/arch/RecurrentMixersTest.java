package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Phase;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrent mixers and latent attention: right by their formulas, and the same bits however a text is cut up. */
class RecurrentMixersTest {

    private static final int TOKENS = 11;

    @Property(tries = 25)
    void followTheirFormulas(@ForAll long seed) {
        for (String tier : List.of("scalar", "vector")) {
            for (MixerCases c : MixerCases.all(seed)) {
                float[] x = input(c, seed, TOKENS);
                float[] got = alone(c, tier, 1, x, TOKENS);
                double[][] want = c.naive().apply(rows(x, c.width()));
                for (int i = 0; i < got.length; i++) {
                    double expected = want[i / c.width()][i % c.width()];
                    assertThat((double) got[i])
                            .as("%s, %s, element %d", c.name(), tier, i)
                            .isCloseTo(
                                    expected,
                                    org.assertj.core.data.Offset.offset(2e-4 * Math.max(1, Math.abs(expected))));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void giveTheSameBitsWhereverTheTextIsCut(String tier) {
        for (long seed = 1; seed <= 3; seed++) {
            for (MixerCases c : MixerCases.all(seed)) {
                float[] x = input(c, seed, TOKENS);
                float[] whole = alone(c, tier, 1, x, TOKENS);
                for (int cut = 1; cut < TOKENS; cut++) {
                    assertThat(alone(c, tier, 2, x, cut, TOKENS - cut))
                            .as("%s, cut at %d", c.name(), cut)
                            .isEqualTo(whole);
                }
                int[] ones = new int[TOKENS];
                Arrays.fill(ones, 1);
                assertThat(alone(c, tier, 1, x, ones)).as(c.name()).isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void keepSequencesOfOneStepApart(String tier) {
        for (MixerCases c : MixerCases.all(7)) {
            float[] a = input(c, 100, 6);
            float[] b = input(c, 200, 4);
            float[] wantA = alone(c, tier, 1, a, 6);
            float[] wantB = alone(c, tier, 1, b, 4);
            int w = c.width();
            try (Compute compute = new Compute(KernelTier.named(tier), 2);
                    Sequence first = sequence(c);
                    Sequence second = sequence(c)) {
                Step step = new Step(compute);
                List<Step.Span> spans = List.of(
                        new Step.Span(first, 0, 4, 0, Phase.PROMPT), new Step.Span(second, 4, 1, 0, Phase.PROMPT));
                float[] one = pass(c, step, spans, concat(slice(a, 0, 4 * w), slice(b, 0, w)), 5);
                // The other way round, and of other lengths.
                spans = List.of(
                        new Step.Span(second, 0, 3, 1, Phase.PROMPT), new Step.Span(first, 3, 2, 4, Phase.PROMPT));
                float[] two = pass(c, step, spans, concat(slice(b, w, 4 * w), slice(a, 4 * w, 6 * w)), 5);
                assertThat(concat(slice(one, 0, 4 * w), slice(two, 3 * w, 5 * w)))
                        .as(c.name())
                        .isEqualTo(wantA);
                assertThat(concat(slice(one, 4 * w, 5 * w), slice(two, 0, 3 * w)))
                        .as(c.name())
                        .isEqualTo(wantB);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void beginAgainFromNothing(String tier) {
        for (MixerCases c : MixerCases.all(9)) {
            float[] x = input(c, 9, 5);
            float[] want = alone(c, tier, 1, x, 5);
            try (Compute compute = new Compute(KernelTier.named(tier), 1);
                    Sequence sequence = sequence(c)) {
                Step step = new Step(compute);
                pass(c, step, List.of(new Step.Span(sequence, 0, 5, 0, Phase.PROMPT)), x, 5);
                assertThat(sequence.truncate(0)).isZero();
                assertThat(pass(c, step, List.of(new Step.Span(sequence, 0, 5, 0, Phase.PROMPT)), x, 5))
                        .as(c.name())
                        .isEqualTo(want);
            }
        }
    }

    /** One sequence, evaluated in passes of the given lengths. */
    private static float[] alone(MixerCases c, String tier, int threads, float[] x, int... counts) {
        List<float[]> parts = new ArrayList<>();
        try (Compute compute = new Compute(KernelTier.named(tier), threads);
                Sequence sequence = sequence(c)) {
            Step step = new Step(compute);
            int from = 0;
            for (int count : counts) {
                float[] part = slice(x, from * c.width(), (from + count) * c.width());
                parts.add(pass(c, step, List.of(new Step.Span(sequence, 0, count, from, Phase.PROMPT)), part, count));
                from += count;
            }
        }
        float[] all = new float[0];
        for (float[] p : parts) all = concat(all, p);
        return all;
    }

    private static float[] pass(MixerCases c, Step step, List<Step.Span> spans, float[] x, int tokens) {
        step.begin(new int[tokens], spans);
        for (Step.Span s : spans) s.sequence().reserve(s.count());
        Floats out = Floats.allocate(Arena.ofAuto(), x.length);
        c.mixer().forward(step, Floats.copyOf(Arena.ofAuto(), x), out);
        for (Step.Span s : spans) s.sequence().advance(s.count());
        return out.toArray();
    }

    private static Sequence sequence(MixerCases c) {
        return new Sequence(List.of(c.mixer().memory()), BlockType.F32);
    }

    private static float[] input(MixerCases c, long seed, int tokens) {
        Random random = new Random(seed);
        float[] x = new float[tokens * c.width()];
        for (int i = 0; i < x.length; i++) x[i] = (float) random.nextGaussian();
        return x;
    }

    private static double[][] rows(float[] x, int width) {
        double[][] rows = new double[x.length / width][width];
        for (int i = 0; i < x.length; i++) rows[i / width][i % width] = x[i];
        return rows;
    }

    private static float[] slice(float[] x, int from, int to) {
        return Arrays.copyOfRange(x, from, to);
    }

    private static float[] concat(float[] a, float[] b) {
        float[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}

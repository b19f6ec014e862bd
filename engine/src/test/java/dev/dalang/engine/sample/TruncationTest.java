package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;

/** Each truncation sampler against its definition, on every way that candidates can be loaded. */
class TruncationTest {

    private static Candidates load(float[] logits) {
        Candidates c = new Candidates();
        c.loadAll(logits, logits.length);
        return c;
    }

    private static List<Integer> ids(Candidates c) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < c.size(); i++) ids.add(c.id(i));
        ids.sort(null);
        return ids;
    }

    private static List<Integer> ids(List<NaiveSampling.Token> tokens) {
        return tokens.stream().map(NaiveSampling.Token::id).sorted().toList();
    }

    /** Logits on a coarse grid have ties; the offsets keep every cumulative sum off the tested thresholds. */
    @Provide
    Arbitrary<float[]> logits() {
        return Arbitraries.integers()
                .between(1, 400)
                .flatMap(n -> Arbitraries.longs().map(seed -> {
                    Random r = new Random(seed);
                    float spread = r.nextFloat() * 12;
                    float[] l = new float[n];
                    for (int i = 0; i < n; i++) {
                        l[i] = r.nextInt(9) == 0 ? (i == 0 ? 1 : l[i - 1]) : (float) r.nextGaussian() * spread;
                        if (i > 0 && r.nextInt(30) == 0) l[i] = Float.NEGATIVE_INFINITY;
                    }
                    return l;
                }));
    }

    @Property
    void topKKeepsTheBestInOrder(@ForAll("logits") float[] logits, @ForAll @IntRange(min = 1, max = 450) int k) {
        List<Integer> expected = NaiveSampling.topK(NaiveSampling.all(logits), k).stream()
                .map(NaiveSampling.Token::id)
                .toList();

        Candidates selected = load(logits);
        Truncation.topK(selected, k);
        Candidates heaped = new Candidates();
        heaped.loadTop(logits, logits.length, k);

        for (Candidates c : List.of(selected, heaped)) {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < c.size(); i++) {
                order.add(c.id(i));
                assertThat(c.logit(i)).isEqualTo(logits[c.id(i)]);
            }
            assertThat(order).isEqualTo(expected);
        }
    }

    @Property
    void orderingInStepsIsOrderingAtOnce(
            @ForAll("logits") float[] logits, @ForAll @IntRange(min = 1, max = 50) int step) {
        Candidates c = load(logits);
        List<NaiveSampling.Token> expected = NaiveSampling.all(logits);
        for (int k = step; k < expected.size() + step; k += step) c.order(k);
        for (int i = 0; i < expected.size(); i++)
            assertThat(c.id(i)).isEqualTo(expected.get(i).id());
    }

    @Property
    void topPKeepsTheSmallestPrefixThatReachesP(
            @ForAll("logits") float[] logits,
            @ForAll @Scale(4) @FloatRange(min = 0, max = 0.999f) float p,
            @ForAll @IntRange(min = 1, max = 5) int minKeep) {
        Candidates c = load(logits);
        List<NaiveSampling.Token> all = NaiveSampling.all(logits);
        Truncation.topP(c, p, minKeep);

        int n = c.size();
        assertThat(ids(c)).isEqualTo(ids(all.subList(0, n)));
        double[] prob = NaiveSampling.softmax(all, 1);
        double sum = 0;
        for (int i = 0; i < n; i++) sum += prob[i];
        assertThat(n).isGreaterThanOrEqualTo(Math.min(minKeep, all.size()));
        assertThat(sum).isGreaterThanOrEqualTo(p - 1e-9);
        if (n > minKeep) assertThat(sum - prob[n - 1]).isLessThan(p + 1e-9);
        assertThat(n).isEqualTo(NaiveSampling.topP(all, p, minKeep).size());
    }

    @Property
    void topPIsMonotonic(
            @ForAll("logits") float[] logits, @ForAll @Scale(4) @FloatRange(min = 0, max = 0.99f) float p) {
        Candidates less = load(logits);
        Truncation.topP(less, p / 2, 1);
        Candidates more = load(logits);
        Truncation.topP(more, p, 1);
        assertThat(ids(more)).containsAll(ids(less));
    }

    @Property
    void minPMatchesItsDefinition(
            @ForAll("logits") float[] logits,
            @ForAll @Scale(4) @FloatRange(min = 0.0001f, max = 1) float p,
            @ForAll @IntRange(min = 1, max = 5) int minKeep) {
        Candidates c = load(logits);
        Truncation.minP(c, p, minKeep);
        List<Integer> expected = ids(NaiveSampling.minP(NaiveSampling.all(logits), p, minKeep));
        assertThat(ids(c)).isEqualTo(expected);

        Candidates ordered = load(logits);
        ordered.order(ordered.size());
        Truncation.minP(ordered, p, minKeep);
        assertThat(ids(ordered)).isEqualTo(expected);
    }

    @Property
    void typicalMatchesItsDefinition(
            @ForAll("logits") float[] logits,
            @ForAll @Scale(4) @FloatRange(min = 0, max = 0.999f) float p,
            @ForAll @IntRange(min = 1, max = 5) int minKeep) {
        Candidates c = load(logits);
        Truncation.typical(c, p, minKeep);
        List<NaiveSampling.Token> expected = NaiveSampling.typical(NaiveSampling.all(logits), p, minKeep);
        // Equal logits are equally typical: which of them is kept is a matter of taste, their number is not.
        List<Float> logitsKept = ids(c).stream().map(i -> logits[i]).sorted().toList();
        assertThat(logitsKept)
                .isEqualTo(ids(expected).stream().map(i -> logits[i]).sorted().toList());
    }

    @Property
    void topNSigmaMatchesItsDefinition(
            @ForAll("logits") float[] logits, @ForAll @Scale(4) @FloatRange(min = 0.01f, max = 4) float n) {
        Candidates c = load(logits);
        Truncation.topNSigma(c, n);
        assertThat(ids(c)).isEqualTo(ids(NaiveSampling.topNSigma(NaiveSampling.all(logits), n)));
    }

    @Property
    void xtcMatchesItsDefinition(
            @ForAll("logits") float[] logits,
            @ForAll @Scale(4) @FloatRange(min = 0.0001f, max = 0.5f) float threshold,
            @ForAll @IntRange(min = 1, max = 5) int minKeep) {
        Candidates c = load(logits);
        Truncation.excludeTopChoices(c, threshold, minKeep);
        assertThat(ids(c))
                .isEqualTo(ids(NaiveSampling.excludeTopChoices(NaiveSampling.all(logits), threshold, minKeep)));
    }

    @Test
    void xtcTakesTheTopChoicesButTheLast() {
        // 0.4, 0.3, 0.2, 0.1
        float[] logits = {(float) Math.log(0.4), (float) Math.log(0.3), (float) Math.log(0.2), (float) Math.log(0.1)};
        Candidates c = load(logits);
        Truncation.excludeTopChoices(c, 0.15f, 1);
        assertThat(ids(c)).containsExactly(2, 3);
    }

    @Test
    void negativeZeroTiesWithZero() {
        Candidates c = load(new float[] {-0f, 0f, -0f});
        c.order(3);
        assertThat(List.of(c.id(0), c.id(1), c.id(2))).containsExactly(0, 1, 2);
    }

    @Test
    void survivesExtremeLogits() {
        float[] logits = {-1e30f, 1e30f, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, 0};
        for (float p : new float[] {0, 0.5f, 0.999f}) {
            Candidates c = load(logits);
            Truncation.topNSigma(c, 1);
            Truncation.typical(c, p, 1);
            Truncation.topP(c, p, 1);
            Truncation.minP(c, 0.05f, 1);
            Truncation.excludeTopChoices(c, 0.1f, 1);
            assertThat(ids(c)).containsExactly(2);
        }
    }

    @Test
    void theExponentialIsExactToALastPlaceOrTwo() {
        Random r = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            double x = -700 * r.nextDouble() * r.nextDouble();
            double expected = StrictMath.exp(x);
            assertThat(Math.abs(Exponential.exp(x) - expected)).isLessThanOrEqualTo(2 * Math.ulp(expected));
        }
        assertThat(Exponential.exp(0)).isEqualTo(1);
        assertThat(Exponential.exp(-0.0)).isEqualTo(1);
        assertThat(Exponential.exp(-701)).isZero();
        assertThat(Exponential.exp(Double.NEGATIVE_INFINITY)).isZero();
    }
}

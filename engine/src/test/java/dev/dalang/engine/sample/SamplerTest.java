package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {

    /** Everything off: plain softmax at temperature 1. */
    private static final Sampling PLAIN =
            Sampling.builder().temperature(1f).topK(0).topP(1f).minP(0f).build();

    private static SamplerSettings settings(Sampling.Builder over) {
        return SamplerSettings.resolve(over.build(), Sampling.DEFAULT, 7);
    }

    private static float[] random(int n, long seed) {
        Random r = new Random(seed);
        float[] logits = new float[n];
        for (int i = 0; i < n; i++) logits[i] = (float) r.nextGaussian() * 3;
        return logits;
    }

    /**
     * Draws many tokens and compares their counts with the expected distribution: Pearson's chi-square with its mean
     * (the degrees of freedom) plus six standard deviations as the bound. Seeds are fixed, so it fails always or never.
     */
    private static void assertDrawn(SamplerSettings settings, float[] logits, Map<Integer, Double> expected) {
        int draws = 40_000;
        int[] counts = new int[logits.length];
        Sampler sampler = new Sampler(settings, logits.length);
        for (int i = 0; i < draws; i++) counts[sampler.sample(logits.clone())]++;
        double chiSquare = 0;
        int cells = 0;
        double restExpected = 0;
        double restSeen = 0;
        for (int id = 0; id < logits.length; id++) {
            double e = expected.getOrDefault(id, 0.0) * draws;
            if (e == 0) assertThat(counts[id]).as("token %d", id).isZero();
            if (e < 10) {
                restExpected += e;
                restSeen += counts[id];
            } else {
                chiSquare += (counts[id] - e) * (counts[id] - e) / e;
                cells++;
            }
        }
        if (restExpected > 10) {
            chiSquare += (restSeen - restExpected) * (restSeen - restExpected) / restExpected;
            cells++;
        }
        assertThat(chiSquare).isLessThan(cells + 6 * Math.sqrt(2.0 * cells));
    }

    private static Map<Integer, Double> distribution(List<NaiveSampling.Token> tokens, double temperature) {
        double[] p = NaiveSampling.softmax(tokens, temperature);
        Map<Integer, Double> map = new HashMap<>();
        for (int i = 0; i < p.length; i++) map.put(tokens.get(i).id(), p[i]);
        return map;
    }

    // ------------------------------------------------------------------ the draw

    @Test
    void drawsFromTheSoftmax() {
        float[] logits = random(50, 1);
        assertDrawn(settings(PLAIN.toBuilder()), logits, distribution(NaiveSampling.all(logits), 1));
    }

    @Test
    void temperatureFlattensAndSharpens() {
        float[] logits = random(50, 2);
        for (float t : new float[] {0.3f, 2.5f}) {
            assertDrawn(settings(PLAIN.toBuilder().temperature(t)), logits, distribution(NaiveSampling.all(logits), t));
        }
    }

    @Test
    void theChainRunsInItsOrder() {
        float[] logits = random(200, 3);
        for (int i = 0; i < logits.length; i++) logits[i] *= 0.4f;
        logits[17] = logits[18] = 2.5f;
        var s = settings(Sampling.builder()
                        .temperature(1.7f)
                        .topK(30)
                        .typicalP(0.95f)
                        .topP(0.9f)
                        .minP(0.02f))
                .withTopNSigma(3);
        List<NaiveSampling.Token> tokens = NaiveSampling.all(logits);
        tokens = NaiveSampling.topNSigma(tokens, 3);
        tokens = NaiveSampling.topK(tokens, 30);
        tokens = NaiveSampling.typical(tokens, 0.95f, 1);
        tokens = NaiveSampling.topP(tokens, 0.9f, 1);
        tokens = NaiveSampling.minP(tokens, 0.02f, 1);
        assertThat(tokens.size()).isBetween(3, 29);
        assertDrawn(s, logits, distribution(tokens, 1.7));
    }

    @Test
    void topPComesBeforeTemperature() {
        // p = 0.6, 0.3, 0.1. At top-p 0.8 two tokens stay, though at temperature 5 three would be needed for 0.8.
        float[] logits = {(float) Math.log(0.6), (float) Math.log(0.3), (float) Math.log(0.1)};
        Sampler sampler = new Sampler(settings(PLAIN.toBuilder().topP(0.8f).temperature(5f)), 3);
        for (int i = 0; i < 1000; i++)
            assertThat(sampler.sample(logits.clone())).isLessThan(2);
    }

    @Test
    void xtcExcludesAsOftenAsItsProbabilitySays() {
        float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
        // With probability 0.4 only 0.3 and 0.2 of the first two and the rest stay: {1, 2} renormalised.
        Map<Integer, Double> expected =
                Map.of(0, 0.6 * 0.5, 1, 0.6 * 0.3 + 0.4 * 0.3 / 0.5, 2, 0.6 * 0.2 + 0.4 * 0.2 / 0.5);
        assertDrawn(settings(PLAIN.toBuilder().xtcProbability(0.4f).xtcThreshold(0.25f)), logits, expected);
    }

    @Test
    void dynamicTemperatureFollowsTheEntropy() {
        float[] logits = {2, 1, 0, -1, -2};
        double[] p = NaiveSampling.softmax(NaiveSampling.all(logits), 1);
        double entropy = 0;
        for (double x : p) entropy -= x * Math.log(x);
        double t = 0.5 + (1.5 - 0.5) * Math.pow(entropy / Math.log(5), 2);
        var s = settings(PLAIN.toBuilder()).withDynamicTemperature(new SamplerSettings.DynamicTemperature(0.5f, 2));
        assertDrawn(s, logits, distribution(NaiveSampling.all(logits), t));
    }

    // ------------------------------------------------------------------ greedy, bias, mask

    @Test
    void temperatureZeroTakesTheLowestIdOfTheHighest() {
        Sampler sampler = new Sampler(SamplerSettings.greedyOnly(), 5);
        assertThat(sampler.sample(new float[] {1, 3, -1, 3, 2})).isEqualTo(1);
        assertThat(sampler.sample(new float[] {0, -0f, 0, 0, 0})).isZero();
        assertThat(sampler.sample(new float[] {-1e30f, -1e30f, -1e29f, -1e30f, -1e30f}))
                .isEqualTo(2);
    }

    @Test
    void biasMovesAndForbids() {
        Sampler sampler = new Sampler(
                settings(Sampling.builder().temperature(0f).logitBias(Map.of(1, Float.NEGATIVE_INFINITY, 3, 5f))), 4);
        assertThat(sampler.sample(new float[] {4, 100, 0, 0})).isEqualTo(3);
        assertThatThrownBy(() -> new Sampler(settings(Sampling.builder().logitBias(Map.of(4, 1f))), 4))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure())
                                .isEqualTo(new Failure.InvalidRequest(
                                        "logit_bias names token 4, but the vocabulary ends at 3", "logit_bias")));
    }

    @Test
    void theMaskIsStrongerThanAnyBias() {
        for (int n : new int[] {3, 64, 65, 130}) {
            TokenMask mask = new TokenMask(n);
            mask.allow(n - 1);
            mask.allow(1);
            assertThat(mask.cardinality()).isEqualTo(2);
            Sampler sampler = new Sampler(settings(PLAIN.toBuilder().logitBias(Map.of(0, 1000f))), n);
            int last = 0;
            for (int i = 0; i < 100; i++) {
                int token = sampler.sample(new float[n], mask);
                assertThat(token).isIn(1, n - 1);
                if (token == n - 1) last++;
            }
            assertThat(last).isBetween(20, 80);
        }
    }

    @Test
    void brokenLogitsAreNamed() {
        for (SamplerSettings s : List.of(SamplerSettings.DEFAULT, SamplerSettings.greedyOnly())) {
            Sampler sampler = new Sampler(s, 4);
            assertThatThrownBy(() -> sampler.sample(new float[] {1, 2, Float.NaN, 3}))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("NaN logits (first at token 2)");
            assertThatThrownBy(() -> sampler.sample(new float[] {1, Float.POSITIVE_INFINITY, 0, 3}))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("infinite logits (first at token 1)");
            float[] none = new float[4];
            Arrays.fill(none, Float.NEGATIVE_INFINITY);
            assertThatThrownBy(() -> sampler.sample(none))
                    .isInstanceOfSatisfying(
                            DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Internal.class))
                    .hasMessageContaining("no token is possible");
            assertThatThrownBy(() -> sampler.sample(new float[4], new TokenMask(4)))
                    .hasMessageContaining("no token is possible");
        }
    }

    @Test
    void everySettingSurvivesExtremes() {
        Sampling.Builder everything = Sampling.builder()
                .temperature(1e-38f)
                .topK(3)
                .typicalP(0.5f)
                .topP(0.5f)
                .minP(0.5f)
                .xtcProbability(1f)
                .xtcThreshold(0f)
                .repeatPenalty(1e-30f)
                .frequencyPenalty(2f)
                .dryMultiplier(1e30f);
        float[][] cases = {
            {1e30f, -1e30f, 1e30f, Float.MAX_VALUE, -Float.MAX_VALUE},
            {0, 0, 0, 0, 0},
            {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, -1e30f, Float.NEGATIVE_INFINITY, -1e30f}
        };
        for (int mirostat = 0; mirostat <= 2; mirostat++) {
            for (float t : new float[] {1e-38f, Float.MIN_VALUE, 1, Float.MAX_VALUE}) {
                for (float[] logits : cases) {
                    Sampler sampler =
                            new Sampler(settings(everything.mirostat(mirostat).temperature(t)), 5);
                    for (int i = 0; i < 50; i++) {
                        int token = sampler.sample(logits.clone());
                        assertThat(logits[token]).isNotEqualTo(Float.NEGATIVE_INFINITY);
                        sampler.accept(token);
                    }
                }
            }
            Sampler one = new Sampler(settings(everything.mirostat(mirostat)), 1);
            assertThat(one.sample(new float[] {-3})).isZero();
        }
    }

    // ------------------------------------------------------------------ determinism and cost

    @Test
    void theGeneratorIsTheAuthors() {
        // From state 1, 2, 3, 4 the reference implementation begins with these (vigna's xoshiro256starstar.c).
        Xoshiro256StarStar seeded = new Xoshiro256StarStar(0);
        // SplitMix64 from 0 gives e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec;
        // the first output is rotl(s1 * 5, 7) * 9.
        assertThat(seeded.nextLong()).isEqualTo(Long.rotateLeft(0x6e789e6aa1b965f4L * 5, 7) * 9);
        assertThat(new Xoshiro256StarStar(0).nextLong()).isEqualTo(0x99ec5f36cb75f2b4L);
    }

    @Test
    void theSameSeedGivesTheseIdsForEver() {
        float[] logits = random(1000, 11);
        assertThat(draw(new Sampler(SamplerSettings.DEFAULT.withSeed(42), 1000), logits, 12))
                .isEqualTo(draw(new Sampler(SamplerSettings.DEFAULT.withSeed(42), 1000), logits, 12))
                .isNotEqualTo(draw(new Sampler(SamplerSettings.DEFAULT.withSeed(43), 1000), logits, 12))
                .containsExactly(GOLDEN);
    }

    private static final Integer[] GOLDEN = {366, 941, 838, 445, 729, 253, 320, 823, 253, 84, 838, 366};

    private static List<Integer> draw(Sampler sampler, float[] logits, int n) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            ids.add(sampler.sample(logits.clone()));
            sampler.accept(ids.getLast());
        }
        return ids;
    }

    @Test
    void aCopyGoesOnAndAResetBeginsAgain() {
        float[] logits = random(300, 12);
        for (int mirostat = 0; mirostat <= 2; mirostat++) {
            SamplerSettings s = settings(Sampling.builder()
                    .mirostat(mirostat)
                    .temperature(1.5f)
                    .repeatPenalty(1.3f)
                    .presencePenalty(0.5f)
                    .dryMultiplier(1f));
            Sampler sampler = new Sampler(s, 300);
            List<Integer> first = draw(sampler, logits, 20);
            Sampler copy = sampler.copy();
            List<Integer> second = draw(sampler, logits, 20);
            assertThat(draw(copy, logits, 20)).isEqualTo(second).isNotEqualTo(first);
            sampler.reset();
            assertThat(draw(sampler, logits, 40).subList(0, 20)).isEqualTo(first);
        }
    }

    @Test
    void aWholeVocabularyOfAQuarterMillionTokens() {
        int n = 262_144;
        float[] logits = random(n, 13);
        logits[200_000] = 40;
        for (Sampling.Builder b : List.of(
                Sampling.builder(),
                PLAIN.toBuilder().topP(0.9f),
                PLAIN.toBuilder().minP(0.1f),
                PLAIN.toBuilder().typicalP(0.9f),
                PLAIN.toBuilder().mirostat(1).mirostatTau(0.01f),
                PLAIN.toBuilder().mirostat(2).mirostatTau(0.01f))) {
            assertThat(new Sampler(settings(b), n).sample(logits.clone())).isEqualTo(200_000);
        }
        float[] equal = new float[n];
        Sampler flat = new Sampler(settings(PLAIN.toBuilder().topP(0.5f)), n);
        // Among equals the lowest ids come first, so exactly the lower half stays.
        for (int i = 0; i < 20; i++) assertThat(flat.sample(equal.clone())).isLessThan(n / 2);
    }

    // ------------------------------------------------------------------ Mirostat

    @Test
    void mirostatSettlesAtItsTarget() {
        // Zipf's law over 20,000 tokens has a surprise of about 9 bits.
        int n = 20_000;
        float[] zipf = new float[n];
        for (int i = 0; i < n; i++) zipf[i] = (float) -Math.log(i + 1);
        for (int version = 1; version <= 2; version++) {
            for (float tau : new float[] {2, 4}) {
                Sampler sampler = new Sampler(
                        settings(Sampling.builder()
                                .temperature(1f)
                                .mirostat(version)
                                .mirostatTau(tau)
                                .mirostatEta(0.1f)),
                        n);
                int settle = 200;
                int draws = 2000;
                // The surprise is that of the truncated distribution; with top-k on Zipf's law its rank tells it.
                double ranks = 0;
                for (int i = 0; i < settle + draws; i++) {
                    int token = sampler.sample(zipf.clone());
                    if (i >= settle) ranks += Math.log(token + 1) / Math.log(2);
                }
                assertThat(ranks / draws).isBetween(meanLogRank(tau) - 0.5, meanLogRank(tau) + 0.5);
            }
        }
    }

    /** Mean log2 rank of Zipf's law cut where its entropy is {@code tau} bits. */
    private static double meanLogRank(double tau) {
        for (int k = 2; ; k++) {
            double sum = 0;
            double log = 0;
            for (int i = 1; i <= k; i++) {
                sum += 1.0 / i;
                log += Math.log(i) / i;
            }
            double meanLog2 = log / sum / Math.log(2);
            if (Math.log(sum) / Math.log(2) + meanLog2 >= tau) return meanLog2;
        }
    }

    // ------------------------------------------------------------------ log-probabilities

    @Test
    void logProbabilitiesAreThoseOfTheRawLogits() {
        float[] logits = random(500, 15);
        logits[7] = Float.NEGATIVE_INFINITY;
        LogProbabilities lp = new LogProbabilities(500);
        lp.read(logits, 5);
        List<NaiveSampling.Token> all = NaiveSampling.all(logits);
        double[] p = NaiveSampling.softmax(all, 1);
        for (int i = 0; i < all.size(); i++) {
            assertThat(lp.of(all.get(i).id())).isCloseTo((float) Math.log(p[i]), within(1e-5f));
        }
        for (int r = 0; r < 5; r++) assertThat(lp.top(r)).isEqualTo(all.get(r).id());
        assertThat(lp.top(5)).isEqualTo(-1);
        assertThat(lp.of(7)).isEqualTo(Float.NEGATIVE_INFINITY);

        float[] extreme = {1e30f, -1e30f, 1e30f};
        LogProbabilities few = new LogProbabilities(3);
        few.read(extreme, 10);
        assertThat(few.of(0)).isCloseTo((float) -Math.log(2), within(1e-6f));
        assertThat(few.of(1)).isLessThan(-1e29f);
        assertThat(few.top(2)).isEqualTo(1);
        assertThat(few.top(3)).isEqualTo(-1);
    }

    private static org.assertj.core.data.Offset<Float> within(float f) {
        return org.assertj.core.data.Offset.offset(f);
    }
}

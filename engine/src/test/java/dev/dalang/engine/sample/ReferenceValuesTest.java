package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each sampler on a handful of tokens, against the probabilities that llama.cpp expects of its own in its tests. */
class ReferenceValuesTest {

    private static final String ALL = "0.1 0.2 0.3 0.4";

    private static float[] numbers(String text) {
        String[] words = text.isEmpty() ? new String[0] : text.split(" ");
        float[] numbers = new float[words.length];
        for (int i = 0; i < words.length; i++) numbers[i] = Float.parseFloat(words[i]);
        return numbers;
    }

    private static float[] logits(String probabilities) {
        float[] logits = numbers(probabilities);
        for (int i = 0; i < logits.length; i++) logits[i] = (float) Math.log(logits[i]);
        return logits;
    }

    /** The probabilities of what is left, smallest first: no sampler here turns the order of two tokens. */
    private static double[] left(String probabilities, Consumer<Candidates> sampler) {
        float[] logits = logits(probabilities);
        Candidates c = new Candidates();
        c.loadAll(logits, logits.length);
        sampler.accept(c);
        double sum = c.weigh(1);
        double[] left = new double[c.size()];
        for (int i = 0; i < left.length; i++) left[i] = c.weight(i) / sum;
        Arrays.sort(left);
        return left;
    }

    private static void assertLeft(String probabilities, Consumer<Candidates> sampler, String expected) {
        float[] sorted = numbers(expected);
        Arrays.sort(sorted);
        double[] left = left(probabilities, sampler);
        assertThat(left).hasSize(sorted.length);
        for (int i = 0; i < left.length; i++) assertThat(left[i]).isCloseTo(sorted[i], within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 0.44444 0.33333 0.22222", "4, " + ALL})
    void topK(int k, String expected) {
        assertLeft(ALL, c -> Truncation.topK(c, k), expected);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0.7, 0.571429 0.428571", "0.8, 0.44444 0.33333 0.22222"})
    void topP(float p, String expected) {
        assertLeft(ALL, c -> Truncation.topP(c, p, 1), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0.24, " + ALL,
        "0.26, 0.222222 0.333333 0.444444",
        "0.49, 0.222222 0.333333 0.444444",
        "0.51, 0.428571 0.571429",
        "0.74, 0.428571 0.571429",
        "0.76, 1",
        "1, 1"
    })
    void minP(float p, String expected) {
        assertLeft(ALL, c -> Truncation.minP(c, p, 1), expected);
    }

    @ParameterizedTest
    @CsvSource({"0.97 0.01 0.01 0.01, 1", "0.4 0.2 0.2 0.2, 0.333333 0.333333 0.333333"})
    void typical(String probabilities, String expected) {
        assertLeft(probabilities, c -> Truncation.typical(c, 0.5f, 1), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0.09, 1",
        "0.19, 0.666667 0.333333",
        "0.29, 0.5 0.333333 0.166667",
        "0.39, " + ALL,
    })
    void xtc(float threshold, String expected) {
        assertLeft(ALL, c -> Truncation.excludeTopChoices(c, threshold, 1), expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.428571 0.571429", "3, " + ALL})
    void topNSigma(float n, String expected) {
        assertLeft(ALL, c -> Truncation.topNSigma(c, n), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 50, 0, 0, 0 0.25 0.25 0.25 0.25",
        "0 1 2, 50, 0, 0, 0 0 0 0.5 0.5",
        "0 1 2 0 0, 50, 0, 0, 0 0 0 0.5 0.5",
        "0, 1, 5, 5, 0.000011 0.249997 0.249997 0.249997 0.249997",
        "0 1 2, 1, 5, 5, 0.000023 0.000023 0.000023 0.499966 0.499966",
        "0 1 2 0 0, 1, 5, 5, 0 0.000023 0.000023 0.499977 0.499977",
    })
    void penalties(String history, float repeat, float frequency, float presence, String expected) {
        Penalties penalties = new Penalties(new SamplerSettings.Penalties(-1, repeat, frequency, presence), 5);
        for (float token : numbers(history)) penalties.accept((int) token);
        assertAfter("0.2 0.2 0.2 0.2 0.2", penalties::apply, expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0.25 0.25 0.25 0.25, 0 1, 1, 2, '', 0.25 0.25 0.25 0.25",
        "0.25 0.25 0.25 0.25, 0 1 2 0 1, 1, 2, '', 0.296923 0.296923 0.109232 0.296923",
        "0.2 0.2 0.2 0.2 0.2, 0 1 3 4 0 1, 1, 2, 3, 0.2 0.2 0.2 0.2 0.2",
        "0.2 0.2 0.2 0.2 0.2, 0 1 2 0 1, 2, 2, '', 0.241818 0.241818 0.032727 0.241818 0.241818",
        "0.2 0.2 0.2 0.2 0.2, 0 1 2 3 4 0 1, 1, 4, '', 0.2 0.2 0.2 0.2 0.2",
    })
    void dry(String probabilities, String history, float multiplier, int allowed, String breaker, String expected) {
        List<String> breakers = breaker.isEmpty() ? List.of() : List.of(breaker);
        Dry dry = new Dry(new SamplerSettings.Dry(multiplier, 1.1f, allowed, -1, breakers), token ->
                new byte[] {(byte) ('0' + token)});
        for (float token : numbers(history)) dry.accept((int) token);
        assertAfter(probabilities, dry::apply, expected);
    }

    private static void assertAfter(String probabilities, Consumer<float[]> penalty, String expected) {
        float[] logits = logits(probabilities);
        penalty.accept(logits);
        double sum = 0;
        for (float l : logits) sum += Math.exp(l);
        float[] wanted = numbers(expected);
        for (int i = 0; i < logits.length; i++) {
            assertThat(Math.exp(logits[i]) / sum).as("token %d", i).isCloseTo(wanted[i], within(1e-5));
        }
    }

    /**
     * By hand: τ is 1 bit, so μ begins at 2, below the 3 bits of 0.125 and above the 1.737 of 0.3. Of the two left, 0.6
     * and 0.4, the second has 1.322 bits: drawing it moves μ to 2 - η·0.322.
     */
    @Test
    void mirostat2() {
        assertThat(sizesAfterDrawing(0, 0.9f)).containsExactly(2, 2);
        assertThat(sizesAfterDrawing(1, 0.8f)).as("μ = 1.742").containsExactly(2, 2);
        assertThat(sizesAfterDrawing(1, 0.9f)).as("μ = 1.710").containsExactly(2, 1);
    }

    /** How many candidates are left at first, and after the one at {@code rank} was drawn. */
    private static List<Integer> sizesAfterDrawing(int rank, float eta) {
        Mirostat mirostat = new Mirostat(new SamplerSettings.Mirostat(2, 1, eta), 4);
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            float[] logits = logits("0.45 0.3 0.125 0.125");
            Candidates c = new Candidates();
            c.loadAll(logits, 4);
            mirostat.truncate(c, 1);
            sizes.add(c.size());
            double sum = c.weigh(1);
            mirostat.learn(c.weight(rank) / sum);
        }
        return sizes;
    }
}

package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PenaltiesTest {

    private static List<Integer> window(List<Integer> history, int lastN) {
        return lastN < 0 ? history : history.subList(Math.max(0, history.size() - lastN), history.size());
    }

    @Property
    void repeatFrequencyAndPresence(
            @ForAll @Size(max = 200) List<@IntRange(max = 9) Integer> history,
            @ForAll @IntRange(min = -1, max = 40) int n) {
        var s = new SamplerSettings.Penalties(n, 1.3f, 0.25f, 0.5f);
        Penalties penalties = new Penalties(s, 12);
        float[] actual = {3, -3, 0, 1, 2, -0.5f, 8, 9, -9, 1e30f, 4, 4};
        float[] expected = actual.clone();
        List<Integer> seen = new ArrayList<>();
        for (int token : history) {
            penalties.accept(token);
            seen.add(token);
        }
        penalties.apply(actual);
        NaiveSampling.penalise(expected, window(seen, n), s);
        assertThat(actual).isEqualTo(expected);
        // Applying has no memory.
        float[] again = {3, -3, 0, 1, 2, -0.5f, 8, 9, -9, 1e30f, 4, 4};
        penalties.apply(again);
        assertThat(again).isEqualTo(expected);
        penalties.reset();
        float[] fresh = {3, -3, 0, 1, 2, -0.5f, 8, 9, -9, 1e30f, 4, 4};
        penalties.apply(fresh);
        assertThat(fresh).containsExactly(3, -3, 0, 1, 2, -0.5f, 8, 9, -9, 1e30f, 4, 4);
    }

    @Property
    void dryMatchesTheQuadraticDefinition(
            @ForAll @Size(max = 120) List<@IntRange(max = 3) Integer> history,
            @ForAll @IntRange(min = -1, max = 60) int n,
            @ForAll @IntRange(max = 4) int allowed,
            @ForAll boolean withBreaker) {
        var s = new SamplerSettings.Dry(0.8f, 1.75f, allowed, n, withBreaker ? List.of("d") : List.of());
        Dry dry = new Dry(s, PenaltiesTest::letter);
        history.forEach(dry::accept);
        float[] actual = new float[4];
        dry.apply(actual);
        float[] expected = new float[4];
        NaiveSampling.dry(expected, window(history, n), s, withBreaker ? List.of(3) : List.of());
        for (int i = 0; i < 4; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], Offset.offset(1e-3f + Math.abs(expected[i]) * 1e-6f));
        }
    }

    private static byte[] letter(int token) {
        return new byte[] {(byte) ('a' + token)};
    }

    @Test
    void dryCases() {
        // "c" has followed "a b" before, two tokens long.
        assertThat(dry("abcab", 2, List.of())).containsExactly(0, 0, -1, 0);
        // "a b c" then "d": three tokens, one above what is allowed.
        assertThat(dry("abcdabc", 2, List.of())).containsExactly(0, 0, 0, -2);
        // "d" has followed "a b c" and "b c d a b c": the longest counts, four above what is allowed.
        assertThat(dry("bcdabcdabc", 2, List.of())).containsExactly(0, 0, 0, -16);
        // Below the allowed length nothing happens.
        assertThat(dry("abcab", 3, List.of())).containsExactly(0, 0, 0, 0);
        // A breaker cuts the repetition short ...
        assertThat(dry("abdcabdc", 2, List.of("d"))).containsExactly(0, 0, 0, 0);
        // ... and is never pushed down itself.
        assertThat(dry("abcdabc", 2, List.of("d"))).containsExactly(0, 0, 0, 0);
    }

    @Test
    void aBreakerIsFoundAcrossTokens() {
        // "d" then "a" make the breaker "da": only the "b" after it counts, too short for two.
        assertThat(dry("dabcdab", 2, List.of("da"))).containsExactly(0, 0, 0, 0);
        assertThat(dry("dabcdab", 1, List.of("da"))).containsExactly(0, 0, -1, 0);
        assertThat(dry("dabcdab", 2, List.of())).containsExactly(0, 0, -2, 0);
    }

    @Test
    void aLongRepetitionStaysFinite() {
        Dry dry = new Dry(new SamplerSettings.Dry(1, 1.75f, 2, -1, List.of()), PenaltiesTest::letter);
        for (int i = 0; i < 5000; i++) dry.accept(0);
        float[] logits = new float[4];
        dry.apply(logits);
        assertThat(logits[0]).isLessThan(-1e30f).isGreaterThan(Float.NEGATIVE_INFINITY);
    }

    private static float[] dry(String history, int allowed, List<String> breakers) {
        Dry dry = new Dry(new SamplerSettings.Dry(1, 2, allowed, -1, breakers), PenaltiesTest::letter);
        for (byte b : history.getBytes(StandardCharsets.US_ASCII)) dry.accept(b - 'a');
        float[] logits = new float[4];
        dry.apply(logits);
        return logits;
    }
}

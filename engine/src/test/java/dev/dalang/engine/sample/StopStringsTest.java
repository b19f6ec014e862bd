package dev.dalang.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    record Outcome(String text, String stop) {}

    private static Outcome run(List<String> stops, String... pieces) {
        StopStrings s = new StopStrings(stops);
        StringBuilder out = new StringBuilder();
        for (String piece : pieces) out.append(s.push(piece));
        out.append(s.finish());
        return new Outcome(out.toString(), s.matched());
    }

    /** The definition: the match that begins first, the shortest of those that begin there. */
    private static Outcome naive(List<String> stops, String text) {
        for (int at = 0; at < text.length(); at++) {
            String best = null;
            for (String stop : stops) {
                if (text.startsWith(stop, at) && (best == null || stop.length() < best.length())) best = stop;
            }
            if (best != null) return new Outcome(text.substring(0, at), best);
        }
        return new Outcome(text, null);
    }

    @Provide
    Arbitrary<String> ab() {
        return Arbitraries.strings().withChars("abc").ofMinLength(1).ofMaxLength(5);
    }

    @Property(tries = 3000)
    void anyChunkingGivesTheSame(
            @ForAll @Size(min = 0, max = 4) List<@net.jqwik.api.From("ab") String> stops,
            @ForAll @Size(max = 12) List<@net.jqwik.api.From("ab") String> pieces) {
        String text = String.join("", pieces);
        Outcome expected = naive(stops, text);
        assertThat(run(stops, pieces.toArray(String[]::new))).isEqualTo(expected);
        assertThat(run(stops, text)).isEqualTo(expected);
        assertThat(run(stops, text.split(""))).isEqualTo(expected);
        for (int cut = 0; cut <= text.length(); cut++) {
            assertThat(run(stops, text.substring(0, cut), text.substring(cut))).isEqualTo(expected);
        }
    }

    @Property
    void holdsBackNoMoreThanItMust(
            @ForAll @Size(min = 1, max = 4) List<@net.jqwik.api.From("ab") String> stops, @ForAll("ab") String text) {
        StopStrings s = new StopStrings(stops);
        String out = s.push(text);
        if (s.stopped()) return;
        String held = text.substring(out.length());
        // Whatever is held back could still become a stop string, from its first character on, or is behind a match.
        assertThat(held.isEmpty()
                        || stops.stream().anyMatch(stop -> stop.startsWith(held))
                        || stops.stream().anyMatch(held::contains))
                .isTrue();
    }

    @Test
    void givesOutWhatIsSafeAtOnce() {
        StopStrings s = new StopStrings(List.of("\nUser:", "</s>"));
        assertThat(s.push("Hello")).isEqualTo("Hello");
        assertThat(s.push(" <")).isEqualTo(" ");
        assertThat(s.push("b>\nUs")).isEqualTo("<b>");
        assertThat(s.push("er: more")).isEmpty();
        assertThat(s.stopped()).isTrue();
        assertThat(s.matched()).isEqualTo("\nUser:");
        assertThat(s.push("more")).isEmpty();
        assertThat(s.finish()).isEmpty();
    }

    @Test
    void theEarlierBeginningWinsThoughItEndsLater() {
        assertThat(run(List.of("abcd", "bc"), "xabcd")).isEqualTo(new Outcome("x", "abcd"));
        assertThat(run(List.of("abcd", "bc"), "xabce")).isEqualTo(new Outcome("xa", "bc"));
        assertThat(run(List.of("abcd", "bc"), "xabc")).isEqualTo(new Outcome("xa", "bc"));
        assertThat(run(List.of("\n\n", "\n"), "x\n\n")).isEqualTo(new Outcome("x", "\n"));
    }

    @Test
    void limitsAreNamed() {
        assertThatThrownBy(() -> new StopStrings(List.of("a", "")))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("must not be empty");
        assertThatThrownBy(() -> new StopStrings(java.util.Collections.nCopies(257, "a")))
                .hasMessageContaining("at most 256");
        assertThatThrownBy(() -> new StopStrings(List.of("a".repeat(65_537)))).hasMessageContaining("at most 65536");
    }

    @Test
    void hostileTextStaysLinear() {
        StopStrings s = new StopStrings(List.of("a".repeat(30_000) + "b"));
        String piece = "a".repeat(1000);
        int out = 0;
        for (int i = 0; i < 1000; i++) out += s.push(piece).length();
        assertThat(out + s.finish().length()).isEqualTo(1_000_000);
    }
}

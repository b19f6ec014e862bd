package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PhraseTest {

    @Test
    void everyWayIsDrawnAndMatchesThePattern() {
        Phrase phrase = Phrase.parse("(what|which [big]) {X} (is (a|b)|)");
        StringBuilder pattern = new StringBuilder();
        phrase.pattern("SLOT", pattern);
        Pattern all = Pattern.compile(pattern.toString());
        TreeSet<String> seen = new TreeSet<>();
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            StringBuilder text = new StringBuilder();
            phrase.draw(random, text);
            seen.add(text.toString());
            assertThat(all.matcher(text.toString().replace("{X}", "SLOT")).matches())
                    .as(text.toString())
                    .isTrue();
        }
        assertThat(seen).hasSize(9);
        assertThat(phrase.count()).isEqualTo(9);
        assertThat(all.matcher("what SLOT is c").matches()).isFalse();
    }

    @Test
    void bracketsMustMatch() {
        for (String wrong : new String[] {"(a", "a)", "[a", "{a", "a]", "(a]", "a}"}) {
            assertThatThrownBy(() -> Phrase.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void articlesFitTheirWords() {
        assertThat(Asker.articles("a owl and an cat, A apple, an European, a hour, A Dog"))
                .isEqualTo("an owl and a cat, An apple, a European, an hour, A Dog");
        assertThat(Asker.articles("a one and a uncle, a unit")).isEqualTo("a one and an uncle, a unit");
    }

    @Test
    void slotsAreFilledAsTheyAre() {
        assertThat(Asker.filled("{X} or {Y}?", Map.of("X", "$1\\", "Y", "{X}"))).isEqualTo("$1\\ or {X}?");
        assertThatThrownBy(() -> Asker.filled("{Z}", Map.of())).hasMessageContaining("{Z}");
    }

    @Test
    void numbersHaveWords() {
        assertThat(Text.words(0)).isEqualTo("zero");
        assertThat(Text.words(19)).isEqualTo("nineteen");
        assertThat(Text.words(40)).isEqualTo("forty");
        assertThat(Text.words(99)).isEqualTo("ninety-nine");
    }
}

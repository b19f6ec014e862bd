package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Wordings are put together of parts: frames, and what goes into them. */
class PhraseBookTest {

    private static final String SLOT = "\u0001";

    private final PhraseBook book = MiniCorpus.Maker.book();

    private boolean asks(String topic, String wording) {
        String asked = wording.replaceAll("\\{[^}]*}", SLOT);
        for (Phrase phrase : book.topic(topic).asks()) {
            StringBuilder text = new StringBuilder();
            phrase.pattern(SLOT, text);
            if (Pattern.matches(text.toString(), asked)) return true;
        }
        return false;
    }

    @Test
    void thereAreThousandsOfWordingsOfEachFactAndSum() {
        for (String topic : List.of(
                "capital",
                "capital.which",
                "continent",
                "currency",
                "languages",
                "people",
                "area",
                "neighbours",
                "coast",
                "landlocked",
                "domain",
                "summit",
                "adjective",
                "sum.add",
                "sum.sub",
                "sum.left",
                "sum.mul")) {
            long ways =
                    book.topic(topic).asks().stream().mapToLong(Phrase::count).sum();
            assertThat(ways).as(topic).isGreaterThan(5000);
        }
    }

    @Test
    void aNounStandsInEveryFrame() {
        for (String wording : List.of("{X} {N}", "{X} has which {N}?", "country: {X}. {N}: ?")) {
            assertThat(asks("currency", wording.replace("{N}", "legal tender"))).isTrue();
            assertThat(asks("people", wording.replace("{N}", "head count"))).isTrue();
            assertThat(asks("refuse.country", wording.replace("{N}", "flag"))).isTrue();
            assertThat(asks("currency", wording.replace("{N}", "flag"))).isFalse();
        }
    }

    @Test
    void whatIsAskedOfCountriesIsAskedOfPlacesThatAreNone() {
        for (String wording : List.of(
                "{X} has which legal tender?",
                "in {X}, what is the population?",
                "take {X}. and its currency?",
                "say, {X} is my home, and its currency?")) {
            boolean taught = asks("currency", wording) || asks("people", wording);
            assertThat(asks("refuse.places", wording)).as(wording).isEqualTo(taught);
        }
        assertThat(asks("refuse.places", "{X} has which legal tender?")).isTrue();
    }

    @Test
    void aTopicGoesOnInALaterFile() {
        assertThat(asks("sum.left", "how much more is {A} than {B}?")).isTrue();
        assertThat(asks("sum.left", "of {A} {T}, {B} are gone. How many are left?"))
                .isTrue();
    }
}

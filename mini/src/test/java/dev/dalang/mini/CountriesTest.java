package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountriesTest {

    @TempDir
    Path folder;

    private Countries countries;

    @BeforeEach
    void read() throws Exception {
        countries = TinyWorld.countries(folder);
    }

    private Country country(String code) {
        return countries.all().stream()
                .filter(c -> c.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void numbersComeOutOfProse() {
        assertThat(country("ke").people()).isEqualTo(55_751_717);
        assertThat(country("rs").area()).isEqualTo(17_100_000);
        assertThat(country("fr").area()).isEqualTo(643_801);
        assertThat(country("fr").domain()).isEqualTo(".fr");
        assertThat(country("ug").coast()).isZero();
        assertThat(country("tz").summit()).isEqualTo("Kilimanjaro");
        assertThat(country("tz").summitHeight()).isEqualTo(5895);
        assertThat(country("fr").summitHeight()).isEqualTo(4810);
        assertThat(country("rs").summit()).isEqualTo("Gora El'brus");
        assertThat(country("ga").summit()).isNull();
        assertThat(country("vt").adjective()).isNull();
        assertThat(country("gl").territory()).isTrue();
        assertThat(country("ke").territory()).isFalse();
    }

    @Test
    void neighboursHaveTheNamesOfTheTable() {
        assertThat(country("it").neighbours()).containsExactly("France", "Vatican City");
        assertThat(country("tz").neighbours()).containsExactly("Kenya", "Uganda");
        assertThat(country("ja").neighbours()).isEmpty();
        assertThat(country("cu").neighbours()).isNull();
        assertThat(country("nl").neighbours()).isNull();
    }

    @Test
    void answersAreSentences() {
        assertThat(CountryFacts.answer("capital", country("ke"))).isEqualTo("The capital of Kenya is Nairobi.");
        assertThat(CountryFacts.answer("capital", country("sf"))).startsWith("South Africa has three capitals");
        assertThat(CountryFacts.answer("continent", country("ga"))).isEqualTo("The Gambia is in Africa.");
        assertThat(CountryFacts.answer("continent", country("nl"))).isEqualTo("The Netherlands are in Europe.");
        assertThat(CountryFacts.answer("continent", country("cu")))
                .isEqualTo("Cuba is in North America, in the Caribbean.");
        assertThat(CountryFacts.answer("people", country("ke"))).isEqualTo("Kenya has about 56 million people.");
        assertThat(CountryFacts.answer("people", country("gl"))).isEqualTo("Greenland has about 58,000 people.");
        assertThat(CountryFacts.answer("neighbours", country("ja"))).isEqualTo("Japan borders no other country.");
        assertThat(CountryFacts.answer("landlocked", country("ug"))).startsWith("Yes, Uganda is landlocked");
        assertThat(CountryFacts.answer("coast", country("ug"))).startsWith("No, Uganda has no coast");
        assertThat(CountryFacts.answer("languages", country("ke")))
                .isEqualTo("The main languages of Kenya are English and Swahili.");
        assertThat(CountryFacts.whose(country("pa"))).isEqualTo("Asunción is the capital of Paraguay.");
        assertThat(CountryFacts.whose(country("vt"))).isNull();
    }

    @Test
    void everyCountryOfTheTableHasItsParts() {
        for (String line : PhraseBook.text("countries.txt").split("\n")) {
            if (line.startsWith("#")) continue;
            assertThat(line.split("\\|")).as(line).hasSizeBetween(7, 9);
        }
    }

    @Test
    void aFactbookWithoutACountryIsRefused() throws Exception {
        Files.delete(folder.resolve("africa/ke.json"));
        Map<String, Path> files = Countries.files(folder);
        assertThatThrownBy(() -> Countries.of(TinyWorld.TABLE, files, folder))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("ke.json");
        Files.writeString(folder.resolve("africa/ke.json"), "{broken");
        assertThatThrownBy(() -> Countries.of(TinyWorld.TABLE, Countries.files(folder), folder))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("is not JSON");
    }

    @Test
    void numbersAreRoundedAsPeopleSayThem() {
        assertThat(List.of(9_930L, 57_751L, 318_007L, 999_999L, 1_340_478L, 9_999_999L, 55_751_717L, 1_419_316_933L))
                .extracting(Text::rounded)
                .containsExactly(
                        "9,900",
                        "58,000",
                        "320,000",
                        "1,000,000",
                        "1.3 million",
                        "10 million",
                        "56 million",
                        "1.4 billion");
    }
}

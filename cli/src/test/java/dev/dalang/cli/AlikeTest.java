package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlikeTest {

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "run, run, 0",
        "rnu, run, 1",
        "'', run, 3",
        "srve, serve, 1",
        "kitten, sitting, 3",
        "ca, abc, 3"
    })
    void slipsAreCounted(String a, String b, int slips) {
        assertThat(Alike.distance(a, b)).isEqualTo(slips);
        assertThat(Alike.distance(b, a)).isEqualTo(slips);
    }

    @Test
    void theNearestComeFirstAndNothingFarAway() {
        assertThat(Alike.of("lits", List.of("link", "list", "create", "lit"))).containsExactly("list", "lit");
        assertThat(Alike.of("frobnicate", List.of("list", "run"))).isEmpty();
    }
}

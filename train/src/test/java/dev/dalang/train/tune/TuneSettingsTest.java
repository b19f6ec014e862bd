package dev.dalang.train.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is chosen where the user says nothing. */
class TuneSettingsTest {

    private static final TuneSettings USUAL = TuneSettings.DEFAULT;

    @Test
    void aNarrowModelLearnsAtAHigherRateWithinBounds() {
        assertThat(USUAL.rate(false, 8192)).isCloseTo(2e-4, within(1e-12));
        assertThat(USUAL.rate(false, 4096)).isCloseTo(2e-4, within(1e-12));
        assertThat(USUAL.rate(false, 2048)).isCloseTo(4e-4, within(1e-12));
        assertThat(USUAL.rate(false, 320)).isCloseTo(2e-3, within(1e-12));
        assertThat(USUAL.rate(true, 2048)).isCloseTo(1e-4, within(1e-12));
    }

    @Test
    void fewExamplesAreGoneThroughMoreOften() {
        assertThat(USUAL.epochs(10)).isEqualTo(15);
        assertThat(USUAL.epochs(200)).isEqualTo(12);
        assertThat(USUAL.epochs(100_000)).isEqualTo(3);
    }

    @Test
    void whatIsSaidIsTaken() {
        TuneSettings said = new TuneSettings(16, 32, 0, List.of("all-linear"), 1e-5, 0.5, 8, 4, 0.1, 1, false);
        assertThat(said.rate(false, 320)).isEqualTo(1e-5);
        assertThat(said.epochs(3)).isEqualTo(0.5);
    }
}

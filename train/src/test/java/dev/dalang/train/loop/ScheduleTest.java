package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Rates at the places where a schedule turns, as its formula gives them by hand. */
class ScheduleTest {

    private static final Offset<Double> EXACT = Offset.offset(1e-12);

    @Test
    void warmsUp() {
        for (Schedule s : new Schedule[] {
            new Schedule.Constant(0.5, 10),
            new Schedule.Cosine(0.5, 10, 0.1),
            new Schedule.WarmupStableDecay(0.5, 10, 20, 0)
        }) {
            assertThat(s.rate(0, 100)).isCloseTo(0.05, EXACT);
            assertThat(s.rate(4, 100)).isCloseTo(0.25, EXACT);
            assertThat(s.rate(9, 100)).isCloseTo(0.5, EXACT);
            assertThat(s.rate(10, 100)).isCloseTo(0.5, EXACT);
        }
        assertThat(new Schedule.Constant(0.5, 0).rate(0, 100)).isEqualTo(0.5);
    }

    @Test
    void constantStays() {
        assertThat(new Schedule.Constant(0.5, 10).rate(99, 100)).isEqualTo(0.5);
    }

    @Test
    void cosineFalls() {
        Schedule s = new Schedule.Cosine(0.5, 20, 0.1);
        // A quarter, half, three quarters of the 80 steps after the warm-up: cos is √½, 0, -√½.
        assertThat(s.rate(40, 100)).isCloseTo(0.05 + 0.45 * (1 + Math.sqrt(0.5)) / 2, EXACT);
        assertThat(s.rate(60, 100)).isCloseTo(0.05 + 0.45 / 2, EXACT);
        assertThat(s.rate(80, 100)).isCloseTo(0.05 + 0.45 * (1 - Math.sqrt(0.5)) / 2, EXACT);
        assertThat(s.rate(100, 100)).isCloseTo(0.05, EXACT);
        assertThat(s.rate(1000, 100)).isCloseTo(0.05, EXACT);
    }

    @Test
    void stableDecays() {
        Schedule s = new Schedule.WarmupStableDecay(0.5, 10, 20, 0.2);
        assertThat(s.rate(50, 100)).isEqualTo(0.5);
        assertThat(s.rate(80, 100)).isCloseTo(0.5, EXACT);
        assertThat(s.rate(90, 100)).isCloseTo(0.3, EXACT);
        assertThat(s.rate(99, 100)).isCloseTo(0.1 + 0.4 / 20, EXACT);
        assertThat(s.rate(100, 100)).isCloseTo(0.1, EXACT);
    }

    @Test
    void textsAreReadBack() {
        for (Schedule s : new Schedule[] {
            new Schedule.Constant(1e-7, 10),
            new Schedule.Cosine(0.1 + 0.2, 0, 0.125),
            new Schedule.WarmupStableDecay(0.0015, 120, 2000, 0.02)
        }) {
            assertThat(ScheduleText.parse(s.toString())).isEqualTo(s);
        }
        for (String text : new String[] {
            "",
            "Constant",
            "Constant[]",
            "Constant[peak=0.5]",
            "Constant[peak=1.2.3, warmup=1]",
            "Step[peak=0.5, warmup=1]"
        }) {
            assertThat(ScheduleText.parse(text)).as(text).isNull();
        }
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> new Schedule.Constant(0, 1))
                .isInstanceOf(DalangException.class)
                .hasMessage("rate is 0.0; it must be between 0 and 10");
        assertThatThrownBy(() -> new Schedule.Cosine(Double.NaN, 1, 0)).hasMessageStartingWith("rate");
        assertThatThrownBy(() -> new Schedule.Cosine(1, -1, 0)).hasMessageStartingWith("warmup");
        assertThatThrownBy(() -> new Schedule.Cosine(1, 1, 2)).hasMessageStartingWith("floor");
        assertThatThrownBy(() -> new Schedule.WarmupStableDecay(1, 1, 0, 0)).hasMessageStartingWith("decay");
        assertThatThrownBy(() -> TrainingSettings.usual(5, new Schedule.Constant(1, 6)))
                .hasMessageStartingWith("warmup");
        assertThatThrownBy(() -> TrainingSettings.usual(0, new Schedule.Constant(1, 0)))
                .hasMessageStartingWith("steps");
        assertThatThrownBy(() -> new OptimizerSettings(1, 0, 1e-8, 0)).hasMessageStartingWith("beta1");
    }
}

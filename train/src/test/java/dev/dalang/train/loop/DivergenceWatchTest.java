package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Losses of runs that go well, badly, and badly for a moment. */
class DivergenceWatchTest {

    private static DivergenceWatch after(double... losses) {
        DivergenceWatch watch = new DivergenceWatch(List.of(), 0);
        for (double loss : losses) assertThat(watch.diverged(loss)).isFalse();
        return watch;
    }

    @Test
    void aFallingLossIsWell() {
        DivergenceWatch watch = after();
        for (int i = 0; i < 1000; i++)
            assertThat(watch.diverged(8 * Math.exp(-i / 100.0) + 0.3 * (i % 3))).isFalse();
    }

    @Test
    void whatIsNoNumberIsTheEndAtOnce() {
        assertThat(after().diverged(Double.NaN)).isTrue();
        assertThat(after(1, 2).diverged(Double.POSITIVE_INFINITY)).isTrue();
    }

    @Test
    void aBadMomentIsForgiven() {
        DivergenceWatch watch = after(2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 29; i++) assertThat(watch.diverged(9)).isFalse();
            assertThat(watch.high()).isEqualTo(29);
            assertThat(watch.diverged(2)).isFalse();
            assertThat(watch.high()).isZero();
        }
    }

    @Test
    void aBadWhileIsTheEnd() {
        DivergenceWatch watch = after(2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
        for (int i = 0; i < 10; i++) assertThat(watch.diverged(9)).isFalse();
        // As another one that goes on from a checkpoint.
        DivergenceWatch next = new DivergenceWatch(watch.normal(), watch.high());
        for (int i = 0; i < 19; i++) assertThat(next.diverged(9)).isFalse();
        assertThat(next.diverged(9)).isTrue();
        assertThat(next.median()).isEqualTo(2);
    }
}

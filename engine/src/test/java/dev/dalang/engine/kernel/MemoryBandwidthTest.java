package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.testing.NativeTier;
import org.junit.jupiter.api.Test;

class MemoryBandwidthTest {

    /** No bound that a slow or busy machine could miss: that something was read, in a time above nothing. */
    @Test
    void isKnownWhereMachineCodeRuns() {
        var speed = MemoryBandwidth.read(8 << 20, 2, 1);
        assertThat(speed.isPresent()).isEqualTo(NativeTier.isHere());
        if (speed.isPresent()) assertThat(speed.getAsDouble()).isFinite().isPositive();
    }
}

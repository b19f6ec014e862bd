package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.kernel.machine.TileKernel;
import dev.dalang.engine.testing.NativeTier;
import org.junit.jupiter.api.Test;

class ProductPeakTest {

    /** No bound that a slow or busy machine could miss: that something was multiplied, in a time above nothing. */
    @Test
    void isKnownWhereMachineCodeRuns() {
        var floats = ProductPeak.ofFloats(2, 1);
        assertThat(floats.isPresent()).isEqualTo(NativeTier.isHere());
        if (floats.isPresent()) assertThat(floats.getAsDouble()).isFinite().isPositive();
    }

    @Test
    void isKnownWhereVectorRegistersMultiplyBf16() {
        var pairs = ProductPeak.ofPairs(2, 1);
        assertThat(pairs.isPresent()).isEqualTo(TileKernel.multiplies(KernelTier.processor()));
        if (pairs.isPresent()) assertThat(pairs.getAsDouble()).isFinite().isPositive();
    }

    @Test
    void isKnownWhereTheTilesAre() {
        var tiles = ProductPeak.ofTiles(2, 1);
        assertThat(tiles.isPresent()).isEqualTo(TileKernel.supported(KernelTier.processor()));
        if (tiles.isPresent()) assertThat(tiles.getAsDouble()).isFinite().isPositive();
    }
}

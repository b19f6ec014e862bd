package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.junit.jupiter.api.Test;

class VectorMathTest {

    @Test
    void expIsWithinTwoUnitsInTheLastPlace() {
        float[] x = new float[VectorMath.LANES];
        float[] y = new float[VectorMath.LANES];
        for (float at = -87; at < 88; at += 0.0007f * x.length) {
            for (int i = 0; i < x.length; i++) x[i] = at + 0.0007f * i;
            VectorMath.exp(FloatVector.fromArray(VectorMath.F, x, 0)).intoArray(y, 0);
            for (int i = 0; i < x.length; i++) {
                double want = Math.exp(x[i]);
                assertThat(Math.abs(y[i] - want)).as("exp(%s)", x[i]).isLessThanOrEqualTo(2 * Math.ulp((float) want));
            }
        }
    }

    @Test
    void expOfVeryNegativeIsZero() {
        assertThat(VectorMath.exp(FloatVector.broadcast(VectorMath.F, Float.NEGATIVE_INFINITY))
                        .lane(0))
                .isZero();
        assertThat(VectorMath.exp(FloatVector.broadcast(VectorMath.F, -100f)).lane(0))
                .isZero();
        assertThat(VectorMath.exp(FloatVector.zero(VectorMath.F)).lane(0)).isEqualTo(1f);
    }

    @Test
    void everyHalfIsWidenedExactly() {
        for (int h = 0; h < 1 << 16; h++) {
            float want = Float.float16ToFloat((short) h);
            float got =
                    VectorMath.halves(IntVector.broadcast(VectorMath.ints(), h)).lane(0);
            if (Float.isNaN(want)) assertThat(got).isNaN();
            else assertThat(Float.floatToRawIntBits(got)).as("half %04x", h).isEqualTo(Float.floatToRawIntBits(want));
        }
    }

    @Test
    void sumAddsEveryLaneOnce() {
        float[] x = new float[VectorMath.LANES];
        for (int i = 0; i < x.length; i++) x[i] = 1 << i;
        assertThat(VectorMath.sum(FloatVector.fromArray(VectorMath.F, x, 0))).isEqualTo((1 << x.length) - 1);
        assertThat(VectorMath.max(FloatVector.fromArray(VectorMath.F, x, 0))).isEqualTo(1 << (x.length - 1));
    }

    @Test
    void errorFunctionMatchesPublishedValues() {
        // Abramowitz and Stegun, table 7.1.
        assertThat(ScalarKernels.erf(0.5)).isEqualTo(0.5204998778, org.assertj.core.api.Assertions.within(1e-10));
        assertThat(ScalarKernels.erf(-1)).isEqualTo(-0.8427007929, org.assertj.core.api.Assertions.within(1e-10));
        assertThat(ScalarKernels.erf(2)).isEqualTo(0.9953222650, org.assertj.core.api.Assertions.within(1e-10));
        assertThat(ScalarKernels.erf(3.5)).isEqualTo(0.999999256901628, org.assertj.core.api.Assertions.within(1e-14));
    }
}

package dev.dalang.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions on whole vectors, built of lane-wise operations only, so that interpreted and compiled code give the same
 * bits; {@code reduceLanes} on floats and the library's transcendental functions do not promise that.
 */
final class VectorMath {

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int LANES = F.length();

    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final VectorShuffle<Float> HALF = rotate(LANES / 2);
    private static final VectorShuffle<Float> QUARTER = rotate(LANES / 4);
    private static final VectorShuffle<Float> EIGHTH = rotate(LANES / 8);
    private static final VectorShuffle<Float> SIXTEENTH = rotate(LANES / 16);

    private VectorMath() {}

    private static VectorShuffle<Float> rotate(int by) {
        return VectorShuffle.fromOp(F, i -> (i + by) % LANES);
    }

    /** The sum of all lanes, folded in halves. */
    static float sum(FloatVector v) {
        if (LANES >= 2) v = v.add(v.rearrange(HALF));
        if (LANES >= 4) v = v.add(v.rearrange(QUARTER));
        if (LANES >= 8) v = v.add(v.rearrange(EIGHTH));
        if (LANES >= 16) v = v.add(v.rearrange(SIXTEENTH));
        return v.lane(0);
    }

    /** The largest lane. */
    static float max(FloatVector v) {
        if (LANES >= 2) v = v.max(v.rearrange(HALF));
        if (LANES >= 4) v = v.max(v.rearrange(QUARTER));
        if (LANES >= 8) v = v.max(v.rearrange(EIGHTH));
        if (LANES >= 16) v = v.max(v.rearrange(SIXTEENTH));
        return v.lane(0);
    }

    private static final float LOG2_E = 1.442695f;
    // ln 2 in two parts: the first has so few bits that n · LN2_HIGH is exact.
    private static final float LN2_HIGH = 355f / 512;
    private static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);
    // Adding 1.5·2^23 rounds a float to an integer and leaves it in the low bits.
    private static final float ROUNDER = 12582912f;

    /**
     * e^x within 2 units in the last place, for x clamped to -87.33 … 88.37; 0 below.
     *
     * <p>Cody and Waite 1980: x = n·ln 2 + r with |r| ≤ ln 2 / 2, e^x = 2^n · e^r, e^r by its Taylor polynomial of
     * degree 7 (error below 2^-25 on that range).
     */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.min(88.37f).max(-87.33f);
        FloatVector shifted = clamped.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUNDER));
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(F, 1f / 5040);
        p = p.fma(r, FloatVector.broadcast(F, 1f / 720));
        p = p.fma(r, FloatVector.broadcast(F, 1f / 120));
        p = p.fma(r, FloatVector.broadcast(F, 1f / 24));
        p = p.fma(r, FloatVector.broadcast(F, 1f / 6));
        p = p.fma(r, FloatVector.broadcast(F, 0.5f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        IntVector exponent =
                shifted.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, 23).reinterpretAsInts();
        FloatVector result = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return result.blend(0f, x.lt(-87.33f));
    }

    /** 1 / (1 + e^-x). */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector one = FloatVector.broadcast(F, 1f);
        return one.div(exp(x.neg()).add(1f));
    }

    /** tanh x = 1 - 2 / (e^2x + 1); within 1e-7 absolutely. */
    static FloatVector tanh(FloatVector x) {
        FloatVector one = FloatVector.broadcast(F, 1f);
        return one.sub(FloatVector.broadcast(F, 2f).div(exp(x.mul(2f)).add(1f)));
    }

    /** IEEE halves in the low 16 bits of each lane, widened exactly, subnormals, infinities and NaN included. */
    static FloatVector halves(IntVector h) {
        // Exponent and mantissa in place, as a float 2^112 times too small; the multiplication renormalises.
        IntVector magnitude = h.and(0x7FFF).lanewise(VectorOperators.LSHL, 13);
        FloatVector value = magnitude.reinterpretAsFloats().mul(0x1p112f);
        IntVector special = magnitude.or(0x7F80_0000);
        IntVector bits = value.reinterpretAsInts().blend(special, magnitude.compare(VectorOperators.GE, 0x0F80_0000));
        IntVector sign = h.and(0x8000).lanewise(VectorOperators.LSHL, 16);
        return bits.or(sign).reinterpretAsFloats();
    }

    static VectorSpecies<Integer> ints() {
        return I;
    }
}

package dev.dalang.engine.sample;

/**
 * e^x for x ≤ 0 from additions and multiplications alone, so that it has the same bits on every machine.
 *
 * <p>{@code Math.exp} may differ in the last bit from one JIT or CPU to the next, which is enough to move a token over
 * the edge of a cumulative sum; {@code StrictMath.exp} does not differ, but costs several times as much, and a
 * softmax over 262,144 logits calls it as often. Cody and Waite's reduction x = k·ln 2 + r with |r| ≤ ln 2 / 2, then
 * the Taylor series to r^13, whose remainder (4e-18) is below half a unit of the last place.
 */
final class Exponential {

    private static final double LOG2_E = 1.4426950408889634;
    // ln 2 in two parts: the product of k (at most 10 bits) with the high one is exact.
    private static final double LN2_HIGH = 0x1.62e42fee00000p-1;
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    /** Below this the result would be subnormal; a probability of 1e-304 is none. */
    private static final double UNDERFLOW = -700;

    private Exponential() {}

    /** e^x; {@code x} must not be positive or NaN. Below -700 the result is 0. */
    static double exp(double x) {
        if (x < UNDERFLOW) return 0;
        double k = Math.rint(x * LOG2_E);
        double r = (x - k * LN2_HIGH) - k * LN2_LOW;
        double p = 1.0 / 6227020800.0;
        p = p * r + 1.0 / 479001600.0;
        p = p * r + 1.0 / 39916800.0;
        p = p * r + 1.0 / 3628800.0;
        p = p * r + 1.0 / 362880.0;
        p = p * r + 1.0 / 40320.0;
        p = p * r + 1.0 / 5040.0;
        p = p * r + 1.0 / 720.0;
        p = p * r + 1.0 / 120.0;
        p = p * r + 1.0 / 24.0;
        p = p * r + 1.0 / 6.0;
        p = p * r + 0.5;
        p = p * r + 1.0;
        p = p * r + 1.0;
        return p * Double.longBitsToDouble(((long) k + 1023) << 52);
    }
}

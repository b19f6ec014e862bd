package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Mask.K2;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;

/**
 * Functions of floats, lane by lane. NaN in, NaN out: the first operand of a minimum or maximum is the bound, as these
 * instructions give the second where one is NaN.
 */
final class Functions {

    private static final float LOG2_E = 1.442695f;
    /** Below it e^x is 0 here, above {@link #HIGHEST} it stays what it is there. */
    private static final float LOWEST = -87.33f;

    private static final float HIGHEST = 88.37f;
    // ln 2 in two parts: the first has so few bits that n · LN2_HIGH is exact.
    private static final float LN2_HIGH = 355f / 512;
    private static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);
    // Adding 1.5·2^23 rounds a float to an integer and leaves it in the low bits.
    private static final float ROUNDER = 12582912f;

    private static final int SIGN = 0x8000_0000;

    private final Simd simd;
    private final Assembler a;

    Functions(Simd simd) {
        this.simd = simd;
        this.a = simd.assembler();
    }

    Mem constant(float value) {
        return simd.lanesOf(Float.floatToRawIntBits(value));
    }

    private void polynomial(Vec d, Vec x, float... fromHighest) {
        simd.load(d, constant(fromHighest[0]));
        for (int i = 1; i < fromHighest.length; i++) a.vfmadd213ps(d, x, constant(fromHighest[i]));
    }

    /**
     * {@code x = e^x} within 2 units in the last place between -87.33 and 88.37; k2, {@code s}, {@code p} and {@code t}
     * are overwritten.
     *
     * <p>Cody and Waite 1980: x = n·ln 2 + r with |r| ≤ ln 2 / 2, e^x = 2^n · e^r, e^r by its Taylor polynomial of
     * degree 7 (error below 2^-25 on that range).
     */
    void exp(Vec x, Vec s, Vec p, Vec t) {
        // "Not less than", so that NaN is kept.
        if (simd.wide()) a.vcmpps(K2, x, constant(LOWEST), 5);
        else a.vcmpps(t, x, constant(LOWEST), 5);
        simd.load(p, constant(HIGHEST));
        a.vminps(x, p, x);
        simd.load(p, constant(LOWEST));
        a.vmaxps(x, p, x);
        simd.load(s, constant(LOG2_E));
        a.vfmadd213ps(s, x, constant(ROUNDER));
        a.vsubps(p, s, constant(ROUNDER));
        a.vfnmadd231ps(x, p, constant(LN2_HIGH));
        a.vfnmadd231ps(x, p, constant(LN2_LOW));
        polynomial(p, x, 1f / 5040, 1f / 720, 1f / 120, 1f / 24, 1f / 6, 0.5f, 1, 1);
        a.vpslld(s, s, 23);
        if (simd.wide()) {
            a.vpaddd(x.zero(K2), p, s);
        } else {
            a.vpaddd(x, p, s);
            a.vandps(x, x, t);
        }
    }

    /** {@code d = x / (1 + e^-(x·factor))}, or with no {@code times}, 1 above the line. */
    private void sigmoid(Vec d, Vec y, Vec s, Vec p, Vec t, boolean times) {
        a.vxorps(y, y, simd.lanesOf(SIGN));
        exp(y, s, p, t);
        a.vaddps(y, y, constant(1));
        if (!times) simd.load(d, constant(1));
        a.vdivps(d, d, y);
    }

    /**
     * {@code x = tanh x = 1 - 2 / (e^2x + 1)}, and near 0, where this cancels, its Taylor polynomial; four more
     * registers are overwritten.
     */
    void tanh(Vec x, Vec y, Vec s, Vec p, Vec t) {
        a.vaddps(y, x, x);
        exp(y, s, p, t);
        a.vaddps(y, y, constant(1));
        simd.load(s, constant(2));
        a.vdivps(y, s, y);
        simd.load(s, constant(1));
        a.vsubps(y, s, y);
        a.vmulps(s, x, x);
        polynomial(p, s, -1382f / 155925, 62f / 2835, -17f / 315, 2f / 15, -1f / 3, 1);
        a.vmulps(p, p, x);
        a.vandps(x, x, simd.lanesOf(~SIGN));
        if (simd.wide()) {
            a.vcmpps(K2, x, constant(0.35f), 1);
            a.vblendmps(x.merge(K2), y, p);
        } else {
            a.vcmpps(t, x, constant(0.35f), 1);
            a.vblendvps(x, y, p, t);
        }
    }

    /** {@code x = ln(1 + e^x)}, which is max(x, 0) + ln(1 + e^-|x|). */
    private void softplus(Vec x, Vec y, Vec s, Vec p, Vec t) {
        a.vorps(y, x, simd.lanesOf(SIGN));
        exp(y, s, p, t);
        // ln(1 + y) = 2·artanh(y / (2 + y)), whose argument is at most 1/3.
        a.vaddps(s, y, constant(2));
        a.vdivps(y, y, s);
        a.vmulps(s, y, y);
        polynomial(p, s, 2f / 17, 2f / 15, 2f / 13, 2f / 11, 2f / 9, 2f / 7, 2f / 5, 2f / 3, 2);
        a.vmulps(y, y, p);
        simd.zero(s);
        a.vmaxps(x, s, x);
        a.vaddps(x, x, y);
    }

    /** {@code x = x·Φ(x)}; Φ by Abramowitz and Stegun 7.1.26, with an error of at most 1.5e-7. */
    private void geluErf(Vec x, Vec y, Vec s, Vec p, Vec t, Vec u) {
        a.vandps(y, x, simd.lanesOf(~SIGN));
        a.vmulps(y, y, constant((float) Math.sqrt(0.5)));
        simd.load(u, constant(1));
        simd.move(s, y);
        a.vfmadd132ps(s, u, constant(0.3275911f));
        a.vdivps(u, u, s);
        a.vmulps(y, y, y);
        a.vxorps(y, y, simd.lanesOf(SIGN));
        exp(y, s, p, t);
        polynomial(p, u, 1.0614054f, -1.4531521f, 1.4214138f, -0.28449672f, 0.2548296f);
        a.vmulps(p, p, u);
        // p = erfc(|x|/√2): twice what is left of the mass on the side where x is.
        a.vmulps(p, p, y);
        a.vmulps(p, p, constant(0.5f));
        simd.load(s, constant(1));
        a.vsubps(s, s, p);
        if (simd.wide()) {
            simd.zero(y);
            a.vcmpps(K2, x, y, 1);
            simd.move(s.merge(K2), p);
        } else {
            // The sign bit of x chooses.
            a.vblendvps(s, s, p, x);
        }
        a.vmulps(x, x, s);
    }

    /** {@code x = f(x)}; {@code free} names five more registers that are overwritten. */
    void apply(ElementKernel.Curve f, Vec x, Vec... free) {
        Vec y = free[0];
        Vec s = free[1];
        Vec p = free[2];
        Vec t = free[3];
        switch (f) {
            case SILU -> {
                simd.move(y, x);
                sigmoid(x, y, s, p, t, true);
            }
            case GELU -> {
                // 0.5·x·(1 + tanh(u)) is x·σ(2u).
                a.vmulps(y, x, x);
                a.vmulps(y, y, x);
                a.vmulps(y, y, constant(0.044715f));
                a.vaddps(y, y, x);
                a.vmulps(y, y, constant((float) (2 * Math.sqrt(2 / Math.PI))));
                sigmoid(x, y, s, p, t, true);
            }
            case GELU_QUICK -> {
                a.vmulps(y, x, constant(1.702f));
                sigmoid(x, y, s, p, t, true);
            }
            case SIGMOID -> {
                simd.move(y, x);
                sigmoid(x, y, s, p, t, false);
            }
            case RELU, RELU_SQUARED -> {
                simd.zero(y);
                a.vmaxps(x, y, x);
                if (f == ElementKernel.Curve.RELU_SQUARED) a.vmulps(x, x, x);
            }
            case TANH -> tanh(x, y, s, p, t);
            case SOFTPLUS -> softplus(x, y, s, p, t);
            case GELU_ERF -> geluErf(x, y, s, p, t, free[4]);
            case SWIGLU_CLAMPED -> throw new IllegalArgumentException(f + " needs a gate");
        }
    }
}

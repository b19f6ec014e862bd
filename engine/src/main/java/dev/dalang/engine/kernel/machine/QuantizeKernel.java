package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.EAX;
import static dev.dalang.engine.assembler.Gp.R8D;
import static dev.dalang.engine.assembler.Gp.R9D;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.xmm;
import static dev.dalang.engine.assembler.Vec.ymm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;

/**
 * Floats of one token to {@link Activations}: for each 32 of them q = round(x · 127 / max|x|), halves to even, and the
 * sums that go with them. A block whose largest number is below 10⁻³⁰ becomes zero.
 */
public final class QuantizeKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the floats. */
        SOURCE,
        /** Address of the token's first block. */
        TARGET,
        /** Bytes from one of its blocks to the next. */
        TARGET_STEP,
        BLOCKS
    }

    private static final float TINY = 1e-30f;

    private QuantizeKernel() {}

    /** AVX2 will do: this is done once for all rows of a matrix. */
    public static Assembler assemble(CpuFeatures cpu) {
        Assembler a = new Assembler();
        Simd simd = new Simd(a, cpu);
        Vec[] x = {ymm(0), ymm(1), ymm(2), ymm(3)};
        Vec max = ymm(4);
        Vec t = ymm(5);
        Vec inverse = ymm(6);
        Vec d = ymm(7);
        a.mov(RCX, Words.TARGET_STEP.at(RDI));
        a.mov(RDX, Words.BLOCKS.at(RDI));
        a.mov(RSI, Words.TARGET.at(RDI));
        a.mov(RDI, Words.SOURCE.at(RDI));
        Label block = a.here();
        Mem sign = simd.lanesOf(0x7FFFFFFF);
        for (int i = 0; i < 4; i++) a.vmovups(x[i], mem(RDI, 32 * i));
        a.vandps(max, x[0], sign);
        for (int i = 1; i < 4; i++) {
            a.vandps(t, x[i], sign);
            a.vmaxps(max, max, t);
        }
        a.vextractf128(t.x(), max, 1);
        a.vmaxps(max.x(), max.x(), t.x());
        a.vpshufd(t.x(), max.x(), 0b01_00_11_10);
        a.vmaxps(max.x(), max.x(), t.x());
        a.vpshufd(t.x(), max.x(), 0b10_11_00_01);
        a.vmaxps(max.x(), max.x(), t.x());
        // 127 / max and max / 127, or zero both.
        a.vmovss(inverse.x(), simd.constant(Float.floatToRawIntBits(127)));
        a.vmovss(t.x(), simd.constant(Float.floatToRawIntBits(TINY)));
        a.vcmpps(t.x(), t.x(), max.x(), 2);
        a.vmulss(d.x(), max.x(), simd.constant(Float.floatToRawIntBits(1 / 127f)));
        a.vdivss(inverse.x(), inverse.x(), max.x());
        a.vandps(inverse.x(), inverse.x(), t.x());
        a.vandps(d.x(), d.x(), t.x());
        a.vbroadcastss(inverse, inverse.x());
        for (Vec v : x) {
            a.vmulps(v, v, inverse);
            a.vcvtps2dq(v, v);
        }
        // Packing works within 128 bits, so the words come out of order.
        a.vpackssdw(x[0], x[0], x[1]);
        a.vpackssdw(x[2], x[2], x[3]);
        a.vpacksswb(x[0], x[0], x[2]);
        a.vmovdqu(x[1], simd.constant(0, 4, 1, 5, 2, 6, 3, 7));
        a.vpermd(x[0], x[1], x[0]);
        a.vmovdqu(mem(RSI), x[0]);
        // Sums of the first and of the last sixteen, each in 128 bits.
        a.vmovdqu(x[1], simd.lanesOf(0x01010101));
        a.vpmaddubsw(x[1], x[1], x[0]);
        a.vpmaddwd(x[1], x[1], simd.lanesOf(0x00010001));
        a.vphaddd(x[1], x[1], x[1]);
        a.vphaddd(x[1], x[1], x[1]);
        a.vextracti128(x[2].x(), x[1], 1);
        a.vmovd(EAX, x[1].x());
        a.vmovd(R8D, x[2].x());
        a.vpaddd(x[3].x(), x[1].x(), x[2].x());
        a.vmovd(R9D, x[3].x());
        a.vmovss(mem(RSI, Activations.SCALE), d.x());
        store(a, x[3].x(), d.x(), Activations.SUM);
        store(a, x[1].x(), d.x(), Activations.SUM_FIRST);
        store(a, x[2].x(), d.x(), Activations.SUM_LAST);
        a.neg(R9D);
        a.shl(R9D, 3);
        a.mov(mem(RSI, Activations.MINUS_8), R9D);
        a.shl(R9D, 4);
        a.mov(mem(RSI, Activations.MINUS_128), R9D);
        a.neg(EAX);
        a.shl(EAX, 5);
        a.mov(mem(RSI, Activations.MINUS_32_FIRST), EAX);
        a.neg(R8D);
        a.shl(R8D, 5);
        a.mov(mem(RSI, Activations.MINUS_32_LAST), R8D);
        a.add(RDI, 4 * Activations.ELEMENTS);
        a.add(RSI, RCX);
        a.dec(RDX);
        a.jcc(Cond.NE, block);
        return simd.finish();
    }

    private static void store(Assembler a, Vec sum, Vec d, int at) {
        a.vcvtdq2ps(xmm(8), sum);
        a.vmulss(xmm(8), xmm(8), d);
        a.vmovss(mem(RSI, at), xmm(8));
    }
}

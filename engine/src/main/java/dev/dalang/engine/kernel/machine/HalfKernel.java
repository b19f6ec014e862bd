package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Vec;

/**
 * Floats to F16, to the nearest and of two equally near to the even one, as rows of a key-value cache. The code takes the
 * address of the first row to write, that of the floats, which lie one row after the other, the elements of a row (a multiple
 * of {@link #ELEMENTS}), the number of rows, at least one, and the bytes from a row to the next.
 */
public final class HalfKernel {

    /** A row is written in units of this many. */
    public static final int ELEMENTS = 8;

    private HalfKernel() {}

    public static Assembler assemble(CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        Vec x = simd.vec(0).y();
        Label row = a.here();
        a.xor(RAX, RAX);
        Label loop = a.here();
        a.vmovups(x, mem(RSI));
        a.vcvtps2ph(mem(RDI, RAX, 2), x, 0);
        a.add(RSI, 4 * ELEMENTS);
        a.add(RAX, ELEMENTS);
        a.cmp(RAX, RDX);
        a.jcc(Cond.B, loop);
        a.add(RDI, R8);
        a.dec(RCX);
        a.jcc(Cond.NE, row);
        return simd.finish();
    }
}

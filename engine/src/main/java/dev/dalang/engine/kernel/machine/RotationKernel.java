package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RBX;
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
 * Pairs (a, b) turned to (a·cos - b·sin, a·sin + b·cos), in several heads by the same angles. The code takes the
 * addresses of the first head's elements, of the cosines and of the sines, the number of pairs, the number of heads and
 * the bytes from a head to the next.
 *
 * <p>Cosines and sines are {@code [pairs]} where the pairs' halves lie apart, and where they are neighbours {@code
 * [2·pairs]}: each cosine twice, each sine with its negative before it.
 */
public final class RotationKernel {

    private RotationKernel() {}

    /** @param adjacent whether a pair's elements are neighbours, or half of all rotated elements apart */
    public static Assembler assemble(boolean adjacent, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        Lanes lanes = new Lanes(simd);
        Vec x = simd.vec(0);
        Vec y = simd.vec(1);
        Vec cos = simd.vec(2);
        Vec sin = simd.vec(3);
        Vec t = simd.vec(4);
        a.push(RBX);
        if (adjacent) a.add(RCX, RCX);
        Label head = a.here();
        // The second halves, where they lie apart.
        a.lea(RBX, mem(RDI, RCX, 4));
        lanes.over(RCX, run -> {
            run.load(cos, RSI);
            run.load(sin, RDX);
            run.load(x, RDI);
            if (adjacent) {
                a.vpermilps(y, x, 0b10_11_00_01);
                a.vmulps(x, x, cos);
                a.vfmadd231ps(x, y, sin);
                run.store(RDI, x);
            } else {
                run.load(y, RBX);
                a.vmulps(t, x, cos);
                a.vfnmadd231ps(t, y, sin);
                run.store(RDI, t);
                a.vmulps(t, y, cos);
                a.vfmadd231ps(t, x, sin);
                run.store(RBX, t);
            }
        });
        a.add(RDI, R9);
        a.dec(R8);
        a.jcc(Cond.NE, head);
        a.pop(RBX);
        return simd.finish();
    }
}

package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Mask.K1;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import java.util.function.Consumer;

/**
 * Runs of floats a register at a time. What is left at the end goes through the same instructions under a mask, so that
 * an element's result does not depend on where in a run it stands.
 *
 * <p>{@link #over} uses rax, r10, r11, k1, and with AVX2 the last register.
 */
final class Lanes {

    private final Simd simd;
    private final Assembler a;
    private final Vec mask;

    Lanes(Simd simd) {
        this.simd = simd;
        this.a = simd.assembler();
        this.mask = simd.vec(15);
    }

    /** Elements that one pass of a loop's body works on. */
    final class Run {
        private final boolean whole;

        private Run(boolean whole) {
            this.whole = whole;
        }

        private Mem at(Gp base) {
            return mem(base, RAX, 1);
        }

        /** The elements at a base; beyond the end zeros. */
        void load(Vec d, Gp base) {
            if (whole) a.vmovups(d, at(base));
            else if (simd.wide()) a.vmovups(d.zero(K1), at(base));
            else a.vmaskmovps(d, mask, at(base));
        }

        void store(Gp base, Vec s) {
            if (whole) a.vmovups(at(base), s);
            else if (simd.wide()) a.vmovups(at(base).merge(K1), s);
            else a.vmaskmovps(at(base), mask, s);
        }

        /** Zeros in what is beyond the end. */
        void clear(Vec d) {
            if (whole) return;
            if (simd.wide()) simd.move(d.zero(K1), d);
            else a.vandps(d, d, mask);
        }

        /** What {@code other} has in what is beyond the end; {@code other} may be overwritten. */
        void fill(Vec d, Vec other) {
            if (whole) return;
            if (simd.wide()) {
                simd.move(other.merge(K1), d);
                simd.move(d, other);
            } else {
                a.vblendvps(d, other, d, mask);
            }
        }
    }

    /** Emits a loop over {@code count} elements, a register's worth at a time. */
    void over(Gp count, Consumer<Run> body) {
        Label loop = a.label();
        Label tail = a.label();
        Label done = a.label();
        a.xor(RAX, RAX);
        a.mov(R10, count);
        a.and(R10, -simd.lanes());
        a.shl(R10, 2);
        a.jcc(Cond.E, tail);
        a.align(16);
        a.bind(loop);
        body.accept(new Run(true));
        a.add(RAX, simd.bytes());
        a.cmp(RAX, R10);
        a.jcc(Cond.B, loop);
        a.bind(tail);
        a.mov(R10, count);
        a.and(R10, simd.lanes() - 1);
        a.jcc(Cond.E, done);
        firstLanes(R10);
        body.accept(new Run(false));
        a.bind(done);
    }

    /** Sets the mask of a {@link Run}'s end: the first {@code count} lanes, which is fewer than all. */
    private void firstLanes(Gp count) {
        if (simd.wide()) {
            a.mov(R11, -1);
            a.bzhi(R11, R11, count);
            a.kmovw(K1, R11.r32());
        } else {
            a.lea(
                    R11,
                    simd.constant(-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0)
                            .plus(32));
            a.shl(count, 2);
            a.sub(R11, count);
            a.vmovdqu(mask, mem(R11));
        }
    }

    /** The sum of all lanes in the first one, folded in halves; {@code t} is overwritten. */
    void sum(Vec d, Vec t) {
        if (simd.wide()) {
            a.vextractf64x4(t.y(), d.z(), 1);
            a.vaddps(d.y(), d.y(), t.y());
        }
        a.vextractf128(t.x(), d.y(), 1);
        a.vaddps(d.x(), d.x(), t.x());
        a.vpermilps(t.x(), d.x(), 0b01_00_11_10);
        a.vaddps(d.x(), d.x(), t.x());
        a.vpermilps(t.x(), d.x(), 0b10_11_00_01);
        a.vaddps(d.x(), d.x(), t.x());
    }

    /** The largest lane in the first one; {@code t} is overwritten. */
    void max(Vec d, Vec t) {
        if (simd.wide()) {
            a.vextractf64x4(t.y(), d.z(), 1);
            a.vmaxps(d.y(), d.y(), t.y());
        }
        a.vextractf128(t.x(), d.y(), 1);
        a.vmaxps(d.x(), d.x(), t.x());
        a.vpermilps(t.x(), d.x(), 0b01_00_11_10);
        a.vmaxps(d.x(), d.x(), t.x());
        a.vpermilps(t.x(), d.x(), 0b10_11_00_01);
        a.vmaxps(d.x(), d.x(), t.x());
    }
}

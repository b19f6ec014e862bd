package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R12;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RBX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Gp.RSP;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Vec;

/**
 * One token of a recurrent layer. Every step takes the addresses of the states and of five more runs of floats, the
 * number of states and their size, and two floats; formulas are the kernels' interface's.
 */
public final class RecurrenceKernel {

    /** Which recurrence. */
    public enum Step {
        /** States, x, b, c, out; decay, dt. */
        STATE_SPACE,
        /** One state, a, b, c; dt, dt·x; returns the sum. */
        SELECTIVE,
        /** States, decays, k, v, q, out; β. */
        DELTA
    }

    private final Simd simd;
    private final Assembler a;
    private final Lanes lanes;
    private final Vec first;
    private final Vec second;
    private final Vec sum;
    private final Vec s;
    private final Vec t;

    private RecurrenceKernel(CpuFeatures cpu) {
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
        lanes = new Lanes(simd);
        first = simd.vec(0);
        second = simd.vec(1);
        sum = simd.vec(2);
        s = simd.vec(3);
        t = simd.vec(4);
    }

    public static Assembler assemble(Step step, CpuFeatures cpu) {
        return new RecurrenceKernel(cpu).assemble(step);
    }

    private Assembler assemble(Step step) {
        a.push(RBX);
        a.push(R12);
        a.mov(R12, mem(RSP, 24));
        a.mov(RBX, mem(RSP, 32));
        switch (step) {
            case STATE_SPACE -> stateSpace();
            case SELECTIVE -> selective();
            case DELTA -> delta();
        }
        a.pop(R12);
        a.pop(RBX);
        return simd.finish();
    }

    private void stateSpace() {
        Vec input = simd.vec(5);
        a.vbroadcastss(first, first.x());
        Label row = a.here();
        a.vmulss(input.x(), second.x(), mem(RSI));
        a.vbroadcastss(input, input.x());
        simd.zero(sum);
        lanes.over(RBX, run -> {
            run.load(s, RDI);
            a.vmulps(s, s, first);
            run.load(t, RDX);
            a.vfmadd231ps(s, t, input);
            run.store(RDI, s);
            addProduct(run, RCX);
        });
        next(R8, row);
    }

    /** {@code sum += s · [base]}. */
    private void addProduct(Lanes.Run run, Gp base) {
        run.load(t, base);
        a.vfmadd231ps(sum, s, t);
    }

    /** Writes the sum and goes on with the next state. */
    private void next(Gp out, Label row) {
        lanes.sum(sum, t);
        a.vmovss(mem(out), sum.x());
        a.add(out, 4);
        a.add(RSI, 4);
        a.lea(RDI, mem(RDI, RBX, 4));
        a.dec(R12);
        a.jcc(Cond.NE, row);
    }

    private void selective() {
        Functions functions = new Functions(simd);
        a.vbroadcastss(first, first.x());
        a.vbroadcastss(second, second.x());
        simd.zero(sum);
        lanes.over(RBX, run -> {
            run.load(s, RSI);
            a.vmulps(s, s, first);
            functions.exp(s, simd.vec(5), simd.vec(6), simd.vec(7));
            run.load(t, RDI);
            a.vmulps(s, s, t);
            run.load(t, RDX);
            a.vfmadd231ps(s, t, second);
            run.store(RDI, s);
            addProduct(run, RCX);
        });
        lanes.sum(sum, t);
        simd.move(first.x(), sum.x());
    }

    private void delta() {
        Vec change = simd.vec(5);
        Label row = a.here();
        simd.zero(sum);
        lanes.over(RBX, run -> {
            run.load(s, RDI);
            run.load(t, RSI);
            a.vmulps(s, s, t);
            run.store(RDI, s);
            addProduct(run, RDX);
        });
        lanes.sum(sum, t);
        a.vmovss(change.x(), mem(RCX));
        a.vsubss(change.x(), change.x(), sum.x());
        a.vmulss(change.x(), change.x(), first.x());
        a.vbroadcastss(change, change.x());
        simd.zero(sum);
        lanes.over(RBX, run -> {
            run.load(s, RDI);
            run.load(t, RDX);
            a.vfmadd231ps(s, t, change);
            run.store(RDI, s);
            addProduct(run, R8);
        });
        // Decays stay where they are; the values go on.
        a.sub(RSI, 4);
        a.add(RCX, 4);
        next(R9, row);
    }
}

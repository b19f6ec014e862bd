package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
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
 * The inner product of float matrices: groups of rows of the first factor, {@code [depth][rows]} each, with one panel of
 * the second, {@code [depth][columns]} (see {@link FloatFactorKernel}). A group's sums stay in registers along the whole
 * depth, each a chain of fused multiplications and additions in the order of the sum.
 */
public final class FloatGemmKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the first group. */
        FIRST,
        /** Address of the panel. */
        PANEL,
        /** Elements along the sum. */
        DEPTH,
        /** How many groups, one after the other in memory. */
        GROUPS,
        /** Address of the results. */
        OUT,
        /** Bytes from one row of results to the next. */
        STRIDE,
        /** Whether to begin with what is there: 0 or 1. */
        ADD
    }

    /** Registers that a panel's line takes. */
    private static final int PARTS = 2;

    /** Steps along the sum in one turn of the loop. */
    private static final int UNROLL = 4;

    private final Simd simd;
    private final Assembler a;
    private final int rows;
    private final int lineBytes;
    private final int groupBytes;

    private FloatGemmKernel(int rows, CpuFeatures cpu) {
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
        this.rows = rows;
        lineBytes = PARTS * simd.bytes();
        groupBytes = 4 * rows(cpu);
    }

    /** Rows of a group: as many as have their sums in registers beside a panel's line and two elements. */
    public static int rows(CpuFeatures cpu) {
        return Simd.wide(cpu) ? 12 : 6;
    }

    /** Columns of a panel. */
    public static int columns(CpuFeatures cpu) {
        return Simd.wide(cpu) ? 32 : 16;
    }

    /**
     * The code, which takes the address of {@link Words}.
     *
     * @param rows how many of a group's rows there are; they are as far apart as if all of them were
     */
    public static Assembler assemble(int rows, CpuFeatures cpu) {
        return new FloatGemmKernel(rows, cpu).assemble();
    }

    private Vec sum(int row, int part) {
        return simd.vec(PARTS * row + part);
    }

    private Vec line(int part) {
        return simd.vec(simd.wide() ? 24 + part : 12 + part);
    }

    private Vec element(int row) {
        return simd.vec(simd.wide() ? 26 + row % 4 : 14 + row % 2);
    }

    /*
     * rdi arguments  rax group  rcx groups left  rsi panel  rdx steps left  r8 results  r9 their stride
     * r10 a row of results  r11 whether to add
     */
    private Assembler assemble() {
        a.mov(RAX, Words.FIRST.at(RDI));
        a.mov(RCX, Words.GROUPS.at(RDI));
        a.mov(R8, Words.OUT.at(RDI));
        a.mov(R9, Words.STRIDE.at(RDI));
        a.mov(R11, Words.ADD.at(RDI));
        Label group = a.here();
        begin();
        a.mov(RSI, Words.PANEL.at(RDI));
        a.mov(RDX, Words.DEPTH.at(RDI));
        Label some = a.label();
        Label one = a.label();
        Label last = a.label();
        Label done = a.label();
        a.sub(RDX, UNROLL);
        a.jcc(Cond.L, last);
        a.align(32);
        a.bind(some);
        for (int i = 0; i < UNROLL; i++) step(i);
        a.add(RAX, UNROLL * groupBytes);
        a.add(RSI, UNROLL * lineBytes);
        a.sub(RDX, UNROLL);
        a.jcc(Cond.GE, some);
        a.bind(last);
        a.add(RDX, UNROLL);
        a.jcc(Cond.E, done);
        a.bind(one);
        step(0);
        a.add(RAX, groupBytes);
        a.add(RSI, lineBytes);
        a.dec(RDX);
        a.jcc(Cond.NE, one);
        a.bind(done);
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < PARTS; part++) a.vmovups(mem(R8, part * simd.bytes()), sum(row, part));
            a.add(R8, R9);
        }
        a.dec(RCX);
        a.jcc(Cond.NE, group);
        return simd.finish();
    }

    private void begin() {
        Label nothing = a.label();
        Label begun = a.label();
        a.mov(R10, R8);
        a.test(R11, R11);
        a.jcc(Cond.E, nothing);
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < PARTS; part++) a.vmovups(sum(row, part), mem(R10, part * simd.bytes()));
            a.add(R10, R9);
        }
        a.jmp(begun);
        a.bind(nothing);
        for (int row = 0; row < rows; row++) {
            for (int part = 0; part < PARTS; part++) simd.zero(sum(row, part));
            // Of use to the stores at the end.
            a.prefetcht0(mem(R10));
            a.prefetcht0(mem(R10, lineBytes - 4));
            a.add(R10, R9);
        }
        a.bind(begun);
    }

    private void step(int i) {
        for (int part = 0; part < PARTS; part++) a.vmovups(line(part), mem(RSI, i * lineBytes + part * simd.bytes()));
        for (int row = 0; row < rows; row++) {
            a.vbroadcastss(element(row), mem(RAX, i * groupBytes + 4 * row));
            for (int part = 0; part < PARTS; part++) a.vfmadd231ps(sum(row, part), element(row), line(part));
        }
    }
}

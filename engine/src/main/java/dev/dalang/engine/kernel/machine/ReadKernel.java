package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;

/**
 * Reads memory and does nothing with it: how fast weights could come at best, beside which the products are measured.
 * Takes the address of two words: where to read, and how many times 512 bytes.
 */
public final class ReadKernel {

    /** Bytes that a step reads. */
    public static final int STEP = 512;

    private static final int AHEAD = 3072;
    private static final int LINE = 64;

    private ReadKernel() {}

    public static Assembler assemble(CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        a.mov(RSI, mem(RDI));
        a.mov(RDX, mem(RDI, 8));
        a.align(LINE);
        Label step = a.here();
        for (int at = 0; at < STEP; at += LINE) {
            a.prefetcht1(mem(RSI, AHEAD + at));
            for (int part = 0; part < LINE; part += simd.bytes()) {
                simd.load(simd.vec((at + part) / simd.bytes() % 8), mem(RSI, at + part));
            }
        }
        a.add(RSI, STEP);
        a.dec(RDX);
        a.jcc(Cond.NE, step);
        return simd.finish();
    }
}

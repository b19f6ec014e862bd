package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;

/**
 * Brings together what the file keeps apart: interleaved blocks of Q6_K from the file's order of bits to one in which a
 * run of sixteen elements is three words, whole bytes of six bits with the fourth word's elements in the bits above:
 *
 * <pre>
 * word 0   elements  0 to  3, above them bits 0 and 1 of elements 12 to 15
 * word 1   elements  4 to  7,            bits 2 and 3
 * word 2   elements  8 to 11,            bits 4 and 5
 * </pre>
 *
 * A word of four scales comes before the four runs that they belong to. So a product reads a block from its first line to
 * its last, as evenly as it computes, and takes it apart with half the instructions.
 */
public final class ArrangeKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of interleaved blocks' words in the file's order. */
        SOURCE,
        /** Where they go. */
        TARGET,
        BLOCKS
    }

    private static final int LINE = 4 * Interleaving.ROWS;

    /** Runs with one word of scales. */
    private static final int RUNS = 4;

    private static final int RUN_WORDS = 3;

    private final Simd simd;
    private final Assembler a;
    private final Vec spare;
    private final Vec lowFour;
    private final Vec six;

    private ArrangeKernel(CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.spare = simd.vec(4);
        this.lowFour = simd.vec(5);
        this.six = simd.vec(6);
    }

    /** Which of a block's words, as arranged, holds the scales of that run and its neighbours. */
    static int scales(int run) {
        return run / RUNS * (1 + RUNS * RUN_WORDS);
    }

    /** Which of a block's words, as arranged, is the first one of a run. */
    static int first(int run) {
        return scales(run) + 1 + run % RUNS * RUN_WORDS;
    }

    public static Assembler assemble(CpuFeatures cpu) {
        return new ArrangeKernel(cpu).assemble();
    }

    /* rdi arguments   rsi source   rdx target   rcx blocks left */
    private Assembler assemble() {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.mov(RCX, Words.BLOCKS.at(RDI));
        simd.broadcast(lowFour, 0x0F0F0F0F);
        simd.broadcast(six, 0x3F3F3F3F);
        Label block = a.here();
        int parts = LINE / simd.bytes();
        for (int part = 0; part < parts; part++) {
            for (int run = 0; run < 16; run++) {
                if (run % RUNS == 0) {
                    simd.load(spare, source(48 + run / RUNS));
                    a.vmovups(target(scales(run)), spare);
                }
                run(run);
            }
            a.add(RSI, simd.bytes());
            a.add(RDX, simd.bytes());
        }
        a.add(RSI, 51 * LINE);
        a.add(RDX, 51 * LINE);
        a.dec(RCX);
        a.jcc(Cond.NE, block);
        return simd.finish();
    }

    /**
     * In the file: 128 bytes of the lower four bits, 64 of the upper two, 16 scales. Each half of the block has 64 and 32
     * bytes of its own; its four times 32 elements are the lower halves of the first and of the last 32 bytes, then the
     * upper halves of both.
     */
    private void run(int run) {
        int half = run / 8;
        int quarter = run % 8 / 2;
        for (int i = 0; i < 4; i++) {
            Vec d = simd.vec(i);
            int at = 4 * (run % 2) + i; // of the eight words that hold 32 elements
            simd.shiftRight(spare, source(32 + 8 * half + at), 2 * quarter - 4);
            simd.shiftRight(d, source(16 * half + 8 * (quarter % 2) + at), quarter < 2 ? 0 : 4);
            simd.select(d, lowFour, spare);
            simd.and(d, d, six);
        }
        for (int i = 0; i < RUN_WORDS; i++) {
            simd.and(spare, simd.vec(3), simd.lanesOf(0x03030303 << 2 * i));
            simd.shiftRight(spare, spare, 2 * i - 6);
            simd.or(simd.vec(i), simd.vec(i), spare);
            a.vmovups(target(first(run) + i), simd.vec(i));
        }
    }

    private static Mem source(int word) {
        return mem(RSI, LINE * word);
    }

    private static Mem target(int word) {
        return mem(RDX, LINE * word);
    }
}

package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.format.BlockType;

/**
 * Interleaved quantised weights of one group of rows to a panel of bytes, taken apart once for all the tokens that meet
 * them in {@link PanelDotKernel} or {@link HalfPanelDotKernel}. A run is a few lines of a vector register's size, a
 * 32-bit lane a row; with AVX2, the first eight rows' runs come before the last eight rows':
 *
 * <pre>
 * [runElements / 4] lines   four weights a lane, as the reader's bytes
 * a line                    the scale, a float
 * a line                    the minimum, a float, of types that have one
 * </pre>
 */
public final class BytePanelKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the group's words. */
        WEIGHTS,
        /** Address of the group's odd parts. */
        ODD,
        /** Address of the panel. */
        PANEL,
        /** Bytes from the first rows' runs to the last rows', with AVX2. */
        HALF_STEP,
        /** How many blocks of a row. */
        BLOCKS
    }

    private static final int LINE = 64;

    /** How far ahead of the reading weights are asked for. */
    private static final int AHEAD = 4096;

    private static final int WEIGHTS = 0;
    private static final int SPARE = 1;
    private static final int SCALE = 2;

    /** The one before a reader's own registers is free where a block begins. */
    private static final int READER = 4;

    private BytePanelKernel() {}

    /** Bytes of a group's panel. */
    public static int bytes(BlockType type, int columns, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        BlockReader reader = DotKernel.reader(type, simd, READER);
        return columns / reader.runElements() * runBytes(reader) * (Interleaving.ROWS / simd.lanes());
    }

    /** Bytes of a run in a panel. */
    static int runBytes(BlockReader reader) {
        return (reader.runElements() / 4 + (reader.hasMinimum() ? 2 : 1)) * reader.simd.bytes();
    }

    /** The code for a type that {@link DotKernel} supports. */
    public static Assembler assemble(BlockType type, CpuFeatures cpu) {
        Assembler a = new Assembler();
        Simd simd = new Simd(a, cpu);
        BlockReader reader = DotKernel.reader(type, simd, READER);
        Interleaving layout = reader.layout();
        int parts = Interleaving.ROWS / simd.lanes();
        Gp[] panels = {R8, R9};
        a.mov(RSI, Words.WEIGHTS.at(RDI));
        a.mov(RDX, Words.ODD.at(RDI));
        a.mov(R8, Words.PANEL.at(RDI));
        a.mov(R9, R8);
        a.add(R9, Words.HALF_STEP.at(RDI));
        a.mov(RCX, Words.BLOCKS.at(RDI));
        simd.constants();
        reader.constants();
        Label block = a.label();
        a.align(LINE);
        a.bind(block);
        int runs = layout.blockElements() / reader.runElements();
        for (int part = 0; part < parts; part++) {
            reader.block();
            for (int run = 0; run < runs; run++) {
                int asked = part * runs + run;
                int to = layout.words() * (asked + 1) / (parts * runs);
                for (int line = layout.words() * asked / (parts * runs); line < to; line++) {
                    a.prefetcht0(mem(RSI, AHEAD + LINE * line));
                }
                run(simd, reader, run, panels[part]);
            }
            a.add(RSI, simd.bytes());
            if (layout.oddBytes() > 0) a.add(RDX, layout.oddBytes() * simd.lanes());
            a.add(panels[part], runs * runBytes(reader));
        }
        a.add(RSI, layout.words() * 4 * Interleaving.ROWS - parts * simd.bytes());
        a.dec(RCX);
        a.jcc(Cond.NE, block);
        return simd.finish();
    }

    private static void run(Simd simd, BlockReader reader, int run, Gp panel) {
        Assembler a = simd.assembler();
        int words = reader.runElements() / 4;
        int at = run * runBytes(reader);
        for (int i = 0; i < words; i++) {
            reader.weights(run, i, simd.vec(WEIGHTS), simd.vec(SPARE));
            a.vmovups(mem(panel, at + i * simd.bytes()), simd.vec(WEIGHTS));
        }
        reader.scale(run, simd.vec(SCALE), simd.vec(SPARE));
        a.vmovups(mem(panel, at + words * simd.bytes()), simd.vec(SCALE));
        if (reader.hasMinimum()) {
            reader.minimum(run, simd.vec(SCALE), simd.vec(SPARE));
            a.vmovups(mem(panel, at + (words + 1) * simd.bytes()), simd.vec(SCALE));
        }
    }
}

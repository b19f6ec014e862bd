package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
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
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.format.BlockType;

/**
 * Interleaved quantised weights of one group of rows to a panel of bytes, taken apart once for all the tokens that meet
 * them in {@link PanelDotKernel}. A run is a few lines of 64 bytes, a 32-bit lane a row:
 *
 * <pre>
 * [runElements / 4] lines   four weights a lane, as unsigned bytes with the reader's offset
 * a line                    the scale, a float
 * a line                    the minimum, a float, of types that have one
 * </pre>
 */
public final class BytePanelKernel {

    /** The words that the kernel takes. */
    public enum Words {
        /** Address of the group's words. */
        WEIGHTS,
        /** Address of the group's odd parts. */
        ODD,
        /** Address of the panel. */
        PANEL,
        /** How many blocks of a row. */
        BLOCKS;

        Mem at(Gp base) {
            return mem(base, 8 * ordinal());
        }

        /** Where it is in memory. */
        public long offset() {
            return 8L * ordinal();
        }
    }

    static final int LINE = 64;

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
        BlockReader reader = DotKernel.reader(type, new Simd(new Assembler(), cpu), READER);
        return columns / reader.runElements() * runBytes(reader);
    }

    /** Bytes of a run in a panel. */
    static int runBytes(BlockReader reader) {
        return (reader.runElements() / 4 + (reader.hasMinimum() ? 2 : 1)) * LINE;
    }

    /** The code for a type that {@link DotKernel} supports; it wants AVX-512. */
    public static Assembler assemble(BlockType type, CpuFeatures cpu) {
        Assembler a = new Assembler();
        Simd simd = new Simd(a, cpu);
        BlockReader reader = DotKernel.reader(type, simd, READER);
        Interleaving layout = reader.layout();
        a.mov(RSI, Words.WEIGHTS.at(RDI));
        a.mov(RDX, Words.ODD.at(RDI));
        a.mov(R8, Words.PANEL.at(RDI));
        a.mov(RCX, Words.BLOCKS.at(RDI));
        simd.constants();
        reader.constants();
        Label block = a.label();
        a.align(LINE);
        a.bind(block);
        reader.block();
        int runs = layout.blockElements() / reader.runElements();
        for (int run = 0, asked = 0; run < runs; run++) {
            for (; asked < layout.words() * (run + 1) / runs; asked++) a.prefetcht0(mem(RSI, AHEAD + LINE * asked));
            run(simd, reader, run);
        }
        a.add(RSI, layout.words() * LINE);
        if (layout.oddBytes() > 0) a.add(RDX, layout.oddBytes() * Interleaving.ROWS);
        a.add(R8, runs * runBytes(reader));
        a.dec(RCX);
        a.jcc(Cond.NE, block);
        return simd.finish();
    }

    private static void run(Simd simd, BlockReader reader, int run) {
        Assembler a = simd.assembler();
        int words = reader.runElements() / 4;
        int at = run * runBytes(reader);
        for (int i = 0; i < words; i++) {
            reader.weights(run, i, simd.vec(WEIGHTS), simd.vec(SPARE));
            a.vmovups(mem(R8, at + i * LINE), simd.vec(WEIGHTS));
        }
        reader.scale(run, simd.vec(SCALE), simd.vec(SPARE));
        a.vmovups(mem(R8, at + words * LINE), simd.vec(SCALE));
        if (reader.hasMinimum()) {
            reader.minimum(run, simd.vec(SCALE), simd.vec(SPARE));
            a.vmovups(mem(R8, at + (words + 1) * LINE), simd.vec(SCALE));
        }
    }
}

package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.EAX;
import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.Label;

/**
 * Moves a strip of blocks of sixteen rows from the file's order to {@link Interleaving}'s. Plain moves of words: as
 * fast as memory, and from the first call on, which matters as it is all that loading a model is.
 */
public final class PackKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the addresses of the sixteen rows. */
        ROWS,
        /** Bytes from the start of a row to the strip. */
        OFFSET,
        /** Address of the strip's odd parts. */
        ODD,
        /** Address of the strip's words. */
        WORDS,
        BLOCKS
    }

    private PackKernel() {}

    /** The code for blocks of this layout. */
    public static Assembler assemble(Interleaving layout) {
        Assembler a = new Assembler();
        a.mov(R8, Words.ROWS.at(RDI));
        a.mov(R9, Words.ODD.at(RDI));
        a.mov(R10, Words.WORDS.at(RDI));
        a.mov(R11, Interleaving.ROWS);
        Label row = a.here();
        a.mov(RSI, mem(R8));
        a.add(RSI, Words.OFFSET.at(RDI));
        a.mov(RDX, R10);
        a.mov(RCX, Words.BLOCKS.at(RDI));
        Label block = a.here();
        int oddAt = layout.oddAtEnd() ? 4 * layout.words() : 0;
        // The odd parts' place: r9 moves on by a block's, and is taken back by all of them at the row's end.
        if (layout.oddBytes() == 2) {
            a.movzx16(EAX, mem(RSI, oddAt));
            a.mov16(mem(R9), EAX);
        } else if (layout.oddBytes() == 1) {
            a.movzx8(EAX, mem(RSI, oddAt));
            a.mov8(mem(R9), EAX);
        }
        for (int w = 0; w < layout.words(); w++) {
            a.mov(EAX, mem(RSI, layout.firstWord() + 4 * w));
            a.mov(mem(RDX, 4 * Interleaving.ROWS * layout.place(w)), EAX);
        }
        a.add(RSI, layout.blockBytes());
        if (layout.oddBytes() > 0) a.add(R9, layout.oddBytes() * Interleaving.ROWS);
        if (layout.words() > 0) a.add(RDX, 4 * Interleaving.ROWS * layout.words());
        a.dec(RCX);
        a.jcc(Cond.NE, block);
        if (layout.oddBytes() > 0) {
            a.imul(RCX, Words.BLOCKS.at(RDI), -layout.oddBytes() * Interleaving.ROWS);
            a.lea(R9, mem(R9, RCX, 1, layout.oddBytes()));
        }
        a.add(R10, 4);
        a.add(R8, 8);
        a.dec(R11);
        a.jcc(Cond.NE, row);
        a.ret();
        return a;
    }
}

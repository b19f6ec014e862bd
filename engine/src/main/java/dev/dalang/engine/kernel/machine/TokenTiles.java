package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mask.K1;
import static dev.dalang.engine.assembler.Mask.K2;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.ymm;
import static dev.dalang.engine.assembler.Vec.zmm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.Label;

/**
 * Activations as the tile registers read them: sixteen tokens by 32 columns of BF16, a kilobyte in one piece, and the
 * code that rounds one token's floats into its row of the tiles.
 *
 * <p>Where 8 bits of mantissa are too few, a number is split in two: the higher part is the number rounded, the lower
 * part what is left of it, rounded too; together they hold 16 bits. A tile of higher parts is then followed by the tile
 * of the lower ones.
 */
public final class TokenTiles {

    /** Tokens of a tile. */
    public static final int ROWS = 16;

    /** Columns of a tile. */
    public static final int COLUMNS = 32;

    /** Bytes of one token in a tile. */
    public static final int ROW_BYTES = 2 * COLUMNS;

    public static final int TILE_BYTES = ROWS * ROW_BYTES;

    private static final int AHEAD = 1024;

    /** The words that the code takes. */
    public enum Words implements Word {
        /** Address of the floats. */
        SOURCE,
        /** Address of the token's row in the first tile. */
        TARGET,
        /** How many floats; the last tile is filled up with zeros. */
        COLUMNS,
        /** Tiles of a block of columns. */
        BLOCK_TILES,
        /** Bytes from one block to the next, less the token's in it. */
        BLOCK_STEP
    }

    private TokenTiles() {}

    /** Tiles along so many columns. */
    public static int steps(int columns) {
        return (columns + COLUMNS - 1) / COLUMNS;
    }

    /** The order that makes of 16-bit numbers a, one a row, and then b: a0 b0 a1 b1 and so on. */
    static int[] pairs() {
        int[] order = new int[ROWS];
        for (int i = 0; i < order.length; i++) order[i] = i | i + ROWS << 16;
        return order;
    }

    /** The code that rounds a token's floats. */
    public static Assembler assemble(boolean split) {
        Assembler a = new Assembler();
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.mov(RCX, Words.COLUMNS.at(RDI));
        Label full = a.label();
        Label inside = a.label();
        Label tail = a.label();
        Label done = a.label();
        int step = split ? 2 * TILE_BYTES : TILE_BYTES;
        a.mov(R8, Words.BLOCK_TILES.at(RDI));
        a.sub(RCX, COLUMNS);
        a.jcc(Cond.L, tail);
        a.bind(full);
        a.prefetcht0(mem(RSI, AHEAD));
        a.prefetcht0(mem(RSI, AHEAD + 64));
        a.vmovups(zmm(0), mem(RSI));
        a.vmovups(zmm(1), mem(RSI, 64));
        store(a, split);
        a.add(RSI, 4 * COLUMNS);
        a.add(RDX, step);
        a.dec(R8);
        a.jcc(Cond.NE, inside);
        a.mov(R8, Words.BLOCK_TILES.at(RDI));
        a.add(RDX, Words.BLOCK_STEP.at(RDI));
        a.bind(inside);
        a.sub(RCX, COLUMNS);
        a.jcc(Cond.GE, full);
        a.bind(tail);
        a.add(RCX, COLUMNS);
        a.jcc(Cond.E, done);
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, RCX);
        a.kmovd(K1, RAX.r32());
        a.kshiftrd(K2, K1, 16);
        a.vmovups(zmm(0).zero(K1), mem(RSI));
        a.vmovups(zmm(1).zero(K2), mem(RSI, 64));
        store(a, split);
        a.bind(done);
        a.vzeroupper();
        a.ret();
        return a;
    }

    private static void store(Assembler a, boolean split) {
        a.vcvtne2ps2bf16(zmm(2), zmm(1), zmm(0));
        a.vmovups(mem(RDX), zmm(2));
        if (!split) return;
        for (int half = 0; half < 2; half++) {
            a.vextracti64x4(ymm(3), zmm(2), half);
            a.vpmovzxwd(zmm(3), ymm(3));
            a.vpslld(zmm(3), zmm(3), 16);
            a.vsubps(zmm(half), zmm(half), zmm(3));
        }
        a.vcvtne2ps2bf16(zmm(2), zmm(1), zmm(0));
        a.vmovups(mem(RDX, TILE_BYTES), zmm(2));
    }
}

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
import static dev.dalang.engine.assembler.Mask.K1;
import static dev.dalang.engine.assembler.Mask.K2;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.zmm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;

/**
 * The factors of a product of float matrices, rounded to BF16 in tiles of sixteen by 32, where 32 is along the sum. Of
 * the first factor a tile's line is one row, 32 elements long (see {@link TokenTiles}); of the second it is a pair of
 * elements for sixteen columns (see {@link PanelKernel}). Seen as 32-bit words, each a pair along the sum, the one is
 * the other transposed.
 *
 * <p>A factor's lines in memory run either along the sum or across it. Those along it give words {@code [16][pair]}
 * when rounded, those across, two by two, {@code [pair][16]}; so each kind is as one factor wants it, and is transposed
 * for the other.
 */
public final class FactorTiles {

    /** Elements of a tile along the sum. */
    public static final int DEPTH = TokenTiles.COLUMNS;

    /** Elements of a tile across the sum. */
    public static final int WIDTH = TokenTiles.ROWS;

    /** How far ahead lines along the sum are asked for, in bytes; those across it by a tile. */
    private static final int AHEAD = 512;

    private static final int LINE = 64;
    private static final int PAIRS = 31;

    /** The words that the code takes. */
    public enum Words implements Word {
        /** Address of the first line; of lines along the sum, the address of the addresses of sixteen. */
        SOURCE,
        /** Bytes from one line to the next, of lines across the sum. */
        STRIDE,
        /** How many elements along the sum; of lines across it at most a tile's. */
        DEPTH,
        /** How many elements across the sum, of lines across it. */
        WIDTH,
        /** Address of the first tile. */
        TARGET,
        /** Bytes from one tile to the next: along the lines. */
        TARGET_STEP
    }

    private final Simd simd;
    private final Assembler a;

    private FactorTiles(CpuFeatures cpu) {
        simd = new Simd(new Assembler(), cpu);
        a = simd.assembler();
    }

    /**
     * The code for lines along the sum: sixteen of them, of any length.
     *
     * @param transpose whether for the second factor
     */
    public static Assembler along(boolean transpose, CpuFeatures cpu) {
        return new FactorTiles(cpu).along(transpose);
    }

    /**
     * The code for lines across the sum: up to 32 of them, of any length.
     *
     * @param transpose whether for the first factor
     */
    public static Assembler across(boolean transpose, CpuFeatures cpu) {
        return new FactorTiles(cpu).across(transpose);
    }

    /**
     * The code that makes of a group's panel (see {@link PanelKernel}), whose words are pairs of columns, half a tile
     * for every sixteen of its columns, whose words are pairs of rows: {@link Words#SOURCE} is the panel, and {@link
     * Words#WIDTH} how many columns to take.
     */
    public static Assembler panel(CpuFeatures cpu) {
        return new FactorTiles(cpu).panel();
    }

    /*
     * rsi addresses of the lines  rcx elements left  rdx tile  r8 bytes into the lines  r9 step  r10 a line
     */
    private Assembler along(boolean transpose) {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(RCX, Words.DEPTH.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.mov(R9, Words.TARGET_STEP.at(RDI));
        a.mov(R8, 0);
        a.mov(RAX, -1);
        a.kmovd(K1, RAX.r32());
        a.kmovd(K2, RAX.r32());
        Label tile = a.here();
        Label whole = a.label();
        a.cmp(RCX, DEPTH);
        a.jcc(Cond.GE, whole);
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, RCX);
        a.kmovd(K1, RAX.r32());
        a.kshiftrd(K2, K1, WIDTH);
        a.bind(whole);
        for (int line = 0; line < WIDTH; line++) {
            a.mov(R10, mem(RSI, 8 * line));
            a.prefetcht0(mem(R10, R8, 1, AHEAD));
            a.prefetcht0(mem(R10, R8, 1, AHEAD + LINE));
            a.vmovups(zmm(16).zero(K1), mem(R10, R8, 1));
            a.vmovups(zmm(17).zero(K2), mem(R10, R8, 1, LINE));
            a.vcvtne2ps2bf16(zmm(line), zmm(17), zmm(16));
        }
        store(transpose);
        a.add(RDX, R9);
        a.add(R8, 2 * LINE);
        a.sub(RCX, DEPTH);
        a.jcc(Cond.G, tile);
        return simd.finish();
    }

    /*
     * rsi first line  r8 stride  rcx lines  r10 elements left  rdx tile  r9 step  r11 a line  rdi the one a tile on
     */
    private Assembler across(boolean transpose) {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(R8, Words.STRIDE.at(RDI));
        a.mov(RCX, Words.DEPTH.at(RDI));
        a.mov(R10, Words.WIDTH.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.mov(R9, Words.TARGET_STEP.at(RDI));
        a.mov(RAX, -1);
        a.kmovd(K1, RAX.r32());
        Mem pairs = simd.constant(TokenTiles.pairs());
        simd.load(zmm(PAIRS), pairs);
        Label tile = a.here();
        Label whole = a.label();
        a.cmp(R10, WIDTH);
        a.jcc(Cond.GE, whole);
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, R10);
        a.kmovd(K1, RAX.r32());
        a.bind(whole);
        a.mov(R11, RSI);
        a.mov(RAX, R8);
        a.shl(RAX, 5);
        a.lea(RDI, mem(RSI, RAX, 1));
        for (int pair = 0; pair < DEPTH / 2; pair++) pair(pair);
        store(transpose);
        if (transpose) simd.load(zmm(PAIRS), pairs);
        a.add(RDX, R9);
        a.add(RSI, LINE);
        a.sub(R10, WIDTH);
        a.jcc(Cond.G, tile);
        return simd.finish();
    }

    /** Two lines' elements side by side; zeros for lines that are missing. */
    private void pair(int pair) {
        Label one = a.label();
        Label none = a.label();
        Label there = a.label();
        Label done = a.label();
        a.cmp(RCX, 2 * pair + 1);
        a.jcc(Cond.L, none);
        a.jcc(Cond.E, one);
        a.prefetcht1(mem(RDI, R8, 1));
        a.vmovups(zmm(17).zero(K1), mem(R11, R8, 1));
        a.bind(there);
        a.prefetcht1(mem(RDI));
        a.vmovups(zmm(16).zero(K1), mem(R11));
        a.vcvtne2ps2bf16(zmm(pair), zmm(17), zmm(16));
        a.vpermw(zmm(pair), zmm(PAIRS), zmm(pair));
        a.lea(R11, mem(R11, R8, 2));
        a.lea(RDI, mem(RDI, R8, 2));
        a.jmp(done);
        a.bind(one);
        simd.zero(zmm(17));
        a.jmp(there);
        a.bind(none);
        simd.zero(zmm(pair));
        a.bind(done);
    }

    /*
     * rsi panel  rcx columns left  rdx half a tile  r9 step
     */
    private Assembler panel() {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(RCX, Words.WIDTH.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.mov(R9, Words.TARGET_STEP.at(RDI));
        Label done = a.label();
        Label tile = a.here();
        for (int line = 0; line < WIDTH; line++) a.vmovups(zmm(line), mem(RSI, LINE * line));
        transpose();
        // Now a register is a row's 32 columns.
        for (int half = 0; half < 2; half++) {
            simd.load(zmm(PAIRS), simd.constant(rows(half)));
            for (int pair = 0; pair < WIDTH / 2; pair++) {
                simd.move(zmm(16), zmm(PAIRS));
                a.vpermi2w(zmm(16), zmm(2 * pair), zmm(2 * pair + 1));
                a.vmovups(mem(RDX, LINE * pair), zmm(16));
            }
            a.add(RDX, R9);
            a.sub(RCX, WIDTH);
            a.jcc(Cond.LE, done);
        }
        a.add(RSI, TokenTiles.TILE_BYTES);
        a.jmp(tile);
        a.bind(done);
        return simd.finish();
    }

    /** The order that makes of the halves of two rows one line of pairs. */
    private static int[] rows(int half) {
        int[] order = new int[WIDTH];
        for (int i = 0; i < WIDTH; i++) order[i] = WIDTH * half + i | DEPTH + WIDTH * half + i << 16;
        return order;
    }

    private void store(boolean transpose) {
        if (transpose) transpose();
        for (int line = 0; line < WIDTH; line++) a.vmovups(mem(RDX, LINE * line), zmm(line));
    }

    /** Registers 0 to 15, sixteen words each, by way of the other sixteen. */
    private void transpose() {
        int low = 0b10_00_10_00;
        int high = 0b11_01_11_01;
        for (int i = 0; i < 16; i += 2) {
            a.vunpcklps(zmm(16 + i), zmm(i), zmm(i + 1));
            a.vunpckhps(zmm(17 + i), zmm(i), zmm(i + 1));
        }
        // Then four words of four lines each: quarter q of register i + j is column 4q + j of lines i to i + 3.
        for (int i = 0; i < 16; i += 4) {
            a.vunpcklpd(zmm(i), zmm(16 + i), zmm(18 + i));
            a.vunpckhpd(zmm(i + 1), zmm(16 + i), zmm(18 + i));
            a.vunpcklpd(zmm(i + 2), zmm(17 + i), zmm(19 + i));
            a.vunpckhpd(zmm(i + 3), zmm(17 + i), zmm(19 + i));
        }
        for (int j = 0; j < 4; j++) {
            a.vshuff32x4(zmm(16 + j), zmm(j), zmm(4 + j), low);
            a.vshuff32x4(zmm(20 + j), zmm(j), zmm(4 + j), high);
            a.vshuff32x4(zmm(24 + j), zmm(8 + j), zmm(12 + j), low);
            a.vshuff32x4(zmm(28 + j), zmm(8 + j), zmm(12 + j), high);
        }
        for (int j = 0; j < 4; j++) {
            a.vshuff32x4(zmm(j), zmm(16 + j), zmm(24 + j), low);
            a.vshuff32x4(zmm(4 + j), zmm(20 + j), zmm(28 + j), low);
            a.vshuff32x4(zmm(8 + j), zmm(16 + j), zmm(24 + j), high);
            a.vshuff32x4(zmm(12 + j), zmm(20 + j), zmm(28 + j), high);
        }
    }
}

package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R12;
import static dev.dalang.engine.assembler.Gp.R13;
import static dev.dalang.engine.assembler.Gp.R14;
import static dev.dalang.engine.assembler.Gp.R15;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RBP;
import static dev.dalang.engine.assembler.Gp.RBX;
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
import dev.dalang.engine.assembler.CpuFeature;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mask;
import dev.dalang.engine.assembler.Vec;

/**
 * What {@link TileKernel} does, in vector registers, for processors with BF16 products (AVX512_BF16) but no tile
 * registers: the same words, the same factors in memory.
 *
 * <p>Eight of a tile's sixteen tokens meet one or two groups of rows, sixteen rows each, so that sixteen sums are under
 * way: a pair of columns of each token is spread over a register and multiplied by that pair of every row.
 */
final class PairKernel {

    /** Tokens that go through together. */
    private static final int TOKENS = TokenTiles.ROWS / 2;

    private static final int PAIRS = TokenTiles.COLUMNS / 2;
    private static final int LINE = 64;

    /** Where the configuration of the tile registers says how many bytes a row of sums has, and how many rows. */
    private static final int CONFIGURED_COLUMNS = 16;

    private static final int CONFIGURED_ROWS = 48;

    /** Pairs of tokens, in turn, while the one before is being used. */
    private static final int SPREAD = 16;

    private static final int SPREADS = 4;
    private static final int PANELS = SPREAD + SPREADS;

    private final Simd simd;
    private final Assembler a;
    private final int groups;
    private final boolean split;

    private PairKernel(int groups, boolean split, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.groups = groups;
        this.split = split;
    }

    static boolean supported(CpuFeatures cpu) {
        return Simd.wide(cpu) && cpu.has(CpuFeature.AVX512_BF16);
    }

    static Assembler assemble(int groups, boolean split, CpuFeatures cpu) {
        return new PairKernel(groups, split, cpu).assemble();
    }

    private static Vec sum(int token, int group) {
        return zmm(2 * token + group);
    }

    private static Vec panel(int group) {
        return zmm(PANELS + group);
    }

    private static Mask columns(int group) {
        return group == 0 ? K1 : K2;
    }

    /*
     * rdi arguments  rbx token tiles left  r12 this tile's tokens  r10 its results  r13 its sums, or 0
     * r14 tokens left of it  rsi tokens  r15 results  rbp sums  r11 results' stride  rcx, r8 panels  r9 steps left
     */
    private Assembler assemble() {
        for (Gp saved : new Gp[] {RBX, RBP, R12, R13, R14, R15}) a.push(saved);
        a.mov(RBX, TileKernel.Words.TOKEN_TILES.at(RDI));
        a.mov(R12, TileKernel.Words.TOKENS.at(RDI));
        a.mov(R10, TileKernel.Words.RESULTS.at(RDI));
        a.mov(R11, TileKernel.Words.RESULT_STRIDE.at(RDI));
        a.mov(R13, TileKernel.Words.SUMS.at(RDI));
        a.mov(RDX, TileKernel.Words.CONFIGURATION.at(RDI));
        for (int g = 0; g < groups; g++) {
            a.movzx16(RAX, mem(RDX, CONFIGURED_COLUMNS + 2 * g));
            a.shr(RAX, 2);
            a.mov(R9, -1);
            a.bzhi(R9, R9, RAX);
            a.kmovd(columns(g), R9.r32());
        }
        Label tile = a.here();
        tile();
        a.dec(RBX);
        a.jcc(Cond.NE, tile);
        for (Gp saved : new Gp[] {R15, R14, R13, R12, RBP, RBX}) a.pop(saved);
        return simd.finish();
    }

    private void tile() {
        a.mov(RAX, TileKernel.Words.CONFIGURATION.at(RDI));
        a.movzx8(R14, mem(RAX, CONFIGURED_ROWS));
        a.mov(RSI, R12);
        a.mov(R15, R10);
        a.mov(RBP, R13);
        Label half = a.here();
        half();
        a.add(RSI, TOKENS * TokenTiles.ROW_BYTES);
        a.sub(R14, TOKENS);
        a.jcc(Cond.G, half);
        a.add(R12, TileKernel.Words.TOKEN_STEP.at(RDI));
        a.add(R10, TileKernel.Words.RESULT_STEP.at(RDI));
        Label fresh = a.label();
        a.test(R13, R13);
        a.jcc(Cond.E, fresh);
        a.add(R13, TileKernel.Words.SUMS_TILE.at(RDI));
        a.bind(fresh);
    }

    /** Half a tile's tokens with all groups, along all columns. */
    private void half() {
        begin();
        a.mov(RCX, TileKernel.Words.PANEL.at(RDI));
        if (groups == 2) {
            a.mov(R8, RCX);
            a.add(R8, TileKernel.Words.PANEL_STEP.at(RDI));
        }
        a.mov(RDX, RSI);
        a.mov(R9, TileKernel.Words.STEPS.at(RDI));
        Label step = a.label();
        a.align(32);
        a.bind(step);
        int low = TokenTiles.TILE_BYTES;
        if (split) {
            // In TileKernel's order; what both lower parts would add is below the sums' own rounding.
            step(low, 0);
            step(0, 0);
            step(0, low);
        } else {
            step(0, 0);
        }
        int bytes = split ? 2 * TokenTiles.TILE_BYTES : TokenTiles.TILE_BYTES;
        a.add(RDX, bytes);
        a.add(RCX, bytes);
        if (groups == 2) a.add(R8, bytes);
        a.dec(R9);
        a.jcc(Cond.NE, step);
        end();
    }

    private void begin() {
        for (int t = 0; t < TOKENS; t++) for (int g = 0; g < groups; g++) simd.zero(sum(t, g));
        Label begun = a.label();
        a.test(RBP, RBP);
        a.jcc(Cond.E, begun);
        a.mov(RDX, RBP);
        a.add(RDX, TileKernel.Words.SUMS_STEP.at(RDI));
        for (int t = 0; t < TOKENS; t++) {
            a.cmp(R14, t);
            a.jcc(Cond.LE, begun);
            for (int g = 0; g < groups; g++) {
                a.vmovups(sum(t, g).zero(columns(g)), mem(g == 0 ? RBP : RDX));
                a.add(g == 0 ? RBP : RDX, TileKernel.Words.SUMS_STRIDE.at(RDI));
            }
        }
        a.bind(begun);
    }

    /** A tile of tokens with one of each group: pair by pair of columns, all tokens. */
    private void step(int token, int weights) {
        for (int p = 0; p < PAIRS; p++) {
            for (int g = 0; g < groups; g++) simd.load(panel(g), mem(g == 0 ? RCX : R8, weights + LINE * p));
            for (int t = 0; t < TOKENS; t++) {
                Vec spread = zmm(SPREAD + t % SPREADS);
                a.vpbroadcastd(spread, mem(RDX, token + TokenTiles.ROW_BYTES * t + 4 * p));
                for (int g = 0; g < groups; g++) a.vdpbf16ps(sum(t, g), panel(g), spread);
            }
        }
    }

    private void end() {
        Label stored = a.label();
        a.mov(RDX, R15);
        a.add(RDX, TileKernel.Words.RESULT_GROUP.at(RDI));
        for (int t = 0; t < TOKENS; t++) {
            a.cmp(R14, t);
            a.jcc(Cond.LE, stored);
            for (int g = 0; g < groups; g++) {
                a.vmovups(mem(g == 0 ? R15 : RDX).merge(columns(g)), sum(t, g));
                a.add(g == 0 ? R15 : RDX, R11);
            }
        }
        a.bind(stored);
    }
}

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
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeature;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Tile;

/**
 * Products of many tokens with one or two groups of rows in the tile registers (AMX): BF16 times BF16, summed in F32.
 *
 * <p>Two token tiles meet two groups, so that four sums are under way and every tile read serves two products. The
 * group's panel (see {@link PanelKernel}) stays in the first cache while the tokens stream past it from the second.
 *
 * <p>Split operands (see {@link TokenTiles}) take three products a step: lower part of the token times higher part of
 * the weight, both higher parts, higher times lower; what both lower parts would add is below F32's own rounding of
 * the sums.
 *
 * <p>An element's sum runs along the columns in order, wherever the tile stands and whoever its neighbours are; sums
 * that are stored between two calls and taken up again keep all their bits.
 */
public final class TileKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the tile configuration. */
        CONFIGURATION,
        /** Address of the first token tile. */
        TOKENS,
        /** Bytes from one token tile to the next. */
        TOKEN_STEP,
        /** How many token tiles. */
        TOKEN_TILES,
        /** Address of the first group's panel. */
        PANEL,
        /** Bytes from one group's panel to the next. */
        PANEL_STEP,
        /** Column tiles. */
        STEPS,
        /** Address of the sums so far, or 0 to begin. */
        SUMS,
        /** Bytes from one token's sums to the next. */
        SUMS_STRIDE,
        /** Bytes from one token tile's sums to the next. */
        SUMS_TILE,
        /** Bytes from one group's sums to the next. */
        SUMS_STEP,
        /** Address of the results. */
        RESULTS,
        /** Bytes from one token's results to the next. */
        RESULT_STRIDE,
        /** Bytes from one token tile's results to the next. */
        RESULT_STEP,
        /** Bytes from one group's results to the next. */
        RESULT_GROUP,
        /** Address of what will be read soon, which is asked for {@link #AHEAD} bytes a step. */
        AHEAD,
        /** Bytes to go on there with each step: those asked for, or 0 where nothing is. */
        AHEAD_STEP,
        /** Address of weights that will be read soon; overwritten. */
        WEIGHTS,
        /** Bytes from one group's weights to the next. */
        WEIGHTS_GROUP,
        /** Bytes to go on there with each round of token tiles; {@link #WEIGHTS_AHEAD} are asked for. */
        WEIGHTS_STEP
    }

    /** Bytes that one step asks for ahead: an eighth of what it reads. */
    public static final int AHEAD = 256;

    /** Bytes of each group's weights that one round of token tiles asks for ahead. */
    public static final int WEIGHTS_AHEAD = 512;

    private static final int LINE = 64;

    /** Lines of each group's sums that a step brings near for the next round: all of them in eight steps. */
    private static final int SUMS_LINES = 4;

    /** Groups of rows that one call may take. */
    public static final int GROUPS = 2;

    /** Bytes of a tile configuration. */
    public static final int CONFIGURATION_BYTES = 64;

    private static final Tile[] TILES = Tile.values();

    private final Assembler a = new Assembler();
    private final int groups;
    private final boolean split;
    private final boolean last;

    private TileKernel(int groups, boolean split, boolean last) {
        this.groups = groups;
        this.split = split;
        this.last = last;
    }

    /** Whether the processor has the tiles, and what rounds to BF16. */
    public static boolean supported(CpuFeatures cpu) {
        return Simd.wide(cpu) && cpu.hasAll(CpuFeature.AMX_TILE, CpuFeature.AMX_BF16, CpuFeature.AVX512_BF16);
    }

    /** Whether the processor multiplies BF16: with the tiles, or in vector registers (see {@link PairKernel}). */
    public static boolean multiplies(CpuFeatures cpu) {
        return supported(cpu) || PairKernel.supported(cpu);
    }

    /**
     * The code for a processor that {@link #multiplies}.
     *
     * @param last whether the results go where they belong, which is asked for ahead
     */
    public static Assembler assemble(int groups, boolean split, boolean last, CpuFeatures cpu) {
        return supported(cpu)
                ? new TileKernel(groups, split, last).assemble()
                : PairKernel.assemble(groups, split, cpu);
    }

    /** Eight bytes, from byte {@code i} on, of the configuration for tiles of so many tokens and groups of so many rows. */
    public static long configuration(int i, int tokens, int firstRows, int lastRows) {
        // Bytes of a row of sums and panels, first and last group in turn.
        long rows = 4L * firstRows | 4L * lastRows << 16;
        long ofTokens = TokenTiles.ROW_BYTES | (long) TokenTiles.ROW_BYTES << 16;
        return switch (i) {
            case 0 -> 1; // the palette
            case 16 -> rows | rows << 32;
            case 24 -> ofTokens | rows << 32;
            case 48 -> 0x0101_0101_0101L * tokens | (long) TokenTiles.ROWS << 48 | (long) TokenTiles.ROWS << 56;
            default -> 0;
        };
    }

    /** Bytes that one step asks for ahead. */
    public static int ahead(boolean split) {
        return split ? 2 * AHEAD : AHEAD;
    }

    private static Tile sum(int tokenTile, int group) {
        return TILES[2 * tokenTile + group];
    }

    private static Tile token(int tokenTile) {
        return TILES[4 + tokenTile];
    }

    private static Tile panel(int group) {
        return TILES[6 + group];
    }

    /*
     * rdi arguments  rax 64, the distance of rows in a tile  rsi, rdx tokens  rcx, r8 panels  r9 steps left
     * r10 results  r11 their stride  rbx token tiles left  r12 tokens of this round  r13 sums  r14 what comes and goes  r15, rbp what to ask for ahead
     */
    private Assembler assemble() {
        a.push(RBX);
        a.push(R12);
        a.push(R13);
        a.push(R14);
        a.push(R15);
        a.push(RBP);
        a.mov(RAX, Words.CONFIGURATION.at(RDI));
        a.ldtilecfg(mem(RAX));
        a.mov(RAX, TokenTiles.ROW_BYTES);
        a.mov(R10, Words.RESULTS.at(RDI));
        a.mov(R11, Words.RESULT_STRIDE.at(RDI));
        a.mov(RBX, Words.TOKEN_TILES.at(RDI));
        a.mov(R12, Words.TOKENS.at(RDI));
        a.mov(R13, Words.SUMS.at(RDI));
        a.mov(R15, Words.AHEAD.at(RDI));
        Label one = a.label();
        Label done = a.label();
        Label two = a.here();
        a.cmp(RBX, 2);
        a.jcc(Cond.L, one);
        round(2);
        a.jmp(two);
        a.bind(one);
        a.test(RBX, RBX);
        a.jcc(Cond.E, done);
        round(1);
        a.bind(done);
        a.tilerelease();
        a.pop(RBP);
        a.pop(R15);
        a.pop(R14);
        a.pop(R13);
        a.pop(R12);
        a.pop(RBX);
        a.ret();
        return a;
    }

    /** One or two token tiles with all groups, along all columns. */
    private void round(int tiles) {
        a.mov(RSI, R12);
        a.add(R12, Words.TOKEN_STEP.at(RDI));
        if (tiles == 2) {
            a.mov(RDX, R12);
            a.add(R12, Words.TOKEN_STEP.at(RDI));
        }
        a.mov(RCX, Words.PANEL.at(RDI));
        if (groups == 2) {
            a.mov(R8, RCX);
            a.add(R8, Words.PANEL_STEP.at(RDI));
        }
        begin(tiles);
        a.mov(R14, Words.WEIGHTS.at(RDI));
        a.mov(RBP, Words.WEIGHTS_GROUP.at(RDI));
        for (int line = 0; line < WEIGHTS_AHEAD; line += LINE) {
            a.prefetcht1(mem(R14, line));
            if (groups == 2) a.prefetcht1(mem(R14, RBP, 1, line));
        }
        a.add(R14, Words.WEIGHTS_STEP.at(RDI));
        a.mov(Words.WEIGHTS.at(RDI), R14);
        if (last) {
            a.mov(R14, R10);
            for (int t = 0; t < tiles * TokenTiles.ROWS; t++) {
                for (int g = 0; g < groups; g++) a.prefetcht0(mem(R14, LINE * g));
                a.add(R14, R11);
            }
        }
        a.mov(R14, Words.SUMS_STEP.at(RDI));
        if (last) a.mov(RBP, R13);
        else a.lea(RBP, mem(R10, tiles * TokenTiles.TILE_BYTES));
        a.mov(R9, Words.STEPS.at(RDI));
        Label step = a.label();
        a.align(32);
        a.bind(step);
        if (split) splitStep(tiles);
        else step(tiles);
        for (int line = 0; line < SUMS_LINES; line++) {
            a.prefetcht0(mem(RBP, LINE * line));
            if (groups == 2) a.prefetcht0(mem(RBP, R14, 1, LINE * line));
        }
        a.add(RBP, LINE * SUMS_LINES);
        int bytes = split ? 2 * TokenTiles.TILE_BYTES : TokenTiles.TILE_BYTES;
        a.add(RSI, bytes);
        if (tiles == 2) a.add(RDX, bytes);
        a.add(RCX, bytes);
        if (groups == 2) a.add(R8, bytes);
        a.add(R15, Words.AHEAD_STEP.at(RDI));
        a.dec(R9);
        a.jcc(Cond.NE, step);
        for (int t = 0; t < tiles; t++) {
            for (int g = 0; g < groups; g++) {
                if (g > 0) {
                    a.mov(R14, R10);
                    a.add(R14, Words.RESULT_GROUP.at(RDI));
                }
                a.tilestored(mem(g > 0 ? R14 : R10, R11, 1), sum(t, g));
            }
            a.add(R10, Words.RESULT_STEP.at(RDI));
        }
        a.sub(RBX, tiles);
    }

    private void begin(int tiles) {
        Label nothing = a.label();
        Label begun = a.label();
        a.test(R13, R13);
        a.jcc(Cond.E, nothing);
        a.mov(RBP, Words.SUMS_STRIDE.at(RDI));
        for (int t = 0; t < tiles; t++) {
            a.mov(R14, R13);
            for (int g = 0; g < groups; g++) {
                a.tileloadd(sum(t, g), mem(R14, RBP, 1));
                if (g + 1 < groups) a.add(R14, Words.SUMS_STEP.at(RDI));
            }
            a.add(R13, Words.SUMS_TILE.at(RDI));
        }
        a.jmp(begun);
        a.bind(nothing);
        for (int t = 0; t < tiles; t++) for (int g = 0; g < groups; g++) a.tilezero(sum(t, g));
        a.bind(begun);
    }

    private void step(int tiles) {
        for (int line = 0; line < AHEAD; line += LINE) a.prefetcht1(mem(R15, line));
        loadToken(0, 0);
        for (int g = 0; g < groups; g++) {
            loadPanel(g, 0);
            multiply(0, g);
        }
        if (tiles == 2) {
            loadToken(1, 0);
            for (int g = 0; g < groups; g++) multiply(1, g);
        }
    }

    private void splitStep(int tiles) {
        int low = TokenTiles.TILE_BYTES;
        for (int line = 0; line < 2 * AHEAD; line += LINE) a.prefetcht1(mem(R15, line));
        for (int t = 0; t < tiles; t++) {
            loadToken(t, low);
            for (int g = 0; g < groups; g++) {
                if (t == 0) loadPanel(g, 0);
                multiply(t, g);
            }
        }
        for (int t = 0; t < tiles; t++) {
            loadToken(t, 0);
            for (int g = 0; g < groups; g++) multiply(t, g);
        }
        for (int g = 0; g < groups; g++) {
            loadPanel(g, low);
            for (int t = 0; t < tiles; t++) multiply(t, g);
        }
    }

    private void loadToken(int tile, int disp) {
        a.tileloadd(token(tile), mem(tile == 0 ? RSI : RDX, RAX, 1, disp));
    }

    private void loadPanel(int group, int disp) {
        a.tileloadd(panel(group), mem(group == 0 ? RCX : R8, RAX, 1, disp));
    }

    private void multiply(int tokenTile, int group) {
        a.tdpbf16ps(sum(tokenTile, group), token(tokenTile), panel(group));
    }
}

package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RBX;
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
import dev.dalang.engine.format.BlockType;

/**
 * Products of two groups' panels (see {@link BytePanelKernel}) with many tokens' {@link Activations}: what a prompt
 * spends its time on where there are no tile registers.
 *
 * <p>What {@link DotKernel} does, and bit for bit its results, in another order: a number of a token is loaded once for
 * the rows of two groups, so that the processor multiplies more often than it loads, and weights are not taken apart
 * again for every few tokens.
 */
public final class PanelDotKernel {

    /** Groups of rows that go through together. */
    public static final int GROUPS = 2;

    /** Tokens that go through together: two sums of each for each group, and four registers to work with. */
    private static final int TOKENS = 6;

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the first group's panel. */
        PANEL,
        /** Bytes from there to the second one. */
        PANEL_STEP,
        /** How many groups: {@link #GROUPS}, or one with AVX2. */
        GROUPS,
        /** Address of the first tile's activations. */
        ACTIVATIONS,
        /** Bytes from there to the next tile's. */
        TILE_STEP,
        /** Blocks of activations to go through. */
        BLOCKS,
        /** How many tiles of tokens. */
        TILES,
        /** Address of the first token's first result. */
        RESULTS,
        /** Bytes from one token's results to the next. */
        RESULT_STRIDE
    }

    private static final int LINE = 64;

    private static final int WORKING = 2 * GROUPS * TOKENS;

    private final Simd simd;
    private final Assembler a;
    private final BlockReader reader;
    private final int tokens;
    private final boolean goesOn;
    private final Vec x;
    private final Vec spare;

    private PanelDotKernel(BlockType type, int tokens, boolean goesOn, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.reader = DotKernel.reader(type, simd, 0);
        this.tokens = tokens;
        this.goesOn = goesOn;
        this.x = simd.vec(WORKING + GROUPS);
        this.spare = simd.vec(WORKING + GROUPS + 1);
    }

    /**
     * The code for tiles of {@code tokens} tokens.
     *
     * @param goesOn whether sums go on from the results of earlier columns
     */
    public static Assembler assemble(BlockType type, int tokens, boolean goesOn, CpuFeatures cpu) {
        if (!Simd.wide(cpu)) return HalfPanelDotKernel.assemble(type, tokens, goesOn, cpu);
        return new PanelDotKernel(type, tokens, goesOn, cpu).assemble();
    }

    /** How many tokens a tile may have. */
    public static int maxTokens(BlockType type, CpuFeatures cpu) {
        return Simd.wide(cpu) ? TOKENS : HalfPanelDotKernel.maxTokens(type, cpu);
    }

    private Vec integerSum(int group, int token) {
        return simd.vec(group * TOKENS + token);
    }

    private Vec sum(int group, int token) {
        return simd.vec((GROUPS + group) * TOKENS + token);
    }

    private Vec weights(int group) {
        return simd.vec(WORKING + group);
    }

    /*
     * rsi, rdx the groups' panels   rcx activations, rbx the tile's first   r8 results, r9 from one token's to the next
     * r10 tiles left   r11 blocks left   rax results of a tile
     */
    private Assembler assemble() {
        a.push(RBX);
        a.mov(RBX, Words.ACTIVATIONS.at(RDI));
        a.mov(R8, Words.RESULTS.at(RDI));
        a.mov(R9, Words.RESULT_STRIDE.at(RDI));
        a.mov(R10, Words.TILES.at(RDI));
        Label tile = a.label();
        a.align(LINE);
        a.bind(tile);
        a.mov(RCX, RBX);
        a.mov(RSI, Words.PANEL.at(RDI));
        a.mov(RDX, RSI);
        a.add(RDX, Words.PANEL_STEP.at(RDI));
        a.mov(R11, Words.BLOCKS.at(RDI));
        a.mov(RAX, R8);
        for (int t = 0; t < tokens; t++) {
            for (int g = 0; g < GROUPS; g++) {
                if (goesOn) simd.load(sum(g, t), mem(RAX, 4 * Interleaving.ROWS * g));
                else simd.zero(sum(g, t));
            }
            if (goesOn) a.add(RAX, R9);
        }
        Label block = a.label();
        a.align(LINE);
        a.bind(block);
        int runs = Activations.ELEMENTS / reader.runElements();
        for (int run = 0; run < runs; run++) run(run);
        int bytes = runs * BytePanelKernel.runBytes(reader);
        a.add(RSI, bytes);
        a.add(RDX, bytes);
        a.add(RCX, tokens * Activations.BYTES);
        a.dec(R11);
        a.jcc(Cond.NE, block);
        a.mov(RAX, R8);
        for (int t = 0; t < tokens; t++) {
            for (int g = 0; g < GROUPS; g++) a.vmovups(mem(RAX, 4 * Interleaving.ROWS * g), sum(g, t));
            a.add(RAX, R9);
        }
        a.mov(R8, RAX);
        a.add(RBX, Words.TILE_STEP.at(RDI));
        a.dec(R10);
        a.jcc(Cond.NE, tile);
        a.pop(RBX);
        return simd.finish();
    }

    /** The {@code run}-th run of a block of activations. */
    private void run(int run) {
        int words = reader.runElements() / 4;
        for (int t = 0; t < tokens; t++) {
            int token = t;
            reader.start(run, integerSum(0, t), field -> activation(token, field));
            for (int g = 1; g < GROUPS; g++) simd.move(integerSum(g, t), integerSum(0, t));
        }
        for (int i = 0; i < words; i++) {
            for (int g = 0; g < GROUPS; g++) simd.load(weights(g), panel(g, run, i));
            for (int t = 0; t < tokens; t++) {
                a.vpbroadcastd(x, activation(t, run * reader.runElements() + 4 * i));
                for (int g = 0; g < GROUPS; g++) a.vpdpbusd(integerSum(g, t), weights(g), x);
            }
        }
        for (int g = 0; g < GROUPS; g++) simd.load(weights(g), panel(g, run, words));
        for (int t = 0; t < tokens; t++) {
            a.vpbroadcastd(x, activation(t, Activations.SCALE));
            for (int g = 0; g < GROUPS; g++) {
                a.vmulps(spare, weights(g), x);
                a.vcvtdq2ps(integerSum(g, t), integerSum(g, t));
                a.vfmadd231ps(sum(g, t), integerSum(g, t), spare);
            }
        }
        if (!reader.hasMinimum()) return;
        for (int g = 0; g < GROUPS; g++) simd.load(weights(g), panel(g, run, words + 1));
        for (int t = 0; t < tokens; t++) {
            a.vpbroadcastd(x, activation(t, reader.sumField(run)));
            for (int g = 0; g < GROUPS; g++) a.vfmadd231ps(sum(g, t), weights(g), x);
        }
    }

    private Mem panel(int group, int run, int line) {
        return mem(group == 0 ? RSI : RDX, run * BytePanelKernel.runBytes(reader) + line * LINE);
    }

    private static Mem activation(int token, int offset) {
        return mem(RCX, token * Activations.BYTES + offset);
    }
}

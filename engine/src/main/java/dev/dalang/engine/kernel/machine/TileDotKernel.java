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
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Tile;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;

/**
 * What {@link DotKernel} computes, to the bit, for up to sixteen tokens at a time in the tile registers (AMX): answers
 * that are written together.
 *
 * <p>A run of a group's weights is a tile as it lies in memory once its elements are signed bytes: a line holds four
 * elements of each of sixteen rows. Times a tile of the tokens' bytes it gives all sums of the run at once, which are
 * exact; they go through memory into one multiplication and addition for each token.
 */
public final class TileDotKernel {

    /** From how many tokens on this is faster than {@link DotKernel}. */
    public static final int FROM = 12;

    /** Bytes of working memory, whose address is {@link Arguments#TILES}: begins with a tile configuration. */
    public static final int WORKING_BYTES;

    public static final int CONFIGURATION_BYTES = 64;

    private static final int LINE = 64;

    private static final int MAX_TOKENS = 16;

    /** Runs of a batch at most. */
    private static final int RUNS = 16;

    /** Groups that go side by side. */
    private static final int GROUPS = 4;

    private static final int WEIGHTS_AT = CONFIGURATION_BYTES;
    private static final int SUMS_AT = WEIGHTS_AT + RUNS * 8 * LINE;
    private static final int TOTALS_AT = SUMS_AT + RUNS * MAX_TOKENS * LINE;

    static {
        WORKING_BYTES = TOTALS_AT + GROUPS * MAX_TOKENS * LINE;
    }

    private static final Tile[] TILES = Tile.values();

    private final Simd simd;
    private final Assembler a;
    private final BlockReader reader;
    private final int tokens;
    private final boolean plain;
    private final Vec weights;
    private final Vec spare;
    private final Vec scale;
    private final Vec minimum;

    private TileDotKernel(BlockType type, int tokens, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.tokens = tokens;
        this.plain = type == BlockType.Q8_0;
        this.minimum = simd.vec(tokens);
        this.scale = simd.vec(tokens + 1);
        this.spare = simd.vec(tokens + 2);
        this.weights = simd.vec(tokens + 3);
        this.reader = DotKernel.reader(type, simd, tokens + 4);
        if (reader.runElements() != runElements(type)) throw new IllegalStateException("runs of " + type);
        if (tokens + 4 + reader.registers() > simd.registers()) {
            throw new IllegalArgumentException(tokens + " tokens of " + type + " need more registers");
        }
    }

    /** Runs of 16 elements gain nothing: every run goes through memory. */
    public static boolean supported(BlockType type, CpuFeatures cpu) {
        if (runElements(type) != Activations.ELEMENTS) return false;
        return Simd.wide(cpu) && cpu.hasAll(CpuFeature.AMX_TILE, CpuFeature.AMX_INT8) && DotKernel.supports(type);
    }

    /** How many tokens one call may take. */
    public static int maxTokens(BlockType type, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        int free = simd.registers() - 4 - DotKernel.reader(type, simd, 4).registers();
        return Math.min(MAX_TOKENS, free);
    }

    /** Byte {@code i} of the configuration for so many tokens. */
    public static int configuration(BlockType type, int i, int tokens) {
        int elements = runElements(type);
        if (i == 0) return 1; // the palette
        if (i >= 16 && i < 32) return i % 2 == 1 ? 0 : (i - 16) / 4 == 2 ? elements : LINE;
        if (i >= 48 && i < 56) return i >= 54 ? elements / 4 : tokens;
        return 0;
    }

    private static int runElements(BlockType type) {
        return switch (type) {
            case Q2_K, Q3_K, Q6_K -> 16;
            default -> 32;
        };
    }

    /** The code for {@code tokens} tokens, which takes the address of {@link Arguments}, and writes as {@link DotKernel}. */
    public static Assembler assemble(BlockType type, int tokens, CpuFeatures cpu) {
        return new TileDotKernel(type, tokens, cpu).assemble();
    }

    private static Tile sums(int place) {
        return TILES[place % 4];
    }

    private static Tile activations(int place) {
        return TILES[4 + place % 2];
    }

    private static Tile rows(int place) {
        return TILES[6 + place % 2];
    }

    /*
     * rdi arguments   rax first group   rsi words        rdx odd part     rcx activations  rbx 64, the distance of lines
     * r8  results     r9  groups left   r10 blocks left  r11 what to ask for ahead         rbp working memory
     * r12 groups of this round  r13 those of them still to come  r14 sums of a group  r15 first odd parts
     */
    private Assembler assemble() {
        simd.constants();
        reader.constants();
        a.push(RBX);
        a.push(RBP);
        a.push(R12);
        a.push(R13);
        a.push(R14);
        a.push(R15);
        a.mov(RBX, LINE);
        a.mov(RBP, Arguments.TILES.at(RDI));
        a.ldtilecfg(mem(RBP));
        a.mov(RAX, Arguments.WEIGHTS.at(RDI));
        a.mov(R8, Arguments.RESULTS.at(RDI));
        a.mov(R9, Arguments.GROUPS.at(RDI));
        a.mov(R11, RAX);
        a.mov(R15, Arguments.ODD.at(RDI));
        Label round = a.label();
        Label full = a.label();
        a.align(LINE);
        a.bind(round);
        a.mov(R12, GROUPS);
        a.cmp(R9, R12);
        a.jcc(Cond.GE, full);
        a.mov(R12, R9);
        a.bind(full);
        round();
        a.sub(R9, R12);
        a.jcc(Cond.NE, round);
        a.tilerelease();
        a.pop(R15);
        a.pop(R14);
        a.pop(R13);
        a.pop(R12);
        a.pop(RBP);
        a.pop(RBX);
        return simd.finish();
    }

    /** Some groups side by side, so that the activations come from the second cache once for all of them. */
    private void round() {
        a.mov(RSI, RAX);
        a.mov(RDX, R15);
        a.mov(RCX, Arguments.ACTIVATIONS.at(RDI));
        a.mov(R10, Arguments.BLOCKS.at(RDI));
        simd.zero(simd.vec(0));
        eachGroup(() -> {
            for (int t = 0; t < tokens; t++) a.vmovups(mem(R14, LINE * t), simd.vec(0));
            // The next round's.
            a.add(R11, Arguments.WEIGHTS_STEP.at(RDI));
        });
        // A super-block's scales wait in registers, which hold those of one.
        if (runs() == 1) batches(8);
        batches(1);
        eachGroup(() -> {
            a.mov(RCX, R8);
            for (int t = 0; t < tokens; t++) {
                a.vmovups(simd.vec(0), mem(R14, LINE * t));
                a.vmovups(mem(RCX), simd.vec(0));
                if (t + 1 < tokens) a.add(RCX, Arguments.RESULT_STRIDE.at(RDI));
            }
            a.add(R8, LINE);
            a.add(RAX, Arguments.WEIGHTS_STEP.at(RDI));
            a.add(R15, Arguments.ODD_STEP.at(RDI));
        });
        a.mov(R11, RAX);
    }

    /** Code for each group of a round, with its sums at {@code r14}. */
    private void eachGroup(Runnable code) {
        Label next = a.label();
        a.mov(R13, R12);
        a.lea(R14, mem(RBP, TOTALS_AT));
        a.align(32);
        a.bind(next);
        code.run();
        a.add(R14, MAX_TOKENS * LINE);
        a.dec(R13);
        a.jcc(Cond.NE, next);
    }

    private int runs() {
        return reader.layout().blockElements() / reader.runElements();
    }

    /** Goes through the blocks that are left, {@code blocks} at a time, as often as there are so many. */
    private void batches(int blocks) {
        Label loop = a.label();
        Label done = a.label();
        a.align(32);
        a.bind(loop);
        a.cmp(R10, blocks);
        a.jcc(Cond.L, done);
        a.push(RSI);
        a.push(RDX);
        eachGroup(() -> {
            batch(blocks);
            a.add(RSI, Arguments.WEIGHTS_STEP.at(RDI));
            a.add(RDX, Arguments.ODD_STEP.at(RDI));
        });
        a.pop(RDX);
        a.pop(RSI);
        move(blocks);
        a.add(RCX, blocks * activationBytes());
        a.sub(R10, blocks);
        a.jmp(loop);
        a.bind(done);
    }

    /**
     * All weights of a group's batch to bytes, then all products, then all sums: what goes through memory is not asked
     * for again before it has got there.
     */
    private void batch(int blocks) {
        for (int b = 0; b < blocks; b++) {
            if (b > 0) move(1);
            reader.block();
            if (!plain) for (int run = 0; run < runs(); run++) bytes(run, b * runs() + run);
        }
        if (blocks > 1) move(1 - blocks);
        for (int b = 0; b < blocks; b++) {
            for (int run = 0; run < runs(); run++) multiply(b, run);
        }
        ahead(blocks);
        for (int t = 0; t < tokens; t++) a.vmovups(simd.vec(t), mem(R14, LINE * t));
        for (int b = 0; b < blocks; b++) {
            if (b > 0) move(1);
            for (int run = 0; run < runs(); run++) addUp(b, run);
        }
        for (int t = 0; t < tokens; t++) a.vmovups(mem(R14, LINE * t), simd.vec(t));
        if (blocks > 1) move(1 - blocks);
    }

    /** On to another block's weights. */
    private void move(int blocks) {
        Interleaving layout = reader.layout();
        a.add(RSI, blocks * layout.words() * 4 * Interleaving.ROWS);
        if (layout.oddBytes() > 0) a.add(RDX, blocks * layout.oddBytes() * Interleaving.ROWS);
    }

    /** Asks for as many blocks of the groups after these, and for odd parts of this group that come up later. */
    private void ahead(int blocks) {
        int bytes = blocks * reader.layout().words() * LINE;
        for (int at = 0; at < bytes; at += LINE) a.prefetcht1(mem(R11, at));
        a.add(R11, bytes);
        int odd = blocks * reader.layout().oddBytes() * Interleaving.ROWS;
        for (int at = 0; at < odd; at += LINE) a.prefetcht0(mem(RDX, DotKernel.ODD_AHEAD + at));
    }

    /** Bytes of a block's activations. */
    private int activationBytes() {
        return reader.layout().blockElements() / Activations.ELEMENTS * tokens * Activations.BYTES;
    }

    /** A run's weights as signed bytes to its place in the working memory. */
    private void bytes(int run, int place) {
        for (int i = 0; i < reader.runElements() / 4; i++) {
            reader.weights(run, i, weights, spare);
            if (reader.offset() != 0) a.vpsubb(weights, weights, simd.lanesOf(0x01010101 * reader.offset()));
            a.vmovups(mem(RBP, weightsAt(place) + LINE * i), weights);
        }
    }

    private int weightsAt(int place) {
        return WEIGHTS_AT + place * reader.runElements() / 4 * LINE;
    }

    private static int sumsAt(int place) {
        return SUMS_AT + place * MAX_TOKENS * LINE;
    }

    /** The products of a run, to its place in the working memory. */
    private void multiply(int block, int run) {
        int place = block * runs() + run;
        int offset = run * reader.runElements() % Activations.ELEMENTS;
        Mem x = mem(RCX, RBX, 1, at(block, run, 0) + offset);
        a.tilezero(sums(place));
        a.tileloadd(activations(place), x);
        if (plain)
            a.tileloadd(rows(place), mem(RSI, RBX, 1, block * reader.layout().words() * LINE));
        else a.tileloadd(rows(place), mem(RBP, RBX, 1, weightsAt(place)));
        a.tdpbssd(sums(place), activations(place), rows(place));
        a.tilestored(mem(RBP, RBX, 1, sumsAt(place)), sums(place));
    }

    /** Takes a run's sums into the tokens' own. */
    private void addUp(int block, int run) {
        int from = sumsAt(block * runs() + run);
        reader.scale(run, scale, spare);
        if (reader.hasMinimum()) reader.minimum(run, minimum, spare);
        for (int t = 0; t < tokens; t++) {
            int x = at(block, run, t);
            a.vcvtdq2ps(weights, mem(RBP, from + LINE * t));
            simd.multiply(spare, scale, mem(RCX, x + Activations.SCALE));
            a.vfmadd231ps(simd.vec(t), weights, spare);
            if (reader.hasMinimum()) simd.multiplyAdd(simd.vec(t), minimum, mem(RCX, x + Activations.SUM));
        }
    }

    /** Where a token's activations for a run lie, seen from the batch's first. */
    private int at(int block, int run, int token) {
        int line = run * reader.runElements() / Activations.ELEMENTS;
        return block * activationBytes() + (line * tokens + token) * Activations.BYTES;
    }
}

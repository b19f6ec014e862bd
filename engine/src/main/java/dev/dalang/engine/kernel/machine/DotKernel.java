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
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Products of interleaved quantised weights with a few tokens' {@link Activations}: what decoding spends its time on.
 *
 * <p>A lane is a row. For each run of elements with one scale, every token's sum of byte products is taken in 32-bit
 * integers, which is exact, and added to the token's float sum by one multiplication and addition. The order of a
 * token's sums does not depend on how many tokens there are, so that neither do its bits.
 *
 * <p>The weights come straight from memory, once for all tokens. Where that is faster than what the processor fetches
 * ahead by itself, a pointer of its own runs ahead of the reading through the group and on into the next.
 *
 * <p>With AVX2 a group's rows take two registers. As few tokens as have their sums of both in registers go through with
 * all rows; of more the first eight rows come before the last, for which the weights are in the first cache then, while
 * those of the next group are on their way.
 */
public final class DotKernel {

    /** How far ahead odd parts are asked for, which lie in a place of their own: whatever the processor does by itself. */
    static final int ODD_AHEAD = 512;

    private static final int LINE = 64;

    private static final Set<BlockType> TYPES = Set.of(
            BlockType.Q4_0,
            BlockType.Q4_1,
            BlockType.Q5_0,
            BlockType.Q5_1,
            BlockType.Q8_0,
            BlockType.Q2_K,
            BlockType.Q3_K,
            BlockType.Q4_K,
            BlockType.Q5_K,
            BlockType.Q6_K,
            BlockType.IQ4_NL,
            BlockType.IQ4_XS,
            BlockType.MXFP4);

    /** The working registers: a word of weights, a spare one, a scale; of some types a minimum. */
    private static final int WORKING = 3;

    private final Simd simd;
    private final Assembler a;
    private final BlockReader reader;
    private final int tokens;

    /** Registers that a group's rows take. */
    private final int parts;

    /** How many of them go by in a block: all where their sums have room, so that weights are read once, and in order. */
    private final int together;

    /** Whether weights are asked for ahead. */
    private final boolean asks;

    private final Vec weights;
    private final Vec spare;
    private final Vec scale;
    private final Vec minimum;

    private DotKernel(BlockType type, int tokens, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.tokens = tokens;
        this.parts = parts(simd);
        this.asks = simd.asks(tokens);
        BlockReader r = reader(type, simd, 0);
        this.together = tokens <= tokens(r, parts) ? parts : 1;
        int at = (together + 1) * tokens;
        int working = working(r);
        this.scale = simd.vec(at);
        this.spare = simd.vec(at + 1);
        this.minimum = simd.vec(at + 2);
        // The last of them, as a reader takes it for itself before a block's runs begin.
        this.weights = simd.vec(at + working - 1);
        this.reader = reader(type, simd, at + working);
        if (tokens > tokens(r, together)) {
            throw new IllegalArgumentException(tokens + " tokens of " + type + " need more registers");
        }
    }

    /** Whether there is a kernel for this type. */
    public static boolean supports(BlockType type) {
        return TYPES.contains(type);
    }

    /** How many tokens one call may take. */
    public static int maxTokens(BlockType type, CpuFeatures cpu) {
        return tokens(reader(type, new Simd(new Assembler(), cpu), 0), 1);
    }

    /** How many tokens may go through with all rows of a group; up to {@link #maxTokens} with parts of them. */
    public static int tokensWithAllRows(BlockType type, CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        return tokens(reader(type, simd, 0), parts(simd));
    }

    /** Whose sums, of so many parts of the rows and an integer one, are in registers. */
    private static int tokens(BlockReader reader, int parts) {
        int free = reader.simd.registers() - working(reader) - reader.registers();
        return Math.min(Activations.TILE, free / (parts + 1));
    }

    private static int working(BlockReader reader) {
        return reader.hasMinimum() ? WORKING + 1 : WORKING;
    }

    /** Whether weights of that type go through as signed bytes. */
    public static boolean signed(BlockType type, CpuFeatures cpu) {
        return reader(type, new Simd(new Assembler(), cpu), 0).signed();
    }

    private static int parts(Simd simd) {
        return Interleaving.ROWS / simd.lanes();
    }

    /**
     * The code for {@code tokens} tokens, which takes the address of {@link Arguments}.
     *
     * <p>Results of whole groups are written: sixteen floats for each token, whatever the number of rows.
     */
    public static Assembler assemble(BlockType type, int tokens, CpuFeatures cpu) {
        return new DotKernel(type, tokens, cpu).assemble();
    }

    static BlockReader reader(BlockType type, Simd simd, int firstRegister) {
        return switch (type) {
            case Q4_0 -> new SmallBlocks.Q4(simd, false, firstRegister);
            case Q4_1 -> new SmallBlocks.Q4(simd, true, firstRegister);
            case Q5_0 -> new SmallBlocks.Q5(simd, false, firstRegister);
            case Q5_1 -> new SmallBlocks.Q5(simd, true, firstRegister);
            case Q8_0 -> new SmallBlocks.Q80(simd, firstRegister);
            case IQ4_NL -> new SmallBlocks.Codebook(simd, false, firstRegister);
            case MXFP4 -> new SmallBlocks.Codebook(simd, true, firstRegister);
            case Q2_K -> new SuperBlocks.Q2(simd, firstRegister);
            case Q3_K -> new SuperBlocks.Q3(simd, firstRegister);
            case Q4_K -> new SuperBlocks.Q45(simd, false, firstRegister);
            case Q5_K -> new SuperBlocks.Q45(simd, true, firstRegister);
            case Q6_K -> new SuperBlocks.Q6(simd, firstRegister);
            case IQ4_XS -> new SuperBlocks.Iq4Xs(simd, firstRegister);
            default -> throw new IllegalArgumentException("no integer kernel for " + type);
        };
    }

    private Vec sum(int token, int part) {
        return simd.vec(together * token + part % together);
    }

    private Vec integerSum(int token) {
        return simd.vec(together * tokens + token);
    }

    /*
     * rdi arguments   rax, rbx a group's words and odd parts   rsi words   rdx odd part   rcx activations
     * r8  results     r9  groups left  r10 blocks left  r11 what to ask for ahead
     */
    private Assembler assemble() {
        simd.constants();
        reader.constants();
        a.push(RBX);
        a.mov(RAX, Arguments.WEIGHTS.at(RDI));
        a.mov(RBX, Arguments.ODD.at(RDI));
        a.mov(R8, Arguments.RESULTS.at(RDI));
        a.mov(R9, Arguments.GROUPS.at(RDI));
        Label group = a.label();
        a.align(LINE);
        a.bind(group);
        for (int part = 0; part < parts; part += together) group(part);
        a.add(RAX, Arguments.WEIGHTS_STEP.at(RDI));
        a.add(RBX, Arguments.ODD_STEP.at(RDI));
        a.add(R8, 4 * Interleaving.ROWS);
        a.dec(R9);
        a.jcc(Cond.NE, group);
        a.pop(RBX);
        return simd.finish();
    }

    /** Rows of the group from the {@code first}-th part on. */
    private void group(int first) {
        Interleaving layout = reader.layout();
        a.mov(RDX, RBX);
        a.mov(RSI, RAX);
        if (first > 0) {
            a.add(RSI, first * simd.bytes());
            if (layout.oddBytes() > 0) a.add(RDX, first * layout.oddBytes() * simd.lanes());
        }
        if (asks) {
            a.mov(R11, RAX);
            if (together == parts) a.add(R11, Simd.AHEAD);
            else a.add(R11, Arguments.WEIGHTS_STEP.at(RDI));
        }
        a.mov(RCX, Arguments.ACTIVATIONS.at(RDI));
        a.mov(R10, Arguments.BLOCKS.at(RDI));
        for (int t = 0; t < together * tokens; t++) simd.zero(simd.vec(t));
        Label block = a.label();
        a.align(32);
        a.bind(block);
        for (int part = first; part < first + together; part++) {
            block(part);
            if (part + 1 < first + together) {
                a.add(RSI, simd.bytes());
                if (layout.oddBytes() > 0) a.add(RDX, layout.oddBytes() * simd.lanes());
            }
        }
        a.add(RSI, layout.words() * 4 * Interleaving.ROWS - (together - 1) * simd.bytes());
        if (layout.oddBytes() > 0) a.add(RDX, layout.oddBytes() * simd.lanes() * (parts - together + 1));
        if (asks) a.add(R11, layout.words() * LINE);
        a.add(RCX, layout.blockElements() / Activations.ELEMENTS * tokens * Activations.BYTES);
        a.dec(R10);
        a.jcc(Cond.NE, block);
        a.mov(RCX, R8);
        for (int t = 0; t < tokens; t++) {
            for (int part = first; part < first + together; part++) {
                a.vmovups(mem(RCX, part * simd.bytes()), sum(t, part));
            }
            if (t + 1 < tokens) a.add(RCX, Arguments.RESULT_STRIDE.at(RDI));
        }
    }

    /** As many rows of a block as there are lanes, the {@code part}-th. */
    private void block(int part) {
        Interleaving layout = reader.layout();
        int runs = layout.blockElements() / reader.runElements();
        int lines = asks ? layout.words() : 0;
        reader.block();
        if (layout.oddBytes() > 0) a.prefetcht0(mem(RDX, ODD_AHEAD));
        for (int run = 0; run < runs; run++) {
            int asked = part * runs + run;
            for (int line = lines * asked / (parts * runs); line < lines * (asked + 1) / (parts * runs); line++) {
                a.prefetcht1(mem(R11, LINE * line));
            }
            run(part, run);
        }
    }

    private void run(int part, int run) {
        boolean inWords = reader.sumsRunInWords();
        for (int t = 0; t < tokens && !inWords; t++) reader.start(run, integerSum(t), fields(run, t));
        int from = run * reader.runElements() % Activations.ELEMENTS;
        for (int i = 0; i < reader.runElements() / 4; i++) {
            reader.weights(run, i, weights, spare);
            for (int t = 0; t < tokens; t++) {
                Mem x = activation(run, t, from + 4 * i);
                if (inWords) simd.dotWords(integerSum(t), weights, x, i == 0);
                else dot(integerSum(t), x);
            }
        }
        for (int t = 0; t < tokens && inWords; t++) {
            simd.pairs(integerSum(t));
            reader.finish(run, integerSum(t), spare, fields(run, t));
        }
        reader.scale(run, scale, spare);
        if (reader.hasMinimum()) reader.minimum(run, minimum, spare);
        for (int t = 0; t < tokens; t++) {
            Vec sum = sum(t, part);
            simd.multiply(spare, scale, activation(run, t, Activations.SCALE));
            a.vcvtdq2ps(integerSum(t), integerSum(t));
            a.vfmadd231ps(sum, integerSum(t), spare);
            if (reader.hasMinimum()) simd.multiplyAdd(sum, minimum, activation(run, t, reader.sumField(run)));
        }
    }

    private IntFunction<Mem> fields(int run, int token) {
        return field -> activation(run, token, field);
    }

    private void dot(Vec sum, Mem x) {
        if (reader.signed()) simd.dotSigned(sum, weights, x, spare);
        else simd.dot(sum, weights, x);
    }

    private Mem activation(int run, int token, int offset) {
        int line = run * reader.runElements() / Activations.ELEMENTS;
        return mem(RCX, (line * tokens + token) * Activations.BYTES + offset);
    }
}

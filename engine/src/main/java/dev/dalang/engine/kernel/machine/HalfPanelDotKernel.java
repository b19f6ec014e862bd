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
import java.util.function.IntFunction;

/**
 * What {@link PanelDotKernel} does, in the sixteen registers of AVX2: eight rows go through at a time, and a tile's
 * tokens stay in the first cache while the panels of both groups go by.
 *
 * <p>Without VNNI, sums of byte products are kept in 16 bits as long as they fit, which takes an instruction less for
 * each four columns: products of two bytes are added in pairs, so that {@code n} words of weights up to {@code m} come to
 * {@code 254·n·m} at most. Sums are exact either way, and so the results are those of {@link DotKernel} bit for bit.
 */
final class HalfPanelDotKernel {

    /** The vector registers of the instruction set. */
    private static final int REGISTERS = 16;

    private static final int LINE = 64;

    /** Of a group's number to the bytes of its results. */
    private static final int GROUP_SHIFT = Integer.numberOfTrailingZeros(4 * Interleaving.ROWS);

    /** How byte products are summed. */
    private enum Sums {
        /** By VNNI, in 32 bits. */
        QUADS,
        /** Unsigned weights in 16 bits, over a whole run. */
        RUN,
        /** The same, but over a part of a run only. */
        PARTS,
        /** Signed weights, whose sign goes to the activation: two products are all that fit 16 bits. */
        SIGNED
    }

    private final Simd simd;
    private final Assembler a;
    private final BlockReader reader;
    private final int tokens;
    private final boolean goesOn;
    private final Sums sums;

    private HalfPanelDotKernel(BlockType type, int tokens, boolean goesOn, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.reader = DotKernel.reader(type, simd, 0);
        this.tokens = tokens;
        this.goesOn = goesOn;
        this.sums = sums(reader);
    }

    private static Sums sums(BlockReader reader) {
        if (reader.simd.dotsAllBytes()) return Sums.QUADS;
        if (reader.signed()) return Sums.SIGNED;
        return reader.sumsRunInWords() ? Sums.RUN : Sums.PARTS;
    }

    static int maxTokens(BlockType type, CpuFeatures cpu) {
        Sums sums = sums(DotKernel.reader(type, new Simd(new Assembler(), cpu), 0));
        // Beside the tokens' sums: ones, to add two sums of 16 bits; an activation; weights; their size.
        return switch (sums) {
            case QUADS, RUN -> (REGISTERS - 3) / 2;
            case PARTS -> (REGISTERS - 3) / 3;
            case SIGNED -> (REGISTERS - 4) / 2;
        };
    }

    static Assembler assemble(BlockType type, int tokens, boolean goesOn, CpuFeatures cpu) {
        return new HalfPanelDotKernel(type, tokens, goesOn, cpu).assemble();
    }

    private Vec sum(int token) {
        return simd.vec(token);
    }

    /** A token's sum over a run. */
    private Vec integerSum(int token) {
        return simd.vec(tokens + token);
    }

    /** A token's sum over a part of a run. */
    private Vec part(int token) {
        return simd.vec(2 * tokens + token);
    }

    private Vec ones() {
        return simd.vec(REGISTERS - 1);
    }

    private Vec x() {
        return simd.vec(REGISTERS - 2);
    }

    private Vec weights() {
        return simd.vec(REGISTERS - 3);
    }

    private Vec size() {
        return simd.vec(REGISTERS - 4);
    }

    /*
     * rsi panel   rcx activations, rbx the tile's first   r8 results, r9 from one token's to the next
     * r10 tiles left   r11 blocks left   rax results of a half   rdx halves left
     */
    private Assembler assemble() {
        a.push(RBX);
        a.mov(RBX, PanelDotKernel.Words.ACTIVATIONS.at(RDI));
        a.mov(R8, PanelDotKernel.Words.RESULTS.at(RDI));
        a.mov(R9, PanelDotKernel.Words.RESULT_STRIDE.at(RDI));
        a.mov(R10, PanelDotKernel.Words.TILES.at(RDI));
        simd.constants();
        Label tile = a.label();
        Label half = a.label();
        a.bind(tile);
        a.mov(RSI, PanelDotKernel.Words.PANEL.at(RDI));
        a.mov(RDX, PanelDotKernel.Words.GROUPS.at(RDI));
        a.shl(RDX, 1);
        a.bind(half);
        half();
        a.add(R8, simd.bytes());
        a.dec(RDX);
        a.jcc(Cond.NE, half);
        a.mov(RAX, PanelDotKernel.Words.GROUPS.at(RDI));
        a.shl(RAX, GROUP_SHIFT);
        a.sub(R8, RAX);
        for (int t = 0; t < tokens; t++) a.add(R8, R9);
        a.add(RBX, PanelDotKernel.Words.TILE_STEP.at(RDI));
        a.dec(R10);
        a.jcc(Cond.NE, tile);
        a.pop(RBX);
        return simd.finish();
    }

    /** Eight rows with all tokens of a tile. */
    private void half() {
        a.mov(RCX, RBX);
        a.mov(R11, PanelDotKernel.Words.BLOCKS.at(RDI));
        a.mov(RAX, R8);
        for (int t = 0; t < tokens; t++) {
            if (goesOn) simd.load(sum(t), mem(RAX));
            else simd.zero(sum(t));
            if (goesOn && t + 1 < tokens) a.add(RAX, R9);
        }
        Label block = a.label();
        a.align(LINE);
        a.bind(block);
        int runs = Activations.ELEMENTS / reader.runElements();
        for (int run = 0; run < runs; run++) run(run);
        a.add(RSI, runs * BytePanelKernel.runBytes(reader));
        a.add(RCX, tokens * Activations.BYTES);
        a.dec(R11);
        a.jcc(Cond.NE, block);
        a.mov(RAX, R8);
        for (int t = 0; t < tokens; t++) {
            a.vmovups(mem(RAX), sum(t));
            if (t + 1 < tokens) a.add(RAX, R9);
        }
    }

    /** The {@code run}-th run of a block of activations. */
    private void run(int run) {
        int words = reader.runElements() / 4;
        switch (sums) {
            case QUADS -> quads(run, words);
            case RUN -> {
                words(run, 0, words, this::integerSum);
                for (int t = 0; t < tokens; t++) offset(run, t, integerSum(t));
            }
            case PARTS -> {
                int most = reader.wordsThatFit();
                for (int from = 0; from < words; from += most) {
                    boolean first = from == 0;
                    words(run, from, Math.min(words, from + most), first ? this::integerSum : this::part);
                    for (int t = 0; t < tokens && !first; t++) a.vpaddd(integerSum(t), integerSum(t), part(t));
                }
                for (int t = 0; t < tokens; t++) offset(run, t, integerSum(t));
            }
            case SIGNED -> signed(run, words);
        }
        simd.load(weights(), panel(run, words));
        for (int t = 0; t < tokens; t++) {
            a.vbroadcastss(x(), activation(t, Activations.SCALE));
            a.vmulps(x(), weights(), x());
            a.vcvtdq2ps(integerSum(t), integerSum(t));
            a.vfmadd231ps(sum(t), integerSum(t), x());
        }
        if (!reader.hasMinimum()) return;
        simd.load(weights(), panel(run, words + 1));
        for (int t = 0; t < tokens; t++) {
            a.vbroadcastss(x(), activation(t, reader.sumField(run)));
            a.vfmadd231ps(sum(t), weights(), x());
        }
    }

    private void quads(int run, int words) {
        for (int t = 0; t < tokens; t++) {
            int token = t;
            reader.start(run, integerSum(t), field -> activation(token, field));
        }
        for (int i = 0; i < words; i++) {
            simd.load(weights(), panel(run, i));
            for (int t = 0; t < tokens; t++) {
                a.vpbroadcastd(x(), activation(run, t, i));
                a.vpdpbusdVex(integerSum(t), weights(), x());
            }
        }
    }

    /** Sums of some words in 16 bits, then in 32. */
    private void words(int run, int from, int to, IntFunction<Vec> target) {
        for (int i = from; i < to; i++) {
            simd.load(weights(), panel(run, i));
            for (int t = 0; t < tokens; t++) {
                simd.dotWords(target.apply(t), weights(), activation(run, t, i), i == from);
            }
        }
        for (int t = 0; t < tokens; t++) simd.pairs(target.apply(t));
    }

    /** Adds what the offset of the weights' bytes comes to. */
    private void offset(int run, int token, Vec sum) {
        reader.finish(run, sum, x(), field -> activation(token, field));
    }

    private void signed(int run, int words) {
        for (int i = 0; i < words; i++) {
            simd.load(weights(), panel(run, i));
            a.vpabsb(size(), weights());
            for (int t = 0; t < tokens; t++) {
                a.vpbroadcastd(x(), activation(run, t, i));
                a.vpsignb(x(), x(), weights());
                a.vpmaddubsw(x(), size(), x());
                if (i == 0) {
                    a.vpmaddwd(integerSum(t), x(), ones());
                } else {
                    a.vpmaddwd(x(), x(), ones());
                    a.vpaddd(integerSum(t), integerSum(t), x());
                }
            }
        }
    }

    private Mem panel(int run, int line) {
        return mem(RSI, run * BytePanelKernel.runBytes(reader) + line * simd.bytes());
    }

    private Mem activation(int run, int token, int word) {
        return activation(token, run * reader.runElements() + 4 * word);
    }

    private static Mem activation(int token, int offset) {
        return mem(RCX, token * Activations.BYTES + offset);
    }
}

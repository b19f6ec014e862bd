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
 * Products of interleaved floats of 32 or 16 bits with a few tokens' activations in 32 bits. Every token has two sums
 * for each row, of even and of odd columns, which hides the latency of an addition; they are added at the end.
 */
public final class FloatDotKernel {

    /** Tokens that two address registers reach, with AVX-512. */
    private static final int WIDE_TOKENS = 8;

    /** Tokens whose sums for both halves of a group fit sixteen registers, beside the weights and an activation. */
    private static final int NARROW_TOKENS = 3;

    private final Simd simd;
    private final Assembler a;
    private final BlockType type;
    private final int tokens;
    private final int elementBytes;

    /** Registers that a group's rows take: all of them go through together. */
    private final int parts;

    private final Vec x;

    /** Whether weights are asked for ahead. */
    private final boolean asks;

    private FloatDotKernel(BlockType type, int tokens, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.type = type;
        this.tokens = tokens;
        this.elementBytes = type.blockBytes();
        this.parts = Interleaving.ROWS / simd.lanes();
        this.asks = simd.asks(tokens);
        this.x = simd.vec(parts * (2 * tokens + 1));
    }

    /** Whether there is a kernel for this type. */
    public static boolean supports(BlockType type) {
        return type == BlockType.F32 || type == BlockType.F16 || type == BlockType.BF16;
    }

    /** How many tokens one call may take. */
    public static int maxTokens(CpuFeatures cpu) {
        return Simd.wide(cpu) ? WIDE_TOKENS : NARROW_TOKENS;
    }

    /** The code for {@code tokens} tokens, which takes the address of {@link Arguments}. */
    public static Assembler assemble(BlockType type, int tokens, CpuFeatures cpu) {
        return new FloatDotKernel(type, tokens, cpu).assemble();
    }

    private Vec sum(int token, int part, int odd) {
        return simd.vec((2 * token + odd) * parts + part);
    }

    private Vec weights(int part) {
        return simd.vec(2 * tokens * parts + part);
    }

    /*
     * rdi arguments  rax group    rsi weights  rcx activations of tokens 0-3, rdx of tokens 4-7
     * r8  results    r9  groups   rbx columns  r10, r11 one and three times the stride of activations
     */
    private Assembler assemble() {
        a.push(RBX);
        a.mov(RAX, Arguments.WEIGHTS.at(RDI));
        a.mov(R8, Arguments.RESULTS.at(RDI));
        a.mov(R9, Arguments.GROUPS.at(RDI));
        a.mov(R10, Arguments.ACTIVATION_STRIDE.at(RDI));
        a.lea(R11, mem(R10, R10, 2));
        Label group = a.here();
        rows();
        a.add(RAX, Arguments.WEIGHTS_STEP.at(RDI));
        a.add(R8, 4 * Interleaving.ROWS);
        a.dec(R9);
        a.jcc(Cond.NE, group);
        a.pop(RBX);
        return simd.finish();
    }

    private void rows() {
        a.mov(RSI, RAX);
        a.mov(RCX, Arguments.ACTIVATIONS.at(RDI));
        a.lea(RDX, mem(RCX, R10, 4));
        a.mov(RBX, Arguments.BLOCKS.at(RDI));
        for (int i = 0; i < 2 * tokens * parts; i++) simd.zero(simd.vec(i));
        Label pair = a.label();
        Label last = a.label();
        Label done = a.label();
        a.sub(RBX, 2);
        a.jcc(Cond.L, last);
        a.align(32);
        a.bind(pair);
        if (asks) {
            a.prefetcht1(mem(RSI, Simd.AHEAD));
            if (type == BlockType.F32) a.prefetcht1(mem(RSI, Simd.AHEAD + 64));
        }
        column(0);
        column(1);
        a.add(RSI, 2 * Interleaving.ROWS * elementBytes);
        a.add(RCX, 8);
        a.add(RDX, 8);
        a.sub(RBX, 2);
        a.jcc(Cond.GE, pair);
        a.bind(last);
        a.cmp(RBX, -2);
        a.jcc(Cond.E, done);
        column(0);
        a.bind(done);
        a.mov(RCX, R8);
        for (int t = 0; t < tokens; t++) {
            for (int part = 0; part < parts; part++) {
                a.vaddps(sum(t, part, 0), sum(t, part, 0), sum(t, part, 1));
                a.vmovups(mem(RCX, part * simd.bytes()), sum(t, part, 0));
            }
            if (t + 1 < tokens) a.add(RCX, Arguments.RESULT_STRIDE.at(RDI));
        }
    }

    private void column(int odd) {
        for (int part = 0; part < parts; part++) load(weights(part), odd * Interleaving.ROWS + part * simd.lanes());
        for (int t = 0; t < tokens; t++) {
            Mem from = activation(t, 4 * odd);
            if (simd.wide()) {
                a.vfmadd231ps(sum(t, 0, odd), weights(0), from.broadcast());
                continue;
            }
            a.vbroadcastss(x, from);
            for (int part = 0; part < parts; part++) a.vfmadd231ps(sum(t, part, odd), weights(part), x);
        }
    }

    /** As many weights as there are lanes, from the one of that number on. */
    private void load(Vec d, int from) {
        Mem m = mem(RSI, from * elementBytes);
        switch (type) {
            case F32 -> simd.load(d, m);
            case F16 -> a.vcvtph2ps(d, m);
            case BF16 -> {
                a.vpmovzxwd(d, m);
                a.vpslld(d, d, 16);
            }
            default -> throw new IllegalArgumentException(type.toString());
        }
    }

    private Mem activation(int token, int offset) {
        var base = token < 4 ? RCX : RDX;
        return switch (token % 4) {
            case 0 -> mem(base, offset);
            case 1 -> mem(base, R10, 1, offset);
            case 2 -> mem(base, R10, 2, offset);
            default -> mem(base, R11, 1, offset);
        };
    }
}

package dev.dalang.engine.kernel.machine;

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
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;

/**
 * Interleaved weights of one group of rows to a panel of BF16, just before they are multiplied: tiles of 32 columns,
 * of which each of 16 lines is two columns for sixteen rows, side by side in a row's word.
 *
 * <p>A quantised weight is taken from its byte without a conversion: with bit 15 for its lowest bit and the exponent of
 * 256 above it, the byte b is the float 256 + b, so that scale · (b - offset) + minimum is one multiplication and
 * addition with a constant of the run. The product is rounded once, to BF16.
 *
 * <p>BF16 stays as it is. F16 has 11 bits of mantissa and is split in two BF16 without loss: eight bits, then three;
 * each tile of higher parts is followed by the tile of the lower ones. F32 is rounded.
 */
public final class PanelKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the blocks' words; of floats, of the first column. */
        WEIGHTS,
        /** Address of the blocks' odd parts. */
        ODD,
        /** Address of the panel. */
        PANEL,
        /** How many blocks of a row. */
        BLOCKS,
        /** Address of the words that the next call will read, which are asked for ahead. */
        NEXT,
        /** Address of the odd parts that the next call will read. */
        NEXT_ODD
    }

    /** Bytes of two columns of a group's rows. */
    private static final int LINE = 64;

    /** Registers: four elements, a word, a spare one, scale, constant, and what stays. */
    private static final int WORD = 4;

    private static final int SPARE = 5;
    private static final int SCALE = 6;
    private static final int CONSTANT = 7;
    private static final int MANTISSA = 8;
    private static final int EXPONENT = 9;
    private static final int PAIRS = 10;

    /** The one before a reader's own registers is free where a block begins. */
    private static final int READER = 12;

    private final Simd simd;
    private final Assembler a;
    private final BlockType type;

    private PanelKernel(BlockType type, CpuFeatures cpu) {
        this.simd = new Simd(new Assembler(), cpu);
        this.a = simd.assembler();
        this.type = type;
    }

    /** The code for a type that {@link DotKernel} or {@link FloatDotKernel} supports. */
    public static Assembler assemble(BlockType type, CpuFeatures cpu) {
        PanelKernel k = new PanelKernel(type, cpu);
        return DotKernel.supports(type) ? k.quantised() : k.floats();
    }

    /** Whether a type's panels have two parts. */
    public static boolean split(BlockType type) {
        return type == BlockType.F16;
    }

    private Vec v(int number) {
        return simd.vec(number);
    }

    private void arguments() {
        a.mov(RSI, Words.WEIGHTS.at(RDI));
        a.mov(RDX, Words.ODD.at(RDI));
        a.mov(R8, Words.PANEL.at(RDI));
        a.mov(RCX, Words.BLOCKS.at(RDI));
        a.mov(R10, Words.NEXT.at(RDI));
        a.mov(R11, Words.NEXT_ODD.at(RDI));
    }

    private Assembler quantised() {
        BlockReader reader = DotKernel.reader(type, simd, READER);
        Interleaving layout = reader.layout();
        arguments();
        simd.constants();
        reader.constants();
        simd.broadcast(v(MANTISSA), 0xFF << 15);
        simd.broadcast(v(EXPONENT), Float.floatToRawIntBits(256));
        simd.load(v(PAIRS), simd.constant(TokenTiles.pairs()));
        Label block = a.label();
        a.align(LINE);
        a.bind(block);
        reader.block();
        int runs = layout.blockElements() / reader.runElements();
        int words = layout.words();
        for (int run = 0, asked = 0; run < runs; run++) {
            for (; asked < words * (run + 1) / runs; asked++) a.prefetcht1(mem(R10, LINE * asked));
            run(reader, run);
        }
        if (layout.oddBytes() > 0) a.prefetcht1(mem(R11));
        a.add(RSI, words * LINE);
        a.add(R10, words * LINE);
        if (layout.oddBytes() > 0) {
            a.add(RDX, layout.oddBytes() * Interleaving.ROWS);
            a.add(R11, layout.oddBytes() * Interleaving.ROWS);
        }
        a.add(R8, layout.blockElements() / 2 * LINE);
        a.dec(RCX);
        a.jcc(Cond.NE, block);
        return simd.finish();
    }

    private void run(BlockReader reader, int run) {
        Vec scale = v(SCALE);
        Vec constant = v(CONSTANT);
        Mem zero = simd.lanesOf(Float.floatToRawIntBits(-256 - reader.offset()));
        reader.scale(run, scale, v(SPARE));
        if (reader.hasMinimum()) {
            reader.minimum(run, constant, v(SPARE));
            a.vfmadd231ps(constant, scale, zero);
        } else {
            a.vmulps(constant, scale, zero);
        }
        for (int i = 0; i < reader.runElements() / 4; i++) {
            reader.weights(run, i, v(WORD), v(SPARE));
            for (int e = 0; e < 4; e++) {
                simd.shiftRight(v(e), v(WORD), 8 * e - 15);
                a.vpternlogd(v(e), v(MANTISSA), v(EXPONENT), 0xEA);
                a.vfmadd213ps(v(e), scale, constant);
            }
            int at = (run * reader.runElements() / 4 + i) * 2 * LINE;
            for (int pair = 0; pair < 2; pair++) {
                a.vcvtne2ps2bf16(v(2 * pair), v(2 * pair + 1), v(2 * pair));
                a.vpermw(v(2 * pair), v(PAIRS), v(2 * pair));
                a.vmovups(mem(R8, at + pair * LINE), v(2 * pair));
            }
        }
    }

    private Assembler floats() {
        arguments();
        simd.load(v(PAIRS), simd.constant(TokenTiles.pairs()));
        simd.broadcast(v(MANTISSA), 0xFFFF0000);
        int bytes = 2 * Interleaving.ROWS * type.blockBytes();
        // Pairs left until a tile's lower parts end, where there are some.
        Label pair = a.label();
        Label tail = a.label();
        Label odd = a.label();
        Label fill = a.label();
        Label done = a.label();
        a.mov(R9, TokenTiles.COLUMNS / 2);
        a.sub(RCX, 2);
        a.jcc(Cond.L, tail);
        a.align(32);
        a.bind(pair);
        a.prefetcht1(mem(R10));
        if (bytes > LINE) a.prefetcht1(mem(R10, LINE));
        load(true);
        next();
        a.add(RSI, bytes);
        a.add(R10, bytes);
        a.sub(RCX, 2);
        a.jcc(Cond.GE, pair);
        a.bind(tail);
        a.cmp(RCX, -2);
        a.jcc(Cond.NE, odd);
        a.bind(fill);
        a.cmp(R9, TokenTiles.COLUMNS / 2);
        a.jcc(Cond.E, done);
        simd.zero(v(0));
        simd.zero(v(1));
        next();
        a.jmp(fill);
        a.bind(odd);
        load(false);
        next();
        a.jmp(fill);
        a.bind(done);
        return simd.finish();
    }

    /** Two columns, or one and zeros, to a line for the panel in v0 and one of lower parts in v1. */
    private void load(boolean both) {
        Vec even = v(0);
        Vec odd = v(1);
        switch (type) {
            case BF16 -> {
                if (both) a.vmovups(even, mem(RSI));
                else a.vmovups(even.y(), mem(RSI));
                a.vpermw(even, v(PAIRS), even);
            }
            case F32 -> {
                a.vmovups(even, mem(RSI));
                if (both) a.vmovups(odd, mem(RSI, LINE));
                else simd.zero(odd);
                a.vcvtne2ps2bf16(even, odd, even);
                a.vpermw(even, v(PAIRS), even);
            }
            case F16 -> {
                a.vcvtph2ps(even, mem(RSI));
                if (both) a.vcvtph2ps(odd, mem(RSI, LINE / 2));
                else simd.zero(odd);
                // What is left without the higher parts, then both parts of each into one word.
                a.vpandd(v(2), even, v(MANTISSA));
                a.vpandd(v(3), odd, v(MANTISSA));
                a.vsubps(even, even, v(2));
                a.vsubps(odd, odd, v(3));
                a.vpsrld(even, even, 16);
                a.vpord(odd, odd, even);
                a.vpsrld(v(2), v(2), 16);
                a.vpord(even, v(3), v(2));
            }
            default -> throw new IllegalArgumentException(type.toString());
        }
    }

    /** Stores a line and goes on to the next one, past a tile's lower parts at its end. */
    private void next() {
        a.vmovups(mem(R8), v(0));
        if (split(type)) a.vmovups(mem(R8, TokenTiles.TILE_BYTES), v(1));
        a.add(R8, LINE);
        a.dec(R9);
        Label inside = a.label();
        a.jcc(Cond.NE, inside);
        a.mov(R9, TokenTiles.COLUMNS / 2);
        if (split(type)) a.add(R8, TokenTiles.TILE_BYTES);
        a.bind(inside);
    }
}

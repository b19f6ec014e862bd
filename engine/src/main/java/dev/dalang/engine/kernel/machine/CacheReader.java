package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.EAX;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;

/** Emits code that reads a page of a key-value cache, the rows of one head, as floats. */
final class CacheReader {

    /** Positions in a page. */
    static final int PAGE = 32;

    private static final int LINE = 64;

    private final Simd simd;
    private final Assembler a;

    CacheReader(Simd simd) {
        this.simd = simd;
        this.a = simd.assembler();
    }

    /** Floats from a row to the next in working memory. */
    static int stride(int elements) {
        return (elements + 31) / 32 * 32;
    }

    private static int rowBytes(BlockType type, int elements) {
        return elements / type.blockElements() * type.blockBytes();
    }

    /** Asks for the part of a page at a base that is one of {@code parts}' due, and goes on there. */
    void ahead(Gp base, BlockType type, int elements, int parts) {
        int lines = (PAGE * rowBytes(type, elements) + LINE - 1) / LINE;
        int due = (lines + parts - 1) / parts;
        for (int i = 0; i < due; i++) a.prefetcht1(mem(base, LINE * i));
        a.add(base, LINE * due);
    }

    /**
     * Rows at rsi to floats at rcx. Up to 64 bytes are read beyond the last row. Uses rax, r8 and the first three
     * registers.
     *
     * @param ahead whether to ask for what comes {@code r9} bytes further
     */
    void rows(BlockType type, int elements, boolean ahead) {
        int rowBytes = rowBytes(type, elements);
        a.mov(R8, PAGE);
        a.align(16);
        Label row = a.here();
        for (int at = 0; ahead && at < rowBytes; at += LINE) a.prefetcht0(mem(RSI, R9, 1, at));
        for (int i = 0; i < elements; i += type.blockElements() == 1 ? simd.lanes() : type.blockElements()) {
            Mem from = mem(RSI, i / type.blockElements() * type.blockBytes());
            switch (type) {
                case F32 -> {
                    simd.load(simd.vec(0), from);
                    put(simd.vec(0), i);
                }
                case F16 -> {
                    a.vcvtph2ps(simd.vec(0), from);
                    put(simd.vec(0), i);
                }
                case BF16 -> {
                    a.vpmovzxwd(simd.vec(0), from);
                    a.vpslld(simd.vec(0), simd.vec(0), 16);
                    put(simd.vec(0), i);
                }
                case Q8_0 -> bytes(from, i);
                case Q4_0 -> nibbles(from, i);
                default -> throw new IllegalArgumentException(type.toString());
            }
        }
        a.add(RSI, rowBytes);
        a.add(RCX, 4 * stride(elements));
        a.dec(R8);
        a.jcc(Cond.NE, row);
    }

    private void put(Vec v, int element) {
        a.vmovups(mem(RCX, 4 * element), v);
    }

    private Vec scale(Mem block) {
        Vec scale = simd.vec(1);
        a.movzx16(EAX, block);
        a.vmovd(scale.x(), EAX);
        a.vcvtph2ps(scale.x(), scale.x());
        a.vbroadcastss(scale, scale.x());
        return scale;
    }

    private void bytes(Mem block, int element) {
        Vec scale = scale(block);
        for (int i = 0; i < 32; i += simd.lanes()) {
            Vec v = simd.vec(0);
            a.vpmovsxbd(v, block.plus(2 + i));
            a.vcvtdq2ps(v, v);
            a.vmulps(v, v, scale);
            put(v, element + i);
        }
    }

    private void nibbles(Mem block, int element) {
        Vec scale = scale(block);
        for (int i = 0; i < 16; i += simd.lanes()) {
            Vec low = simd.vec(0);
            Vec high = simd.vec(2);
            a.vpmovzxbd(high, block.plus(2 + i));
            if (simd.wide()) a.vpandd(low, high, simd.lanesOf(15));
            else a.vpand(low, high, simd.lanesOf(15));
            a.vpsrld(high, high, 4);
            nibble(low, scale, element + i);
            nibble(high, scale, element + 16 + i);
        }
    }

    private void nibble(Vec v, Vec scale, int element) {
        a.vpsubd(v, v, simd.lanesOf(8));
        a.vcvtdq2ps(v, v);
        a.vmulps(v, v, scale);
        put(v, element);
    }

    /**
     * The first {@code elements} of rows of floats at rcx, {@code stride} floats apart, to columns at rdx, one after the
     * other. Uses r8 and the first eight registers.
     */
    void transpose(int elements, int stride) {
        int bytes = 4 * stride;
        a.mov(R8, (elements + 3) / 4);
        a.align(16);
        Label quad = a.here();
        for (int first = 0; first < PAGE; first += simd.lanes()) {
            square(RCX, first * bytes, bytes);
            for (int e = 0; e < 4; e++) a.vmovups(mem(RDX, 4 * (e * PAGE + first)), simd.vec(e));
        }
        a.add(RCX, 16);
        a.add(RDX, 4 * 4 * PAGE);
        a.dec(R8);
        a.jcc(Cond.NE, quad);
    }

    /** Four elements of as many rows as there are lanes, to the first four registers; uses four more. */
    void square(Gp base, int at, int bytes) {
        // Lane by lane of 128 bits, a square of four positions by four elements.
        for (int k = 0; k < 4; k++) {
            Vec r = simd.vec(k);
            a.vmovups(r.x(), mem(base, at + k * bytes));
            a.vinsertf128(r.y(), r.y(), mem(base, at + (4 + k) * bytes), 1);
            if (!simd.wide()) continue;
            a.vinsertf32x4(r, r, mem(base, at + (8 + k) * bytes), 2);
            a.vinsertf32x4(r, r, mem(base, at + (12 + k) * bytes), 3);
        }
        a.vunpcklps(simd.vec(4), simd.vec(0), simd.vec(1));
        a.vunpckhps(simd.vec(5), simd.vec(0), simd.vec(1));
        a.vunpcklps(simd.vec(6), simd.vec(2), simd.vec(3));
        a.vunpckhps(simd.vec(7), simd.vec(2), simd.vec(3));
        a.vunpcklpd(simd.vec(0), simd.vec(4), simd.vec(6));
        a.vunpckhpd(simd.vec(1), simd.vec(4), simd.vec(6));
        a.vunpcklpd(simd.vec(2), simd.vec(5), simd.vec(7));
        a.vunpckhpd(simd.vec(3), simd.vec(5), simd.vec(7));
    }
}

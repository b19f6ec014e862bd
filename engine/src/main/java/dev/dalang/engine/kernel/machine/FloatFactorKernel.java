package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R11;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.ymm;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Vec;

/**
 * Copies a few rows of a factor of a float product, or columns of the other, to the order of the sum: {@code
 * [depth][width]}, as {@link FloatGemmKernel} reads them. In registers of 256 bits whatever the processor: it is as fast
 * as its stores.
 */
public final class FloatFactorKernel {

    /** The words that the kernel takes. */
    public enum Words implements Word {
        /** Address of the first line in memory. */
        SOURCE,
        /** Bytes from one line to the next. */
        STRIDE,
        /** Elements along the sum; {@link #LEAST} at least where the lines run along it. */
        DEPTH,
        TARGET
    }

    /** Lines and elements that are transposed at a time. */
    public static final int LEAST = 8;

    private final Assembler a = new Assembler();
    private final int width;

    private FloatFactorKernel(int width) {
        if (width % 2 > 0) throw new IllegalArgumentException("an odd width: " + width);
        this.width = width;
    }

    /** The code for {@code width} lines along the sum. */
    public static Assembler along(int width) {
        return new FloatFactorKernel(width).along();
    }

    /** The code for lines across the sum, of {@code width} elements each. */
    public static Assembler across(int width) {
        return new FloatFactorKernel(width).across();
    }

    /*
     * rsi lines  r8 stride  r11 three times as much  rcx elements left  rdx target  r10, rax eight of the lines
     */
    private Assembler along() {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(R8, Words.STRIDE.at(RDI));
        a.mov(RCX, Words.DEPTH.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.lea(R11, mem(R8, R8, 2));
        Label done = a.label();
        a.align(32);
        Label block = a.here();
        a.mov(R10, RSI);
        for (int first = 0; first < width; first += LEAST) {
            a.lea(RAX, mem(R10, R8, 4));
            transpose(first, Math.min(LEAST, width - first));
            a.lea(R10, mem(RAX, R8, 4));
        }
        a.add(RSI, 4 * LEAST);
        a.add(RDX, 4 * LEAST * width);
        a.sub(RCX, LEAST);
        a.jcc(Cond.E, done);
        a.cmp(RCX, LEAST);
        a.jcc(Cond.GE, block);
        // The last eight elements, some of them a second time.
        a.mov(RAX, LEAST);
        a.sub(RAX, RCX);
        a.shl(RAX, 2);
        a.sub(RSI, RAX);
        a.imul(RAX, RAX, width);
        a.sub(RDX, RAX);
        a.mov(RCX, LEAST);
        a.jmp(block);
        a.bind(done);
        a.vzeroupper();
        a.ret();
        return a;
    }

    private void transpose(int first, int lines) {
        for (int i = 0; i < lines; i++) {
            Gp base = i < 4 ? R10 : RAX;
            a.vmovups(ymm(i), i % 4 == 0 ? mem(base) : i % 4 == 3 ? mem(base, R11, 1) : mem(base, R8, i % 4));
        }
        for (int i = 0; i < LEAST; i += 2) {
            Vec even = ymm(Math.min(i, lines - 1));
            Vec odd = ymm(Math.min(i + 1, lines - 1));
            a.vunpcklps(ymm(8 + i), even, odd);
            a.vunpckhps(ymm(9 + i), even, odd);
        }
        // Then four elements of four lines each: half h of register i + j is element 4h + j of lines i to i + 3.
        for (int i = 0; i < LEAST; i += 4) {
            a.vunpcklpd(ymm(i), ymm(8 + i), ymm(10 + i));
            a.vunpckhpd(ymm(i + 1), ymm(8 + i), ymm(10 + i));
            a.vunpcklpd(ymm(i + 2), ymm(9 + i), ymm(11 + i));
            a.vunpckhpd(ymm(i + 3), ymm(9 + i), ymm(11 + i));
        }
        for (int j = 0; j < 4; j++) {
            a.vperm2f128(ymm(8 + j), ymm(j), ymm(4 + j), 0x20);
            a.vperm2f128(ymm(12 + j), ymm(j), ymm(4 + j), 0x31);
        }
        for (int j = 0; j < LEAST; j++) store(4 * (j * width + first), ymm(8 + j), lines);
    }

    /** The first {@code count} elements of a register. */
    private void store(int disp, Vec v, int count) {
        if (count == LEAST) {
            a.vmovups(mem(RDX, disp), v);
            return;
        }
        int left = count;
        if (count >= 4) {
            a.vmovups(mem(RDX, disp), v.x());
            left -= 4;
            if (left > 0) a.vextractf128(v.x(), v, 1);
        }
        if (left > 0) a.vmovq(mem(RDX, disp + 4 * (count - left)), v.x());
    }

    /*
     * rsi a line  r8 stride  rcx lines left  rdx target  rax two elements
     */
    private Assembler across() {
        a.mov(RSI, Words.SOURCE.at(RDI));
        a.mov(R8, Words.STRIDE.at(RDI));
        a.mov(RCX, Words.DEPTH.at(RDI));
        a.mov(RDX, Words.TARGET.at(RDI));
        a.align(32);
        Label line = a.here();
        // Lines lie too far from each other for the processor to guess the next ones.
        a.prefetcht0(mem(RSI, R8, 8));
        int at = 0;
        for (; at + 8 <= width; at += 8) {
            a.vmovups(ymm(0), mem(RSI, 4 * at));
            a.vmovups(mem(RDX, 4 * at), ymm(0));
        }
        if (at + 4 <= width) {
            a.vmovups(ymm(0).x(), mem(RSI, 4 * at));
            a.vmovups(mem(RDX, 4 * at), ymm(0).x());
            at += 4;
        }
        if (at < width) {
            a.mov(RAX, mem(RSI, 4 * at));
            a.mov(mem(RDX, 4 * at), RAX);
        }
        a.add(RSI, R8);
        a.add(RDX, 4 * width);
        a.dec(RCX);
        a.jcc(Cond.NE, line);
        a.vzeroupper();
        a.ret();
        return a;
    }
}

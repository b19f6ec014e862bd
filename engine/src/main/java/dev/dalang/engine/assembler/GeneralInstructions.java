package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.vex;

/** Integers, addresses and the flow of control. Operand size is that of the general register. */
interface GeneralInstructions extends Instructions {

    default void mov(Gp d, GpMem s) {
        general(0x8B, d, s);
    }

    default void mov(Mem d, Gp s) {
        general(0x89, s, d);
    }

    /** The shortest form that loads the value: most clear or extend the upper half. */
    default void mov(Gp d, long imm) {
        Encoder e = encoder();
        if (!d.is64() && imm != (int) imm && imm >>> 32 != 0) throw new IllegalArgumentException("not 32 bits: " + imm);
        boolean unsigned = imm >>> 32 == 0;
        if (!d.is64() || unsigned) {
            if (d.number() > 7) e.out().put8(0x41);
            e.out().put8(0xB8 | d.number() & 7);
            e.out().put32((int) imm);
        } else if (imm == (int) imm) {
            e.legacy(0, true, 0xC7, 0, d, 4);
            e.out().put32((int) imm);
        } else {
            e.out().put(0x48 | d.number() >> 3, 0xB8 | d.number() & 7);
            e.out().put64(imm);
        }
    }

    default void mov8(Mem d, Gp s) {
        encoder().legacy(0, false, s.number() > 3, 0x88, s.number(), d, 0);
    }

    default void mov16(Mem d, Gp s) {
        encoder().legacy(0x66, false, 0x89, s.number(), d, 0);
    }

    /** A byte, extended with zeros. */
    default void movzx8(Gp d, GpMem s) {
        encoder().legacy(0, d.is64(), s instanceof Gp g && g.number() > 3, 0x0FB6, d.number(), s, 0);
    }

    /** A word, extended with zeros. */
    default void movzx16(Gp d, GpMem s) {
        encoder().legacy(0, d.is64(), 0x0FB7, d.number(), s, 0);
    }

    /** A byte, extended with its sign. */
    default void movsx8(Gp d, GpMem s) {
        encoder().legacy(0, d.is64(), s instanceof Gp g && g.number() > 3, 0x0FBE, d.number(), s, 0);
    }

    /** A word, extended with its sign. */
    default void movsx16(Gp d, GpMem s) {
        encoder().legacy(0, d.is64(), 0x0FBF, d.number(), s, 0);
    }

    /** 32 bits to 64, with their sign. */
    default void movsxd(Gp d, GpMem s) {
        if (!d.is64()) throw new IllegalArgumentException("to 64 bits only: " + d);
        if (s instanceof Gp g && g.is64()) throw new IllegalArgumentException("from 32 bits only: " + g);
        encoder().legacy(0, true, 0x63, d.number(), s, 0);
    }

    default void lea(Gp d, Mem s) {
        general(0x8D, d, s);
    }

    default void cmov(Cond c, Gp d, GpMem s) {
        general(0x0F40 | c.ordinal(), d, s);
    }

    // Arithmetic.

    default void add(Gp d, GpMem s) {
        general(0x03, d, s);
    }

    default void add(Mem d, Gp s) {
        general(0x01, s, d);
    }

    default void add(Gp d, int imm) {
        immediate(0, d, imm);
    }

    default void or(Gp d, GpMem s) {
        general(0x0B, d, s);
    }

    default void or(Gp d, int imm) {
        immediate(1, d, imm);
    }

    default void and(Gp d, GpMem s) {
        general(0x23, d, s);
    }

    default void and(Gp d, int imm) {
        immediate(4, d, imm);
    }

    default void sub(Gp d, GpMem s) {
        general(0x2B, d, s);
    }

    default void sub(Gp d, int imm) {
        immediate(5, d, imm);
    }

    default void xor(Gp d, GpMem s) {
        general(0x33, d, s);
    }

    default void xor(Gp d, int imm) {
        immediate(6, d, imm);
    }

    default void cmp(Gp a, GpMem b) {
        general(0x3B, a, b);
    }

    default void cmp(Gp a, int imm) {
        immediate(7, a, imm);
    }

    default void test(Gp a, Gp b) {
        general(0x85, b, a);
    }

    default void test(Gp a, int imm) {
        encoder().legacy(0, a.is64(), 0xF7, 0, a, 4);
        encoder().out().put32(imm);
    }

    default void imul(Gp d, GpMem s) {
        general(0x0FAF, d, s);
    }

    default void imul(Gp d, GpMem s, int imm) {
        boolean small = imm == (byte) imm;
        sameSize(d, s);
        encoder().legacy(0, d.is64(), small ? 0x6B : 0x69, d.number(), s, small ? 1 : 4);
        if (small) encoder().out().put8(imm);
        else encoder().out().put32(imm);
    }

    default void inc(Gp d) {
        encoder().legacy(0, d.is64(), 0xFF, 0, d, 0);
    }

    default void dec(Gp d) {
        encoder().legacy(0, d.is64(), 0xFF, 1, d, 0);
    }

    default void not(Gp d) {
        encoder().legacy(0, d.is64(), 0xF7, 2, d, 0);
    }

    default void neg(Gp d) {
        encoder().legacy(0, d.is64(), 0xF7, 3, d, 0);
    }

    default void shl(Gp d, int imm) {
        shift(4, d, imm);
    }

    default void shr(Gp d, int imm) {
        shift(5, d, imm);
    }

    default void sar(Gp d, int imm) {
        shift(7, d, imm);
    }

    /** s shifted by the lowest bits of the count, flags left alone (BMI2). */
    default void shlx(Gp d, GpMem s, Gp count) {
        bmi2(P66, 0xF7, d, s, count);
    }

    default void shrx(Gp d, GpMem s, Gp count) {
        bmi2(PF2, 0xF7, d, s, count);
    }

    /** s with all bits from the given number on cleared (BMI2): bzhi of all ones makes the mask of a vector's odd end. */
    default void bzhi(Gp d, GpMem s, Gp number) {
        bmi2(NP, 0xF5, d, s, number);
    }

    /** How many zeros stand below the lowest one (BMI1, part of every processor with AVX2). */
    default void tzcnt(Gp d, GpMem s) {
        sameSize(d, s);
        encoder().legacy(0xF3, d.is64(), 0x0FBC, d.number(), s, 0);
    }

    default void popcnt(Gp d, GpMem s) {
        sameSize(d, s);
        encoder().legacy(0xF3, d.is64(), 0x0FB8, d.number(), s, 0);
    }

    // Flow of control.

    default void jmp(Label to) {
        encoder().out().put8(0xE9);
        encoder().out().putDistance(to, 0, 0);
    }

    default void jmp(Gp to) {
        branch(4, to);
    }

    default void jcc(Cond c, Label to) {
        encoder().out().put(0x0F, 0x80 | c.ordinal());
        encoder().out().putDistance(to, 0, 0);
    }

    default void call(Label to) {
        encoder().out().put8(0xE8);
        encoder().out().putDistance(to, 0, 0);
    }

    default void call(Gp to) {
        branch(2, to);
    }

    default void ret() {
        encoder().out().put8(0xC3);
    }

    default void push(Gp s) {
        stack(0x50, s);
    }

    default void pop(Gp d) {
        stack(0x58, d);
    }

    // The rest.

    default void cpuid() {
        encoder().out().put(0x0F, 0xA2);
    }

    default void xgetbv() {
        encoder().out().put(0x0F, 0x01, 0xD0);
    }

    default void prefetchnta(Mem m) {
        encoder().legacy(0, false, 0x0F18, 0, m, 0);
    }

    default void prefetcht0(Mem m) {
        encoder().legacy(0, false, 0x0F18, 1, m, 0);
    }

    default void prefetcht1(Mem m) {
        encoder().legacy(0, false, 0x0F18, 2, m, 0);
    }

    default void prefetcht2(Mem m) {
        encoder().legacy(0, false, 0x0F18, 3, m, 0);
    }

    default void vzeroupper() {
        encoder().out().put(0xC5, 0xF8, 0x77);
    }

    private void bmi2(Op.Prefix prefix, int opcode, Gp d, GpMem s, Gp last) {
        sameSize(d, s);
        sameSize(d, last);
        Op op = vex(prefix, M0F38, W0, opcode, FULL_MEM);
        encoder().vex(op, d.is64(), false, d.number(), last.number(), s, 0);
    }

    private void general(int opcode, Gp reg, GpMem rm) {
        sameSize(reg, rm);
        encoder().legacy(0, reg.is64(), opcode, reg.number(), rm, 0);
    }

    private void immediate(int extension, Gp d, int imm) {
        boolean small = imm == (byte) imm;
        encoder().legacy(0, d.is64(), small ? 0x83 : 0x81, extension, d, small ? 1 : 4);
        if (small) encoder().out().put8(imm);
        else encoder().out().put32(imm);
    }

    private void shift(int extension, Gp d, int imm) {
        if (imm < 0 || imm >= (d.is64() ? 64 : 32)) throw new IllegalArgumentException("no shift by " + imm);
        encoder().legacy(0, d.is64(), 0xC1, extension, d, 1);
        encoder().out().put8(imm);
    }

    private void branch(int extension, Gp to) {
        if (!to.is64()) throw new IllegalArgumentException("addresses have 64 bits: " + to);
        encoder().legacy(0, false, 0xFF, extension, to, 0);
    }

    private void stack(int opcode, Gp r) {
        if (!r.is64()) throw new IllegalArgumentException("the stack holds 64 bits: " + r);
        if (r.number() > 7) encoder().out().put8(0x41);
        encoder().out().put8(opcode | r.number() & 7);
    }

    private static void sameSize(Gp a, GpMem b) {
        if (b instanceof Gp g && g.is64() != a.is64())
            throw new IllegalArgumentException("sizes differ: " + a + ", " + b);
    }
}

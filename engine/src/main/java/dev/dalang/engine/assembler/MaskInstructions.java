package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.W1;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Mask registers of AVX-512: b, w, d, q work on 8, 16, 32 and 64 bits of them. */
interface MaskInstructions extends Instructions {

    // Masks from the top bits of elements, elements of all ones from masks, bits to general registers.

    default void vpmovb2m(Mask d, Vec s) {
        encoder().fromVector(evex(PF3, M0F38, W0, 0x29, FULL_MEM).unmasked(), d, s);
    }

    default void vpmovw2m(Mask d, Vec s) {
        encoder().fromVector(evex(PF3, M0F38, W1, 0x29, FULL_MEM).unmasked(), d, s);
    }

    default void vpmovd2m(Mask d, Vec s) {
        encoder().fromVector(evex(PF3, M0F38, W0, 0x39, FULL_MEM).unmasked(), d, s);
    }

    default void vpmovm2b(Vec d, Mask s) {
        encoder().fromMask(evex(PF3, M0F38, W0, 0x28, FULL_MEM).unmasked(), d, s);
    }

    default void vpmovm2w(Vec d, Mask s) {
        encoder().fromMask(evex(PF3, M0F38, W1, 0x28, FULL_MEM).unmasked(), d, s);
    }

    default void vpmovm2d(Vec d, Mask s) {
        encoder().fromMask(evex(PF3, M0F38, W0, 0x38, FULL_MEM).unmasked(), d, s);
    }

    default void vmovmskps(Gp d, Vec s) {
        encoder().fromVector(vex(NP, M0F, W0, 0x50, FULL_MEM), d, s);
    }

    default void vpmovmskb(Gp d, Vec s) {
        encoder().fromVector(vex(P66, M0F, W0, 0xD7, FULL_MEM), d, s);
    }

    // Between masks, memory and general registers; logic.

    default void kmovb(Mask d, Mask s) {
        encoder().vex(vex(P66, M0F, W0, 0x90, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovb(Mask d, Mem s) {
        encoder().vex(vex(P66, M0F, W0, 0x90, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovb(Mem d, Mask s) {
        encoder().vex(vex(P66, M0F, W0, 0x91, FULL_MEM), false, false, s.number(), 0, d, 0);
    }

    default void kmovb(Mask d, Gp s) {
        encoder().vex(vex(P66, M0F, W0, 0x92, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovb(Gp d, Mask s) {
        encoder().vex(vex(P66, M0F, W0, 0x93, FULL_MEM), false, false, number(d, false), 0, s, 0);
    }

    default void kmovw(Mask d, Mask s) {
        encoder().vex(vex(NP, M0F, W0, 0x90, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovw(Mask d, Mem s) {
        encoder().vex(vex(NP, M0F, W0, 0x90, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovw(Mem d, Mask s) {
        encoder().vex(vex(NP, M0F, W0, 0x91, FULL_MEM), false, false, s.number(), 0, d, 0);
    }

    default void kmovw(Mask d, Gp s) {
        encoder().vex(vex(NP, M0F, W0, 0x92, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovw(Gp d, Mask s) {
        encoder().vex(vex(NP, M0F, W0, 0x93, FULL_MEM), false, false, number(d, false), 0, s, 0);
    }

    default void kmovd(Mask d, Mask s) {
        encoder().vex(vex(P66, M0F, W1, 0x90, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kmovd(Mask d, Mem s) {
        encoder().vex(vex(P66, M0F, W1, 0x90, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kmovd(Mem d, Mask s) {
        encoder().vex(vex(P66, M0F, W1, 0x91, FULL_MEM), true, false, s.number(), 0, d, 0);
    }

    default void kmovd(Mask d, Gp s) {
        encoder().vex(vex(PF2, M0F, W0, 0x92, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void kmovd(Gp d, Mask s) {
        encoder().vex(vex(PF2, M0F, W0, 0x93, FULL_MEM), false, false, number(d, false), 0, s, 0);
    }

    default void kmovq(Mask d, Mask s) {
        encoder().vex(vex(NP, M0F, W1, 0x90, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kmovq(Mask d, Mem s) {
        encoder().vex(vex(NP, M0F, W1, 0x90, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kmovq(Mem d, Mask s) {
        encoder().vex(vex(NP, M0F, W1, 0x91, FULL_MEM), true, false, s.number(), 0, d, 0);
    }

    default void kmovq(Mask d, Gp s) {
        encoder().vex(vex(PF2, M0F, W1, 0x92, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kmovq(Gp d, Mask s) {
        encoder().vex(vex(PF2, M0F, W1, 0x93, FULL_MEM), true, false, number(d, true), 0, s, 0);
    }

    default void kandb(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x41, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kandw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x41, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kandd(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x41, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kandq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x41, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kandnb(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x42, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kandnw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x42, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kandnd(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x42, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kandnq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x42, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void korb(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x45, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void korw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x45, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kord(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x45, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void korq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x45, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kxnorb(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x46, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kxnorw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x46, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kxnord(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x46, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kxnorq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x46, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kxorb(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x47, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kxorw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x47, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kxord(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x47, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kxorq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x47, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void kunpckbw(Mask d, Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x4B, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kunpckwd(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x4B, FULL_MEM), false, true, d.number(), a.number(), b, 0);
    }

    default void kunpckdq(Mask d, Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x4B, FULL_MEM), true, true, d.number(), a.number(), b, 0);
    }

    default void knotb(Mask d, Mask s) {
        encoder().vex(vex(P66, M0F, W0, 0x44, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void knotw(Mask d, Mask s) {
        encoder().vex(vex(NP, M0F, W0, 0x44, FULL_MEM), false, false, d.number(), 0, s, 0);
    }

    default void knotd(Mask d, Mask s) {
        encoder().vex(vex(P66, M0F, W1, 0x44, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void knotq(Mask d, Mask s) {
        encoder().vex(vex(NP, M0F, W1, 0x44, FULL_MEM), true, false, d.number(), 0, s, 0);
    }

    default void kortestb(Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W0, 0x98, FULL_MEM), false, false, a.number(), 0, b, 0);
    }

    default void kortestw(Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W0, 0x98, FULL_MEM), false, false, a.number(), 0, b, 0);
    }

    default void kortestd(Mask a, Mask b) {
        encoder().vex(vex(P66, M0F, W1, 0x98, FULL_MEM), true, false, a.number(), 0, b, 0);
    }

    default void kortestq(Mask a, Mask b) {
        encoder().vex(vex(NP, M0F, W1, 0x98, FULL_MEM), true, false, a.number(), 0, b, 0);
    }

    default void kshiftlb(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W0, 0x32, FULL_MEM), false, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftlw(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W1, 0x32, FULL_MEM), true, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftld(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W0, 0x33, FULL_MEM), false, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftlq(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W1, 0x33, FULL_MEM), true, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftrb(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W0, 0x30, FULL_MEM), false, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftrw(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W1, 0x30, FULL_MEM), true, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftrd(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W0, 0x31, FULL_MEM), false, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    default void kshiftrq(Mask d, Mask s, int imm) {
        encoder().vex(vex(P66, M0F3A, W1, 0x31, FULL_MEM), true, false, d.number(), 0, s, 1);
        encoder().out().put8(imm);
    }

    private static int number(Gp d, boolean is64) {
        if (d.is64() != is64) throw new IllegalArgumentException("no form with " + d);
        return d.number();
    }
}

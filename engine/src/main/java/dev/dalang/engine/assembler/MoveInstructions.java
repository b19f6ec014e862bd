package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.BYTE;
import static dev.dalang.engine.assembler.Op.Tuple.DWORD;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.M128;
import static dev.dalang.engine.assembler.Op.Tuple.M256;
import static dev.dalang.engine.assembler.Op.Tuple.QWORD;
import static dev.dalang.engine.assembler.Op.Tuple.WORD;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.W1;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Vectors from and to memory and registers, and one element to all places. */
interface MoveInstructions extends Instructions {

    // Whole vectors.

    default void vmovups(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x10, FULL_MEM), d, b);
    }

    default void vmovups(Mem d, Vec s) {
        encoder().mr(both(NP, M0F, W0, 0x11, FULL_MEM), d, s);
    }

    default void vmovaps(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x28, FULL_MEM), d, b);
    }

    default void vmovaps(Mem d, Vec s) {
        encoder().mr(both(NP, M0F, W0, 0x29, FULL_MEM), d, s);
    }

    default void vmovntps(Mem d, Vec s) {
        encoder().mr(both(NP, M0F, W0, 0x2B, FULL_MEM).unmasked(), d, s);
    }

    default void vmovdqu(Vec d, VecMem b) {
        encoder().rm(vex(PF3, M0F, W0, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqu(Mem d, Vec s) {
        encoder().mr(vex(PF3, M0F, W0, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqa(Vec d, VecMem b) {
        encoder().rm(vex(P66, M0F, W0, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqa(Mem d, Vec s) {
        encoder().mr(vex(P66, M0F, W0, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqu8(Vec d, VecMem b) {
        encoder().rm(evex(PF2, M0F, W0, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqu8(Mem d, Vec s) {
        encoder().mr(evex(PF2, M0F, W0, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqu16(Vec d, VecMem b) {
        encoder().rm(evex(PF2, M0F, W1, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqu16(Mem d, Vec s) {
        encoder().mr(evex(PF2, M0F, W1, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqu32(Vec d, VecMem b) {
        encoder().rm(evex(PF3, M0F, W0, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqu32(Mem d, Vec s) {
        encoder().mr(evex(PF3, M0F, W0, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqu64(Vec d, VecMem b) {
        encoder().rm(evex(PF3, M0F, W1, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqu64(Mem d, Vec s) {
        encoder().mr(evex(PF3, M0F, W1, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqa32(Vec d, VecMem b) {
        encoder().rm(evex(P66, M0F, W0, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqa32(Mem d, Vec s) {
        encoder().mr(evex(P66, M0F, W0, 0x7F, FULL_MEM), d, s);
    }

    default void vmovdqa64(Vec d, VecMem b) {
        encoder().rm(evex(P66, M0F, W1, 0x6F, FULL_MEM), d, b);
    }

    default void vmovdqa64(Mem d, Vec s) {
        encoder().mr(evex(P66, M0F, W1, 0x7F, FULL_MEM), d, s);
    }

    default void vmovntdq(Mem d, Vec s) {
        encoder().mr(both(P66, M0F, W0, 0xE7, FULL_MEM).unmasked(), d, s);
    }

    // Parts of vectors, where AVX2 has no masks: the sign bit of each element of a says whether it is moved.

    default void vmaskmovps(Vec d, Vec a, Mem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x2C, FULL_MEM), d, a, b);
    }

    default void vpmaskmovd(Vec d, Vec a, Mem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x8C, FULL_MEM), d, a, b);
    }

    // One element.

    default void vmovss(Vec d, Mem b) {
        encoder().rm(both(PF3, M0F, W0, 0x10, DWORD).only(128), d, b);
    }

    default void vmovss(Mem d, Vec s) {
        encoder().mr(both(PF3, M0F, W0, 0x11, DWORD).only(128), d, s);
    }

    default void vmovsd(Vec d, Mem b) {
        encoder().rm(both(PF2, M0F, WIG1, 0x10, QWORD).only(128), d, b);
    }

    default void vmovsd(Mem d, Vec s) {
        encoder().mr(both(PF2, M0F, WIG1, 0x11, QWORD).only(128), d, s);
    }

    default void vmovd(Vec d, GpMem s) {
        encoder().rg(both(P66, M0F, W0, 0x6E, DWORD).only(128).unmasked(), d, s);
    }

    default void vmovd(GpMem d, Vec s) {
        encoder().gr(both(P66, M0F, W0, 0x7E, DWORD).only(128).unmasked(), d, s);
    }

    default void vmovq(Vec d, GpMem s) {
        encoder().rg(both(P66, M0F, W1, 0x6E, QWORD).only(128).unmasked(), d, s);
    }

    default void vmovq(GpMem d, Vec s) {
        encoder().gr(both(P66, M0F, W1, 0x7E, QWORD).only(128).unmasked(), d, s);
    }

    default void vpinsrb(Vec d, Vec a, GpMem b, int imm) {
        encoder().rvgi(both(P66, M0F3A, W0, 0x20, BYTE).only(128).unmasked(), d, a, b, imm);
    }

    default void vpinsrw(Vec d, Vec a, GpMem b, int imm) {
        encoder().rvgi(both(P66, M0F, W0, 0xC4, WORD).only(128).unmasked(), d, a, b, imm);
    }

    default void vpinsrd(Vec d, Vec a, GpMem b, int imm) {
        encoder().rvgi(both(P66, M0F3A, W0, 0x22, DWORD).only(128).unmasked(), d, a, b, imm);
    }

    default void vpinsrq(Vec d, Vec a, GpMem b, int imm) {
        encoder().rvgi(both(P66, M0F3A, W1, 0x22, QWORD).only(128).unmasked(), d, a, b, imm);
    }

    default void vpextrb(GpMem d, Vec s, int imm) {
        encoder().gri(both(P66, M0F3A, W0, 0x14, BYTE).only(128).unmasked(), d, s, imm);
    }

    default void vpextrw(GpMem d, Vec s, int imm) {
        encoder().gri(both(P66, M0F3A, W0, 0x15, WORD).only(128).unmasked(), d, s, imm);
    }

    default void vpextrd(GpMem d, Vec s, int imm) {
        encoder().gri(both(P66, M0F3A, W0, 0x16, DWORD).only(128).unmasked(), d, s, imm);
    }

    default void vpextrq(GpMem d, Vec s, int imm) {
        encoder().gri(both(P66, M0F3A, W1, 0x16, QWORD).only(128).unmasked(), d, s, imm);
    }

    // One element, or a few, to all places.

    default void vbroadcastss(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x18, DWORD), d, b);
    }

    default void vbroadcastsd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, WIG1, 0x19, QWORD).from(256), d, b);
    }

    default void vpbroadcastb(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x78, BYTE), d, b);
    }

    default void vpbroadcastw(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x79, WORD), d, b);
    }

    default void vpbroadcastd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x58, DWORD), d, b);
    }

    default void vpbroadcastq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, WIG1, 0x59, QWORD), d, b);
    }

    default void vpbroadcastb(Vec d, Gp s) {
        encoder().rg(evex(P66, M0F38, W0, 0x7A, BYTE), d, s);
    }

    default void vpbroadcastw(Vec d, Gp s) {
        encoder().rg(evex(P66, M0F38, W0, 0x7B, WORD), d, s);
    }

    default void vpbroadcastd(Vec d, Gp s) {
        encoder().rg(evex(P66, M0F38, W0, 0x7C, DWORD), d, s);
    }

    default void vpbroadcastq(Vec d, Gp s) {
        encoder().rg(evex(P66, M0F38, W1, 0x7C, QWORD), d, s);
    }

    default void vbroadcastf128(Vec d, Mem b) {
        encoder().rm(vex(P66, M0F38, W0, 0x1A, M128).only(256), d, b);
    }

    default void vbroadcasti128(Vec d, Mem b) {
        encoder().rm(vex(P66, M0F38, W0, 0x5A, M128).only(256), d, b);
    }

    default void vbroadcastf32x4(Vec d, Mem b) {
        encoder().rm(evex(P66, M0F38, W0, 0x1A, M128).from(256), d, b);
    }

    default void vbroadcasti32x4(Vec d, Mem b) {
        encoder().rm(evex(P66, M0F38, W0, 0x5A, M128).from(256), d, b);
    }

    default void vbroadcastf64x4(Vec d, Mem b) {
        encoder().rm(evex(P66, M0F38, W1, 0x1B, M256).from(512), d, b);
    }

    default void vbroadcasti64x4(Vec d, Mem b) {
        encoder().rm(evex(P66, M0F38, W1, 0x5B, M256).from(512), d, b);
    }

    default void vmaskmovps(Mem d, Vec a, Vec s) {
        encoder().rvm(vex(P66, M0F38, W0, 0x2E, FULL_MEM), s, a, d);
    }

    default void vpmaskmovd(Mem d, Vec a, Vec s) {
        encoder().rvm(vex(P66, M0F38, W0, 0x8E, FULL_MEM), s, a, d);
    }
}

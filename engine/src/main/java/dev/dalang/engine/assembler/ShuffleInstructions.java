package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.FULL;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.M128;
import static dev.dalang.engine.assembler.Op.Tuple.M256;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.W1;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Elements to other places. */
interface ShuffleInstructions extends Instructions {

    default void vpshufb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x00, FULL_MEM), d, a, b);
    }

    default void vpshufd(Vec d, VecMem b, int imm) {
        encoder().rmi(both(P66, M0F, W0, 0x70, FULL), d, b, imm);
    }

    default void vpshuflw(Vec d, VecMem b, int imm) {
        encoder().rmi(both(PF2, M0F, W0, 0x70, FULL_MEM), d, b, imm);
    }

    default void vpshufhw(Vec d, VecMem b, int imm) {
        encoder().rmi(both(PF3, M0F, W0, 0x70, FULL_MEM), d, b, imm);
    }

    default void vshufps(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(both(NP, M0F, W0, 0xC6, FULL), d, a, b, imm);
    }

    default void vpermilps(Vec d, VecMem b, int imm) {
        encoder().rmi(both(P66, M0F3A, W0, 0x04, FULL), d, b, imm);
    }

    default void vpermilps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x0C, FULL), d, a, b);
    }

    default void vpalignr(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(both(P66, M0F3A, W0, 0x0F, FULL_MEM), d, a, b, imm);
    }

    default void valignd(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x03, FULL), d, a, b, imm);
    }

    // Two vectors interleaved, within each 128 bits.

    default void vpunpcklbw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x60, FULL_MEM), d, a, b);
    }

    default void vpunpcklwd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x61, FULL_MEM), d, a, b);
    }

    default void vpunpckldq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x62, FULL), d, a, b);
    }

    default void vpunpcklqdq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x6C, FULL), d, a, b);
    }

    default void vpunpckhbw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x68, FULL_MEM), d, a, b);
    }

    default void vpunpckhwd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x69, FULL_MEM), d, a, b);
    }

    default void vpunpckhdq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x6A, FULL), d, a, b);
    }

    default void vpunpckhqdq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x6D, FULL), d, a, b);
    }

    default void vunpcklps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x14, FULL), d, a, b);
    }

    default void vunpckhps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x15, FULL), d, a, b);
    }

    default void vunpcklpd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x14, FULL), d, a, b);
    }

    default void vunpckhpd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x15, FULL), d, a, b);
    }

    default void vmovshdup(Vec d, VecMem b) {
        encoder().rm(both(PF3, M0F, W0, 0x16, FULL_MEM), d, b);
    }

    default void vmovsldup(Vec d, VecMem b) {
        encoder().rm(both(PF3, M0F, W0, 0x12, FULL_MEM), d, b);
    }

    default void vmovhlps(Vec d, Vec a, Vec b) {
        encoder().rvm(both(NP, M0F, W0, 0x12, M128).only(128).unmasked(), d, a, b);
    }

    default void vmovlhps(Vec d, Vec a, Vec b) {
        encoder().rvm(both(NP, M0F, W0, 0x16, M128).only(128).unmasked(), d, a, b);
    }

    // Two vectors to one of narrower elements, saturated, within each 128 bits.

    default void vpacksswb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x63, FULL_MEM), d, a, b);
    }

    default void vpackssdw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x6B, FULL), d, a, b);
    }

    default void vpackuswb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0x67, FULL_MEM), d, a, b);
    }

    default void vpackusdw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x2B, FULL), d, a, b);
    }

    // Across the whole vector.

    default void vpermq(Vec d, VecMem b, int imm) {
        encoder().rmi(both(P66, M0F3A, W1, 0x00, FULL).from(256), d, b, imm);
    }

    default void vpermq(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x36, FULL).from(256), d, a, b);
    }

    default void vpermd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x36, FULL).from(256), d, a, b);
    }

    default void vpermps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x16, FULL).from(256), d, a, b);
    }

    default void vpermw(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x8D, FULL_MEM), d, a, b);
    }

    default void vpermb(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x8D, FULL_MEM), d, a, b);
    }

    // From two tables: with i the indices lie in d, with t the first table does.

    default void vpermi2b(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x75, FULL_MEM), d, a, b);
    }

    default void vpermi2w(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x75, FULL_MEM), d, a, b);
    }

    default void vpermi2d(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x76, FULL), d, a, b);
    }

    default void vpermi2ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x77, FULL), d, a, b);
    }

    default void vpermt2b(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x7D, FULL_MEM), d, a, b);
    }

    default void vpermt2w(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x7D, FULL_MEM), d, a, b);
    }

    default void vpermt2d(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x7E, FULL), d, a, b);
    }

    default void vpermt2ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x7F, FULL), d, a, b);
    }

    // Parts of 128 and 256 bits.

    default void vperm2f128(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x06, FULL_MEM).only(256), d, a, b, imm);
    }

    default void vperm2i128(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x46, FULL_MEM).only(256), d, a, b, imm);
    }

    default void vinsertf128(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x18, M128).only(256), d, a, b, imm);
    }

    default void vinserti128(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x38, M128).only(256), d, a, b, imm);
    }

    default void vinsertf32x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x18, M128).from(256), d, a, b, imm);
    }

    default void vinserti32x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x38, M128).from(256), d, a, b, imm);
    }

    default void vinsertf64x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W1, 0x1A, M256).from(512), d, a, b, imm);
    }

    default void vinserti64x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W1, 0x3A, M256).from(512), d, a, b, imm);
    }

    default void vextractf128(VecMem d, Vec s, int imm) {
        encoder().mri(vex(P66, M0F3A, W0, 0x19, M128).only(256), d, s, imm);
    }

    default void vextracti128(VecMem d, Vec s, int imm) {
        encoder().mri(vex(P66, M0F3A, W0, 0x39, M128).only(256), d, s, imm);
    }

    default void vextractf32x4(VecMem d, Vec s, int imm) {
        encoder().mri(evex(P66, M0F3A, W0, 0x19, M128).from(256), d, s, imm);
    }

    default void vextracti32x4(VecMem d, Vec s, int imm) {
        encoder().mri(evex(P66, M0F3A, W0, 0x39, M128).from(256), d, s, imm);
    }

    default void vextractf64x4(VecMem d, Vec s, int imm) {
        encoder().mri(evex(P66, M0F3A, W1, 0x1B, M256).from(512), d, s, imm);
    }

    default void vextracti64x4(VecMem d, Vec s, int imm) {
        encoder().mri(evex(P66, M0F3A, W1, 0x3B, M256).from(512), d, s, imm);
    }

    default void vshuff32x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x23, FULL).from(256), d, a, b, imm);
    }

    default void vshufi32x4(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x43, FULL).from(256), d, a, b, imm);
    }

    default void vshufi64x2(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W1, 0x43, FULL).from(256), d, a, b, imm);
    }

    // Blends: an element of b where the bit is set, else of a. With masks, d's mask decides.

    default void vblendps(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x0C, FULL_MEM), d, a, b, imm);
    }

    default void vpblendd(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x02, FULL_MEM), d, a, b, imm);
    }

    default void vpblendw(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(P66, M0F3A, W0, 0x0E, FULL_MEM), d, a, b, imm);
    }

    default void vpblendvb(Vec d, Vec a, VecMem b, Vec c) {
        encoder().rvmr(vex(P66, M0F3A, W0, 0x4C, FULL_MEM), d, a, b, c);
    }

    default void vblendmps(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x65, FULL), d, a, b);
    }

    default void vpblendmb(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x66, FULL_MEM), d, a, b);
    }

    default void vpblendmw(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x66, FULL_MEM), d, a, b);
    }

    default void vpblendmd(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x64, FULL), d, a, b);
    }
}

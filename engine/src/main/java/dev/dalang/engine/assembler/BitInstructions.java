package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.FULL;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.M128;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.W1;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Bits of vectors: logic, shifts, comparisons and what to do with their results. */
interface BitInstructions extends Instructions {

    default void vpand(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0xDB, FULL_MEM), d, a, b);
    }

    default void vpandd(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W0, 0xDB, FULL), d, a, b);
    }

    default void vpandq(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W1, 0xDB, FULL), d, a, b);
    }

    default void vpandn(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0xDF, FULL_MEM), d, a, b);
    }

    default void vpandnd(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W0, 0xDF, FULL), d, a, b);
    }

    default void vpandnq(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W1, 0xDF, FULL), d, a, b);
    }

    default void vpor(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0xEB, FULL_MEM), d, a, b);
    }

    default void vpord(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W0, 0xEB, FULL), d, a, b);
    }

    default void vporq(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W1, 0xEB, FULL), d, a, b);
    }

    default void vpxor(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0xEF, FULL_MEM), d, a, b);
    }

    default void vpxord(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W0, 0xEF, FULL), d, a, b);
    }

    default void vpxorq(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F, W1, 0xEF, FULL), d, a, b);
    }

    default void vpternlogd(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W0, 0x25, FULL), d, a, b, imm);
    }

    default void vpternlogq(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(evex(P66, M0F3A, W1, 0x25, FULL), d, a, b, imm);
    }

    // Shifts by an immediate.

    default void vpsllw(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x71, FULL_MEM), 6, d, s, imm);
    }

    default void vpsrlw(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x71, FULL_MEM), 2, d, s, imm);
    }

    default void vpsraw(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x71, FULL_MEM), 4, d, s, imm);
    }

    default void vpslld(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x72, FULL), 6, d, s, imm);
    }

    default void vpsrld(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x72, FULL), 2, d, s, imm);
    }

    default void vpsrad(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x72, FULL), 4, d, s, imm);
    }

    default void vpsllq(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, WIG1, 0x73, FULL), 6, d, s, imm);
    }

    default void vpsrlq(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, WIG1, 0x73, FULL), 2, d, s, imm);
    }

    default void vpslldq(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x73, FULL_MEM).unmasked(), 7, d, s, imm);
    }

    default void vpsrldq(Vec d, VecMem s, int imm) {
        encoder().vmi(both(P66, M0F, W0, 0x73, FULL_MEM).unmasked(), 3, d, s, imm);
    }

    default void vprold(Vec d, VecMem s, int imm) {
        encoder().vmi(evex(P66, M0F, W0, 0x72, FULL), 1, d, s, imm);
    }

    default void vprord(Vec d, VecMem s, int imm) {
        encoder().vmi(evex(P66, M0F, W0, 0x72, FULL), 0, d, s, imm);
    }

    // Shifts by the lowest 64 bits of b.

    default void vpsllw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF1, M128), d, a, b);
    }

    default void vpsrlw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xD1, M128), d, a, b);
    }

    default void vpsraw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xE1, M128), d, a, b);
    }

    default void vpslld(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF2, M128), d, a, b);
    }

    default void vpsrld(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xD2, M128), d, a, b);
    }

    default void vpsrad(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xE2, M128), d, a, b);
    }

    default void vpsllq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0xF3, M128), d, a, b);
    }

    default void vpsrlq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0xD3, M128), d, a, b);
    }

    // Shifts of each element by that of b.

    default void vpsllvw(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x12, FULL_MEM), d, a, b);
    }

    default void vpsrlvw(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x10, FULL_MEM), d, a, b);
    }

    default void vpsravw(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x11, FULL_MEM), d, a, b);
    }

    default void vpsllvd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x47, FULL), d, a, b);
    }

    default void vpsrlvd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x45, FULL), d, a, b);
    }

    default void vpsravd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x46, FULL), d, a, b);
    }

    default void vpsllvq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W1, 0x47, FULL), d, a, b);
    }

    default void vpsrlvq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W1, 0x45, FULL), d, a, b);
    }

    // Eight bits from any place of a quadword of b, for each byte of a.

    default void vpmultishiftqb(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W1, 0x83, FULL), d, a, b);
    }

    // Comparisons: all ones or all zeros in each element, or a mask.

    default void vpcmpeqb(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x74, FULL_MEM), d, a, b);
    }

    default void vpcmpeqb(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x74, FULL_MEM), d, a, b);
    }

    default void vpcmpeqw(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x75, FULL_MEM), d, a, b);
    }

    default void vpcmpeqw(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x75, FULL_MEM), d, a, b);
    }

    default void vpcmpeqd(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x76, FULL_MEM), d, a, b);
    }

    default void vpcmpeqd(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x76, FULL), d, a, b);
    }

    default void vpcmpeqq(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x29, FULL_MEM), d, a, b);
    }

    default void vpcmpeqq(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F38, W1, 0x29, FULL), d, a, b);
    }

    default void vpcmpgtb(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x64, FULL_MEM), d, a, b);
    }

    default void vpcmpgtb(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x64, FULL_MEM), d, a, b);
    }

    default void vpcmpgtw(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x65, FULL_MEM), d, a, b);
    }

    default void vpcmpgtw(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x65, FULL_MEM), d, a, b);
    }

    default void vpcmpgtd(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F, W0, 0x66, FULL_MEM), d, a, b);
    }

    default void vpcmpgtd(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F, W0, 0x66, FULL), d, a, b);
    }

    default void vpcmpgtq(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x37, FULL_MEM), d, a, b);
    }

    default void vpcmpgtq(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F38, W1, 0x37, FULL), d, a, b);
    }

    default void vpcmpb(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W0, 0x3F, FULL_MEM), d, a, b, imm);
    }

    default void vpcmpub(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W0, 0x3E, FULL_MEM), d, a, b, imm);
    }

    default void vpcmpw(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W1, 0x3F, FULL_MEM), d, a, b, imm);
    }

    default void vpcmpuw(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W1, 0x3E, FULL_MEM), d, a, b, imm);
    }

    default void vpcmpd(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W0, 0x1F, FULL), d, a, b, imm);
    }

    default void vpcmpud(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W0, 0x1E, FULL), d, a, b, imm);
    }

    default void vpcmpq(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W1, 0x1F, FULL), d, a, b, imm);
    }

    default void vpcmpuq(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(P66, M0F3A, W1, 0x1E, FULL), d, a, b, imm);
    }

    default void vptestmb(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F38, W0, 0x26, FULL_MEM), d, a, b);
    }

    default void vptestmw(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F38, W1, 0x26, FULL_MEM), d, a, b);
    }

    default void vptestmd(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(P66, M0F38, W0, 0x27, FULL), d, a, b);
    }

    default void vptestnmb(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(PF3, M0F38, W0, 0x26, FULL_MEM), d, a, b);
    }

    default void vptestnmw(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(PF3, M0F38, W1, 0x26, FULL_MEM), d, a, b);
    }

    default void vptestnmd(Mask d, Vec a, VecMem b) {
        encoder().compare(evex(PF3, M0F38, W0, 0x27, FULL), d, a, b);
    }

    default void vptest(Vec d, VecMem b) {
        encoder().rm(vex(P66, M0F38, W0, 0x17, FULL_MEM), d, b);
    }
}

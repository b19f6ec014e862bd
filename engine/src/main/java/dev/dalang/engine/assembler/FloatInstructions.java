package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.DWORD;
import static dev.dalang.engine.assembler.Op.Tuple.FULL;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.W1;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Arithmetic on floats: ps works on whole vectors of them, ss on the lowest alone, pd on doubles. */
interface FloatInstructions extends Instructions {

    default void vaddps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x58, FULL), d, a, b);
    }

    default void vaddss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x58, DWORD).only(128), d, a, b);
    }

    default void vmulps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x59, FULL), d, a, b);
    }

    default void vmulss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x59, DWORD).only(128), d, a, b);
    }

    default void vsubps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x5C, FULL), d, a, b);
    }

    default void vsubss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x5C, DWORD).only(128), d, a, b);
    }

    default void vminps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x5D, FULL), d, a, b);
    }

    default void vminss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x5D, DWORD).only(128), d, a, b);
    }

    default void vdivps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x5E, FULL), d, a, b);
    }

    default void vdivss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x5E, DWORD).only(128), d, a, b);
    }

    default void vmaxps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x5F, FULL), d, a, b);
    }

    default void vmaxss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x5F, DWORD).only(128), d, a, b);
    }

    default void vsqrtps(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x51, FULL), d, b);
    }

    default void vsqrtss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x51, DWORD).only(128), d, a, b);
    }

    default void vaddpd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x58, FULL), d, a, b);
    }

    default void vmulpd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x59, FULL), d, a, b);
    }

    default void vsubpd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0x5C, FULL), d, a, b);
    }

    default void vfmadd231pd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W1, 0xB8, FULL), d, a, b);
    }

    default void vhaddps(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(PF2, M0F, W0, 0x7C, FULL_MEM), d, a, b);
    }

    // Multiply and add with one rounding: 231 is d += a * b, 213 is d = a * d + b, 132 is d = d * b + a.

    default void vfmadd132ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x98, FULL), d, a, b);
    }

    default void vfmadd132ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x99, DWORD).only(128), d, a, b);
    }

    default void vfmsub132ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9A, FULL), d, a, b);
    }

    default void vfmsub132ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9B, DWORD).only(128), d, a, b);
    }

    default void vfnmadd132ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9C, FULL), d, a, b);
    }

    default void vfnmadd132ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9D, DWORD).only(128), d, a, b);
    }

    default void vfnmsub132ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9E, FULL), d, a, b);
    }

    default void vfnmsub132ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x9F, DWORD).only(128), d, a, b);
    }

    default void vfmadd213ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xA8, FULL), d, a, b);
    }

    default void vfmadd213ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xA9, DWORD).only(128), d, a, b);
    }

    default void vfmsub213ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAA, FULL), d, a, b);
    }

    default void vfmsub213ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAB, DWORD).only(128), d, a, b);
    }

    default void vfnmadd213ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAC, FULL), d, a, b);
    }

    default void vfnmadd213ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAD, DWORD).only(128), d, a, b);
    }

    default void vfnmsub213ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAE, FULL), d, a, b);
    }

    default void vfnmsub213ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xAF, DWORD).only(128), d, a, b);
    }

    default void vfmadd231ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xB8, FULL), d, a, b);
    }

    default void vfmadd231ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xB9, DWORD).only(128), d, a, b);
    }

    default void vfmsub231ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBA, FULL), d, a, b);
    }

    default void vfmsub231ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBB, DWORD).only(128), d, a, b);
    }

    default void vfnmadd231ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBC, FULL), d, a, b);
    }

    default void vfnmadd231ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBD, DWORD).only(128), d, a, b);
    }

    default void vfnmsub231ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBE, FULL), d, a, b);
    }

    default void vfnmsub231ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0xBF, DWORD).only(128), d, a, b);
    }

    // Bits.

    default void vandps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x54, FULL), d, a, b);
    }

    default void vandnps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x55, FULL), d, a, b);
    }

    default void vorps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x56, FULL), d, a, b);
    }

    default void vxorps(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(NP, M0F, W0, 0x57, FULL), d, a, b);
    }

    // Rounding, reciprocals, and the parts of a float.

    default void vroundps(Vec d, VecMem b, int imm) {
        encoder().rmi(vex(P66, M0F3A, W0, 0x08, FULL_MEM), d, b, imm);
    }

    default void vrndscaleps(Vec d, VecMem b, int imm) {
        encoder().rmi(evex(P66, M0F3A, W0, 0x08, FULL), d, b, imm);
    }

    default void vreduceps(Vec d, VecMem b, int imm) {
        encoder().rmi(evex(P66, M0F3A, W0, 0x56, FULL), d, b, imm);
    }

    default void vrcpps(Vec d, VecMem b) {
        encoder().rm(vex(NP, M0F, W0, 0x53, FULL_MEM), d, b);
    }

    default void vrsqrtps(Vec d, VecMem b) {
        encoder().rm(vex(NP, M0F, W0, 0x52, FULL_MEM), d, b);
    }

    default void vrcp14ps(Vec d, VecMem b) {
        encoder().rm(evex(P66, M0F38, W0, 0x4C, FULL), d, b);
    }

    default void vrsqrt14ps(Vec d, VecMem b) {
        encoder().rm(evex(P66, M0F38, W0, 0x4E, FULL), d, b);
    }

    default void vscalefps(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x2C, FULL), d, a, b);
    }

    default void vgetexpps(Vec d, VecMem b) {
        encoder().rm(evex(P66, M0F38, W0, 0x42, FULL), d, b);
    }

    default void vgetmantps(Vec d, VecMem b, int imm) {
        encoder().rmi(evex(P66, M0F3A, W0, 0x26, FULL), d, b, imm);
    }

    // Comparisons: all ones or all zeros in each element, or a mask; imm is the predicate.

    default void vcmpps(Vec d, Vec a, VecMem b, int imm) {
        encoder().rvmi(vex(NP, M0F, W0, 0xC2, FULL_MEM), d, a, b, imm);
    }

    default void vcmpps(Mask d, Vec a, VecMem b, int imm) {
        encoder().compare(evex(NP, M0F, W0, 0xC2, FULL), d, a, b, imm);
    }

    default void vblendvps(Vec d, Vec a, VecMem b, Vec c) {
        encoder().rvmr(vex(P66, M0F3A, W0, 0x4A, FULL_MEM), d, a, b, c);
    }

    // The lowest alone, to the flags: above, below, equal; unordered sets parity.

    default void vucomiss(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x2E, DWORD).only(128).unmasked(), d, b);
    }
}

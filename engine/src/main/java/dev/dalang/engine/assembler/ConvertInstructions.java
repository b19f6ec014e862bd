package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.OpMap.M0F3A;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.DWORD;
import static dev.dalang.engine.assembler.Op.Tuple.EIGHTH_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.FULL;
import static dev.dalang.engine.assembler.Op.Tuple.HALF;
import static dev.dalang.engine.assembler.Op.Tuple.HALF_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.QUARTER_MEM;
import static dev.dalang.engine.assembler.Op.Tuple.QWORD;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;

/** From one kind of number to another. */
interface ConvertInstructions extends Instructions {

    // Floats and integers.

    default void vcvtdq2ps(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x5B, FULL), d, b);
    }

    default void vcvtps2dq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F, W0, 0x5B, FULL), d, b);
    }

    default void vcvttps2dq(Vec d, VecMem b) {
        encoder().rm(both(PF3, M0F, W0, 0x5B, FULL), d, b);
    }

    default void vcvtsi2ss(Vec d, Vec a, GpMem b) {
        encoder().rvg(both(PF3, M0F, W0, 0x2A, DWORD).only(128).unmasked(), d, a, b);
    }

    // Floats of other widths.

    default void vcvtph2ps(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x13, HALF_MEM), d, b);
    }

    default void vcvtps2ph(VecMem d, Vec s, int imm) {
        encoder().mri(both(P66, M0F3A, W0, 0x1D, HALF_MEM), d, s, imm);
    }

    default void vcvtps2pd(Vec d, VecMem b) {
        encoder().rm(both(NP, M0F, W0, 0x5A, HALF), d, b);
    }

    default void vcvtpd2ps(Vec d, Vec s) {
        encoder().narrow(both(P66, M0F, WIG1, 0x5A, FULL), d, s);
    }

    default void vcvtss2sd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF3, M0F, W0, 0x5A, DWORD).only(128), d, a, b);
    }

    default void vcvtsd2ss(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(PF2, M0F, WIG1, 0x5A, QWORD).only(128), d, a, b);
    }

    default void vcvtneps2bf16(Vec d, Vec s) {
        encoder().narrow(evex(PF3, M0F38, W0, 0x72, FULL), d, s);
    }

    default void vcvtne2ps2bf16(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(PF2, M0F38, W0, 0x72, FULL), d, a, b);
    }

    // Wider integers.

    default void vpmovsxbw(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x20, HALF_MEM), d, b);
    }

    default void vpmovsxbd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x21, QUARTER_MEM), d, b);
    }

    default void vpmovsxbq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x22, EIGHTH_MEM), d, b);
    }

    default void vpmovsxwd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x23, HALF_MEM), d, b);
    }

    default void vpmovsxwq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x24, QUARTER_MEM), d, b);
    }

    default void vpmovsxdq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x25, HALF_MEM), d, b);
    }

    default void vpmovzxbw(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x30, HALF_MEM), d, b);
    }

    default void vpmovzxbd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x31, QUARTER_MEM), d, b);
    }

    default void vpmovzxbq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x32, EIGHTH_MEM), d, b);
    }

    default void vpmovzxwd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x33, HALF_MEM), d, b);
    }

    default void vpmovzxwq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x34, QUARTER_MEM), d, b);
    }

    default void vpmovzxdq(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x35, HALF_MEM), d, b);
    }

    // Narrower integers: cut off, saturated (s), saturated as unsigned (us).

    default void vpmovdb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x31, QUARTER_MEM), d, s);
    }

    default void vpmovdw(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x33, HALF_MEM), d, s);
    }

    default void vpmovqd(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x35, HALF_MEM), d, s);
    }

    default void vpmovwb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x30, HALF_MEM), d, s);
    }

    default void vpmovsdb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x21, QUARTER_MEM), d, s);
    }

    default void vpmovsdw(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x23, HALF_MEM), d, s);
    }

    default void vpmovswb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x20, HALF_MEM), d, s);
    }

    default void vpmovusdb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x11, QUARTER_MEM), d, s);
    }

    default void vpmovusdw(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x13, HALF_MEM), d, s);
    }

    default void vpmovuswb(VecMem d, Vec s) {
        encoder().mr(evex(PF3, M0F38, W0, 0x10, HALF_MEM), d, s);
    }
}

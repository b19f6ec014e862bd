package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F;
import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.FULL;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.W.WIG1;
import static dev.dalang.engine.assembler.Op.both;
import static dev.dalang.engine.assembler.Op.evex;
import static dev.dalang.engine.assembler.Op.vex;

/** Arithmetic on integers: b, w, d, q are elements of 8, 16, 32 and 64 bits. */
interface IntegerInstructions extends Instructions {

    default void vpaddb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xFC, FULL_MEM), d, a, b);
    }

    default void vpaddw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xFD, FULL_MEM), d, a, b);
    }

    default void vpaddd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xFE, FULL), d, a, b);
    }

    default void vpaddq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0xD4, FULL), d, a, b);
    }

    default void vpsubb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF8, FULL_MEM), d, a, b);
    }

    default void vpsubw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF9, FULL_MEM), d, a, b);
    }

    default void vpsubd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xFA, FULL), d, a, b);
    }

    default void vpsubq(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, WIG1, 0xFB, FULL), d, a, b);
    }

    default void vpaddsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xED, FULL_MEM), d, a, b);
    }

    default void vpsubsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xE9, FULL_MEM), d, a, b);
    }

    default void vpaddusb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xDC, FULL_MEM), d, a, b);
    }

    default void vpsubusb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xD8, FULL_MEM), d, a, b);
    }

    default void vphaddd(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x02, FULL_MEM), d, a, b);
    }

    default void vpsadbw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF6, FULL_MEM).unmasked(), d, a, b);
    }

    // Products.

    default void vpmullw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xD5, FULL_MEM), d, a, b);
    }

    default void vpmulhw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xE5, FULL_MEM), d, a, b);
    }

    default void vpmulhuw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xE4, FULL_MEM), d, a, b);
    }

    default void vpmulhrsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x0B, FULL_MEM), d, a, b);
    }

    default void vpmulld(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x40, FULL), d, a, b);
    }

    default void vpmaddwd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xF5, FULL_MEM), d, a, b);
    }

    default void vpmaddubsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x04, FULL_MEM), d, a, b);
    }

    // Dot products added to d: unsigned bytes of a by signed bytes of b, words by words, pairs of bfloat16.

    default void vpdpbusd(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x50, FULL), d, a, b);
    }

    default void vpdpbusds(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x51, FULL), d, a, b);
    }

    default void vpdpwssd(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x52, FULL), d, a, b);
    }

    default void vpdpwssds(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(P66, M0F38, W0, 0x53, FULL), d, a, b);
    }

    default void vdpbf16ps(Vec d, Vec a, VecMem b) {
        encoder().rvm(evex(PF3, M0F38, W0, 0x52, FULL), d, a, b);
    }

    // The same in the encoding of AVX-VNNI, for processors without AVX-512.

    default void vpdpbusdVex(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x50, FULL_MEM), d, a, b);
    }

    default void vpdpbusdsVex(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x51, FULL_MEM), d, a, b);
    }

    default void vpdpwssdVex(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x52, FULL_MEM), d, a, b);
    }

    default void vpdpwssdsVex(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x53, FULL_MEM), d, a, b);
    }

    // Signs and bounds.

    default void vpabsb(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x1C, FULL_MEM), d, b);
    }

    default void vpabsw(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x1D, FULL_MEM), d, b);
    }

    default void vpabsd(Vec d, VecMem b) {
        encoder().rm(both(P66, M0F38, W0, 0x1E, FULL), d, b);
    }

    default void vpsignb(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x08, FULL_MEM), d, a, b);
    }

    default void vpsignw(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x09, FULL_MEM), d, a, b);
    }

    default void vpsignd(Vec d, Vec a, VecMem b) {
        encoder().rvm(vex(P66, M0F38, W0, 0x0A, FULL_MEM), d, a, b);
    }

    default void vpminsb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x38, FULL_MEM), d, a, b);
    }

    default void vpminsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xEA, FULL_MEM), d, a, b);
    }

    default void vpminsd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x39, FULL), d, a, b);
    }

    default void vpminub(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xDA, FULL_MEM), d, a, b);
    }

    default void vpminuw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3A, FULL_MEM), d, a, b);
    }

    default void vpminud(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3B, FULL), d, a, b);
    }

    default void vpmaxsb(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3C, FULL_MEM), d, a, b);
    }

    default void vpmaxsw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xEE, FULL_MEM), d, a, b);
    }

    default void vpmaxsd(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3D, FULL), d, a, b);
    }

    default void vpmaxub(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F, W0, 0xDE, FULL_MEM), d, a, b);
    }

    default void vpmaxuw(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3E, FULL_MEM), d, a, b);
    }

    default void vpmaxud(Vec d, Vec a, VecMem b) {
        encoder().rvm(both(P66, M0F38, W0, 0x3F, FULL), d, a, b);
    }
}

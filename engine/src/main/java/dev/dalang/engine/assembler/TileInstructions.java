package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Op.OpMap.M0F38;
import static dev.dalang.engine.assembler.Op.Prefix.NP;
import static dev.dalang.engine.assembler.Op.Prefix.P66;
import static dev.dalang.engine.assembler.Op.Prefix.PF2;
import static dev.dalang.engine.assembler.Op.Prefix.PF3;
import static dev.dalang.engine.assembler.Op.Tuple.FULL_MEM;
import static dev.dalang.engine.assembler.Op.W.W0;
import static dev.dalang.engine.assembler.Op.vex;

/** Products of matrices in tiles (AMX). */
interface TileInstructions extends Instructions {

    // The configuration: 64 bytes, see the manual, volume 1, chapter 18.

    default void ldtilecfg(Mem s) {
        encoder().vex(vex(NP, M0F38, W0, 0x49, FULL_MEM), false, false, 0, 0, s, 0);
    }

    default void sttilecfg(Mem d) {
        encoder().vex(vex(P66, M0F38, W0, 0x49, FULL_MEM), false, false, 0, 0, d, 0);
    }

    default void tilerelease() {
        encoder().vex(vex(NP, M0F38, W0, 0x49, FULL_MEM), false, false, 0, 0, Gp.EAX, 0);
    }

    // Tiles and memory: base + index * scale, where the index times scale is the distance between rows.

    default void tilezero(Tile d) {
        encoder().vex(vex(PF2, M0F38, W0, 0x49, FULL_MEM), false, false, d.number(), 0, Gp.EAX, 0);
    }

    default void tileloadd(Tile d, Mem s) {
        encoder().vex(vex(PF2, M0F38, W0, 0x4B, FULL_MEM), false, false, d.number(), 0, rows(s), 0);
    }

    default void tileloaddt1(Tile d, Mem s) {
        encoder().vex(vex(P66, M0F38, W0, 0x4B, FULL_MEM), false, false, d.number(), 0, rows(s), 0);
    }

    default void tilestored(Mem d, Tile s) {
        encoder().vex(vex(PF3, M0F38, W0, 0x4B, FULL_MEM), false, false, s.number(), 0, rows(d), 0);
    }

    // d += a * b. Of two letters, the first says whether bytes of a are signed, the second those of b.

    default void tdpbssd(Tile d, Tile a, Tile b) {
        product(vex(PF2, M0F38, W0, 0x5E, FULL_MEM), d, a, b);
    }

    default void tdpbsud(Tile d, Tile a, Tile b) {
        product(vex(PF3, M0F38, W0, 0x5E, FULL_MEM), d, a, b);
    }

    default void tdpbusd(Tile d, Tile a, Tile b) {
        product(vex(P66, M0F38, W0, 0x5E, FULL_MEM), d, a, b);
    }

    default void tdpbuud(Tile d, Tile a, Tile b) {
        product(vex(NP, M0F38, W0, 0x5E, FULL_MEM), d, a, b);
    }

    default void tdpbf16ps(Tile d, Tile a, Tile b) {
        product(vex(PF3, M0F38, W0, 0x5C, FULL_MEM), d, a, b);
    }

    private void product(Op op, Tile d, Tile a, Tile b) {
        if (d == a || d == b || a == b)
            throw new IllegalArgumentException("tiles must differ: " + d + ", " + a + ", " + b);
        encoder().vex(op, false, false, d.number(), b.number(), a, 0);
    }

    private static Mem rows(Mem m) {
        if (m.index() == null) throw new IllegalArgumentException("tiles need an index, the distance of rows: " + m);
        return m;
    }
}

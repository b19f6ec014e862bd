package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Cond;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Tile;
import dev.dalang.engine.assembler.Vec;

/**
 * Multiplies registers and does nothing else: how fast products could come at best, beside which those of prompts are
 * measured. Takes the address of one word: how many steps.
 */
public final class PeakKernel {

    /** Sums under way: more than the two units and four cycles of today's processors need. */
    private static final int SUMS = 12;

    /** Sums in tiles under way, beside the two tiles of factors. */
    private static final int TILE_SUMS = 6;

    /** Multiplications and additions of one BF16 tile product: 16 rows, 16 columns, 32 deep. */
    private static final int TILE_OPERATIONS = 2 * 16 * 16 * 32;

    private PeakKernel() {}

    /** Multiplications and additions that a step of {@link #floats} makes. */
    public static long floatOperations(CpuFeatures cpu) {
        return 2L * SUMS * new Simd(new Assembler(), cpu).lanes();
    }

    /** Multiplications and additions that a step of {@link #tiles} makes. */
    public static long tileOperations() {
        return (long) TILE_SUMS * TILE_OPERATIONS;
    }

    /** Multiplications and additions that a step of {@link #pairs} makes. */
    public static long pairOperations(CpuFeatures cpu) {
        return 2 * floatOperations(cpu);
    }

    /** Fused multiplications and additions of F32 in vector registers. */
    public static Assembler floats(CpuFeatures cpu) {
        return products(cpu, false);
    }

    /** BF16 products in vector registers, summed in F32; only where {@link TileKernel#multiplies}. */
    public static Assembler pairs(CpuFeatures cpu) {
        return products(cpu, true);
    }

    private static Assembler products(CpuFeatures cpu, boolean pairs) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        Vec factor = simd.vec(SUMS);
        for (int i = 0; i <= SUMS; i++) simd.zero(simd.vec(i));
        a.mov(RDX, mem(RDI));
        Label step = a.here();
        for (int i = 0; i < SUMS; i++) {
            if (pairs) a.vdpbf16ps(simd.vec(i), factor, factor);
            else a.vfmadd231ps(simd.vec(i), factor, factor);
        }
        a.dec(RDX);
        a.jcc(Cond.NE, step);
        return simd.finish();
    }

    /** BF16 products in tile registers, summed in F32; only where {@link TileKernel#supported}. */
    public static Assembler tiles(CpuFeatures cpu) {
        Simd simd = new Simd(new Assembler(), cpu);
        Assembler a = simd.assembler();
        // Palette 1; eight tiles of 64 bytes in each of 16 rows. Loading it clears them.
        int[] configuration = new int[16];
        configuration[0] = 1;
        for (int i = 4; i < 8; i++) configuration[i] = 64 << 16 | 64;
        for (int i = 12; i < 14; i++) configuration[i] = 0x1010_1010;
        a.ldtilecfg(simd.constant(configuration));
        a.mov(RDX, mem(RDI));
        Label step = a.here();
        Tile[] tiles = Tile.values();
        for (int i = 0; i < TILE_SUMS; i++) a.tdpbf16ps(tiles[i], Tile.TMM6, Tile.TMM7);
        a.dec(RDX);
        a.jcc(Cond.NE, step);
        a.tilerelease();
        return simd.finish();
    }
}

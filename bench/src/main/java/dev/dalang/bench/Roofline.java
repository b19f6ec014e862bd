package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.MemoryBandwidth;
import dev.dalang.engine.kernel.ProductPeak;

/** What this machine can do at best, measured in the process of the benchmark that it stands beside. */
public final class Roofline {

    /** About a second each. */
    static final int READINGS = 10;

    /** Larger than a program's share of the caches, as are the sets of weights that it stands beside; in bytes. */
    private static final long READ = 512L << 20;

    private Roofline() {}

    /** Bytes a second from memory, or not a number where machine code cannot run. */
    static double memory(int threads) {
        return MemoryBandwidth.read(READ, threads, READINGS).orElse(Double.NaN);
    }

    /** Multiplications and additions of F32 a second in vector registers, or not a number. */
    static double floats(int threads) {
        return ProductPeak.ofFloats(threads, READINGS).orElse(Double.NaN);
    }

    /** Multiplications and additions of BF16 a second in tile registers, or not a number where there are none. */
    static double tiles(int threads) {
        return ProductPeak.ofTiles(threads, READINGS).orElse(Double.NaN);
    }

    /** Multiplications and additions of BF16 a second in vector registers, or not a number where there are none. */
    private static double pairs(int threads) {
        return ProductPeak.ofPairs(threads, READINGS).orElse(Double.NaN);
    }

    /** The peak of what a tier multiplies a prompt and weights of that type with, if not in whole numbers. */
    static double products(Kernels kernels, BlockType type, int threads) {
        if (kernels.phasesAgree(type)) return floats(threads);
        double tiles = tiles(threads);
        return Double.isNaN(tiles) ? pairs(threads) : tiles;
    }

    /** The tier of that name. */
    static Kernels kernels(String tier) {
        return KernelTier.named(tier);
    }

    /** That many, or all of the machine for 0. */
    static int threads(int wanted) {
        return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
    }
}

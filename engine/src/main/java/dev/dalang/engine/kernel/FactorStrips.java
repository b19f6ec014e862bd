package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.FactorTiles;
import dev.dalang.engine.kernel.machine.TokenTiles;

/**
 * A factor of a product in tiles: strips of sixteen rows (of the first factor, or columns of the second), cut along the
 * sum in blocks of equally many tiles. In memory {@code [block][strip][tile]}.
 *
 * @param address of the first tile
 * @param count strips
 * @param blocks along the sum
 * @param tiles of a strip in a block; the last block may not use all
 * @param depth elements along the sum
 */
record FactorStrips(long address, int count, int blocks, int tiles, int depth) {

    private static final int LINES = 16 + FactorTiles.Words.values().length;

    /**
     * @param width elements across the sum
     * @param longest tiles of a strip in a block at most
     * @param use of the working memory that they are to lie in
     */
    static FactorStrips allocate(int width, int depth, int longest, Scratch scratch, Scratch.Use use) {
        int steps = TokenTiles.steps(depth);
        int blocks = (steps + longest - 1) / longest;
        int tiles = (steps + blocks - 1) / blocks;
        int count = (width + FactorTiles.WIDTH - 1) / FactorTiles.WIDTH;
        int floats = Math.multiplyExact(count * blocks, tiles * TokenTiles.TILE_BYTES / 4);
        return new FactorStrips(scratch.floats(use, floats).address(0), count, blocks, tiles, depth);
    }

    /** Bytes from one strip to the next. */
    int stripBytes() {
        return tiles * TokenTiles.TILE_BYTES;
    }

    long address(int block, int strip) {
        return address + ((long) block * count + strip) * stripBytes();
    }

    /** Tiles that a block uses. */
    int steps(int block) {
        return Math.min(tiles, TokenTiles.steps(depth) - block * tiles);
    }

    /** How many parts of its own {@link #pack} has for a factor. */
    int parts(FloatMatrix factor) {
        return factor.transposed() ? TokenTiles.steps(depth) : count;
    }

    /**
     * Fills a part: a strip, or where the lines in memory run across the sum, a tile of every strip.
     *
     * @param factor {@code [width][depth]}
     * @param second whether it is the product's second factor
     */
    void pack(FloatMatrix factor, boolean second, int part, TileCode code, Scratch scratch) {
        long words = scratch.floats(Scratch.Use.ARGUMENTS, 2 * LINES).address(0);
        if (factor.transposed()) across(factor, second, part, code, words);
        else along(factor, second, part, code, words);
    }

    private void along(FloatMatrix factor, boolean second, int strip, TileCode code, long words) {
        long lines = words + 8L * FactorTiles.Words.values().length;
        long stride = 4L * factor.stride();
        Memory.put(words, FactorTiles.Words.SOURCE, lines);
        Memory.put(words, FactorTiles.Words.TARGET_STEP, TokenTiles.TILE_BYTES);
        for (int block = 0; block < blocks; block++) {
            int from = block * tiles * FactorTiles.DEPTH;
            long first = factor.address(0, from);
            for (int i = 0; i < FactorTiles.WIDTH; i++) {
                // The last one stands in for those that a last strip lacks: nobody looks at their products.
                int line = Math.min(strip * FactorTiles.WIDTH + i, factor.rows() - 1);
                Memory.i64(lines + 8L * i, first + stride * line);
            }
            Memory.put(words, FactorTiles.Words.DEPTH, Math.min(depth - from, tiles * FactorTiles.DEPTH));
            Memory.put(words, FactorTiles.Words.TARGET, address(block, strip));
            MachineKernels.call(code.along(second), words);
        }
    }

    private void across(FloatMatrix factor, boolean second, int step, TileCode code, long words) {
        int from = step * FactorTiles.DEPTH;
        int block = step / tiles;
        Memory.put(words, FactorTiles.Words.SOURCE, factor.address(0, from));
        Memory.put(words, FactorTiles.Words.STRIDE, 4L * factor.stride());
        Memory.put(words, FactorTiles.Words.DEPTH, Math.min(FactorTiles.DEPTH, depth - from));
        Memory.put(words, FactorTiles.Words.WIDTH, factor.rows());
        Memory.put(words, FactorTiles.Words.TARGET, address(block, 0) + (long) step % tiles * TokenTiles.TILE_BYTES);
        Memory.put(words, FactorTiles.Words.TARGET_STEP, stripBytes());
        MachineKernels.call(code.across(!second), words);
    }
}

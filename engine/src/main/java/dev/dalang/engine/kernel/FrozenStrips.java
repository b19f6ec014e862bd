package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.FactorTiles;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelKernel;
import dev.dalang.engine.kernel.machine.TokenTiles;

/**
 * A matrix of blocks as the second factor of a product along its rows. Its groups of rows are decoded as for prompts,
 * to panels whose words are pairs of columns, a few kilobytes at a time; those are turned to words of pairs of rows.
 */
final class FrozenStrips {

    /** Columns that are decoded at once: whole blocks of any type, a few tiles for the first cache. */
    private static final int COLUMNS = 256;

    private record PanelName(BlockType type) {}

    private final PanelSource source;
    private final MachineKernels machine;

    FrozenStrips(PanelSource source, MachineKernels machine) {
        this.source = source;
        this.machine = machine;
    }

    /**
     * A tile of every strip.
     *
     * @param step which tile along the sum
     * @param firstRow of the matrix, where the strips begin
     * @param firstColumn likewise
     * @param columns of all strips
     */
    void pack(FactorStrips strips, int step, int firstRow, int firstColumn, int columns, Scratch scratch) {
        int groups = FactorTiles.DEPTH / Interleaving.ROWS;
        for (int half = 0; half < groups; half++) {
            int row = step * FactorTiles.DEPTH + half * Interleaving.ROWS;
            long target = strips.address(step / strips.tiles(), 0)
                    + (long) step % strips.tiles() * TokenTiles.TILE_BYTES
                    + (long) half * TokenTiles.TILE_BYTES / groups;
            if (row < strips.depth()) {
                group((firstRow + row) / Interleaving.ROWS, firstColumn, columns, target, strips.stripBytes(), scratch);
            } else {
                for (int s = 0; s < strips.count(); s++) {
                    Memory.ALL
                            .asSlice(target + (long) s * strips.stripBytes(), TokenTiles.TILE_BYTES / groups)
                            .fill((byte) 0);
                }
            }
        }
    }

    private void group(int group, int firstColumn, int columns, long target, int step, Scratch scratch) {
        int floats = TokenTiles.steps(COLUMNS) * TokenTiles.TILE_BYTES / 4;
        long panel = scratch.floats(Scratch.Use.PANEL, floats).address(0);
        for (int c = 0; c < columns; c += COLUMNS) {
            int width = Math.min(COLUMNS, columns - c);
            decode(group, firstColumn + c, width, panel, scratch);
            long words = words(scratch);
            Memory.put(words, FactorTiles.Words.SOURCE, panel);
            Memory.put(words, FactorTiles.Words.WIDTH, width);
            Memory.put(words, FactorTiles.Words.TARGET, target + (long) c / FactorTiles.WIDTH * step);
            Memory.put(words, FactorTiles.Words.TARGET_STEP, step);
            MachineKernels.call(machine.get(FrozenStrips.class, FactorTiles::panel), words);
        }
    }

    private void decode(int group, int column, int columns, long panel, Scratch scratch) {
        long from = source.decoded(group, column, columns, scratch);
        long odd = source.odd(group, column);
        long words = words(scratch);
        Memory.put(words, PanelKernel.Words.WEIGHTS, from);
        Memory.put(words, PanelKernel.Words.ODD, odd);
        Memory.put(words, PanelKernel.Words.PANEL, panel);
        Memory.put(words, PanelKernel.Words.BLOCKS, columns / source.type().blockElements());
        Memory.put(words, PanelKernel.Words.NEXT, from);
        Memory.put(words, PanelKernel.Words.NEXT_ODD, odd);
        MachineKernels.call(
                machine.get(new PanelName(source.type()), cpu -> PanelKernel.assemble(source.type(), cpu)), words);
    }

    private static long words(Scratch scratch) {
        int words = Math.max(FactorTiles.Words.values().length, PanelKernel.Words.values().length);
        return scratch.floats(Scratch.Use.ARGUMENTS, 2 * words).address(0);
    }
}

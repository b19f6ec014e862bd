package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.FactorTiles;
import dev.dalang.engine.kernel.machine.TileKernel;
import java.lang.foreign.MemorySegment;

/** The machine code of {@link TileGemm}, at hand: products of a few microseconds come by the thousand. */
final class TileCode {

    private record FactorName(boolean along, boolean transpose) {}

    private record TileName(int groups, boolean last) {}

    private final MemorySegment[] factors = new MemorySegment[4];
    private final MemorySegment[] tiles = new MemorySegment[4];

    TileCode(MachineKernels machine) {
        for (int i = 0; i < factors.length; i++) {
            boolean along = i < 2;
            boolean transpose = i % 2 > 0;
            factors[i] = machine.get(
                    new FactorName(along, transpose),
                    cpu -> along ? FactorTiles.along(transpose, cpu) : FactorTiles.across(transpose, cpu));
        }
        for (int i = 0; i < tiles.length; i++) {
            int groups = 1 + i / 2;
            boolean last = i % 2 > 0;
            tiles[i] = machine.get(new TileName(groups, last), cpu -> TileKernel.assemble(groups, false, last, cpu));
        }
    }

    /** As {@link FactorTiles#along}. */
    MemorySegment along(boolean transpose) {
        return factors[transpose ? 1 : 0];
    }

    /** As {@link FactorTiles#across}. */
    MemorySegment across(boolean transpose) {
        return factors[transpose ? 3 : 2];
    }

    /** As {@link TileKernel#assemble}. */
    MemorySegment tiles(int groups, boolean last) {
        return tiles[2 * (groups - 1) + (last ? 1 : 0)];
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.DotKernel;
import dev.dalang.engine.kernel.machine.FloatDotKernel;
import dev.dalang.engine.kernel.machine.TileDotKernel;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The code that multiplies packed weights with a few tokens, by type and number of tokens. Found without making an
 * object, as a token of an answer asks a thousand times.
 */
final class DotCodes {

    private record Name(BlockType type, int tokens) {}

    private record TileName(BlockType type, int tokens) {}

    private final MachineKernels machine;

    /** Of each type, without tiles and with them; code of {@code n} tokens is number {@code n - 1}. */
    private final Map<BlockType, CodeTable> plain = new EnumMap<>(BlockType.class);

    private final Map<BlockType, CodeTable> tiled = new EnumMap<>(BlockType.class);

    DotCodes(MachineKernels machine) {
        this.machine = machine;
        CpuFeatures cpu = machine.cpu();
        for (BlockType type : BlockType.values()) {
            if (FloatDotKernel.supports(type)) plain.put(type, floats(type, FloatDotKernel.maxTokens(cpu)));
            if (DotKernel.supports(type)) plain.put(type, quantised(type, DotKernel.maxTokens(type, cpu)));
            if (TileDotKernel.supported(type, cpu)) tiled.put(type, tiles(type, TileDotKernel.maxTokens(type, cpu)));
        }
    }

    private CodeTable floats(BlockType type, int most) {
        return new CodeTable(
                most, i -> machine.get(new Name(type, i + 1), cpu -> FloatDotKernel.assemble(type, i + 1, cpu)));
    }

    private CodeTable quantised(BlockType type, int most) {
        return new CodeTable(
                most, i -> machine.get(new Name(type, i + 1), cpu -> DotKernel.assemble(type, i + 1, cpu)));
    }

    private CodeTable tiles(BlockType type, int most) {
        return new CodeTable(
                most, i -> machine.get(new TileName(type, i + 1), cpu -> TileDotKernel.assemble(type, i + 1, cpu)));
    }

    /** Whether so many tokens go through the tile registers. */
    boolean inTiles(BlockType type, int tokens) {
        return tokens >= TileDotKernel.FROM && tiled.containsKey(type);
    }

    /** How many of {@code left} tokens a pass takes at most; at least 1. */
    int most(BlockType type, int left) {
        CodeTable table = inTiles(type, left) ? tiled.get(type) : plain.get(type);
        return table == null ? 1 : table.size();
    }

    MemorySegment get(BlockType type, int tokens) {
        CodeTable table = inTiles(type, tokens) ? tiled.get(type) : plain.get(type);
        return Objects.requireNonNull(table, "no products of this type").get(tokens - 1);
    }
}

package dev.dalang.engine.cache;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.KvRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The keys, or the values, of one layer: pages added as the sequence grows, so that a short chat costs little. */
final class KvPages implements KvRows {

    private final BlockType type;
    private final int heads;
    private final int rowElements;
    private final Arena arena;
    private final List<MemorySegment> pages = new ArrayList<>();

    KvPages(BlockType type, int heads, int rowElements, Arena arena) {
        if (!Kernels.isCacheType(type) || rowElements % type.blockElements() != 0) {
            throw DalangException.unsupported(
                    "a key-value cache of type " + type + " cannot hold heads of " + rowElements + " elements; use F16",
                    "kv-cache");
        }
        this.type = type;
        this.heads = heads;
        this.rowElements = rowElements;
        this.arena = arena;
    }

    @Override
    public BlockType type() {
        return type;
    }

    @Override
    public int rowElements() {
        return rowElements;
    }

    @Override
    public MemorySegment page(int index) {
        return pages.get(index);
    }

    /** Makes room for positions below {@code length}. */
    void reserve(int length) {
        while (pages.size() * PAGE < length) pages.add(arena.allocate(pageBytes() + SLACK, 64));
    }

    long pageBytes() {
        return (long) heads * PAGE * rowBytes();
    }

    long bytes() {
        return pages.size() * pageBytes();
    }

    void store(Kernels kernels, Floats x, int from, int position) {
        for (int h = 0; h < heads; h++) kernels.store(x, from + h * rowElements, rowElements, this, h, position);
    }
}

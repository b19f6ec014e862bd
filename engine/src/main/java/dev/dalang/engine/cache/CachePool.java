package dev.dalang.engine.cache;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.KvRows;
import dev.dalang.engine.kernel.WeightMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a model's sequences share, under one limit: pages of keys and values, counted by reference, and
 * recurrent states.
 *
 * <p>A page is {@link KvRows#PAGE} positions of every layer, in one piece: for each layer its keys, then its values,
 * each {@code [kvHead][position][element]} (paged attention, Kwon et al. 2023). Who takes a page holds one reference;
 * each further holder adds one; with the last it goes back, to be zeroed before the next use, so that nobody ever sees
 * what another request left behind.
 *
 * <p>One thread at a time.
 */
public final class CachePool implements AutoCloseable {

    /** Where a layer's keys or values begin in a page, and what their rows are. */
    record Rows(long offset, int heads, int rowElements, int rowBytes) {
        long bytes() {
            return (long) heads * KvRows.PAGE * rowBytes;
        }
    }

    /** @param keys null where the layer has none, likewise values; {@code stateFloats} -1 for no state, which is not an empty one */
    record Layer(@Nullable Rows keys, @Nullable Rows values, int stateFloats) {}

    private final BlockType type;
    private final List<Layer> layers = new ArrayList<>();
    private final long pageBytes;
    private final long rowsBytes;
    private final long stateBytes;
    private final boolean recurrent;
    private final long limitBytes;
    private final WeightMemory memory = new WeightMemory();
    private final List<MemorySegment> pages = new ArrayList<>();
    private int[] references = new int[16];
    private int[] free = new int[16];
    private int freeCount;
    private long usedBytes;
    private boolean closed;

    /**
     * @param plan what each layer must remember
     * @param type of keys and values
     * @param limitBytes that pages in use and states may take together
     * @throws DalangException if the type cannot hold this model's heads
     */
    public CachePool(List<LayerMemory> plan, BlockType type, long limitBytes) {
        this.type = type;
        this.limitBytes = limitBytes;
        long offset = 0;
        long states = 0;
        boolean recurrent = false;
        for (LayerMemory m : plan) {
            LayerMemory.KeyValue kv = switch (m) {
                case LayerMemory.KeyValue k -> k;
                case LayerMemory.Hybrid h -> h.attention();
                case LayerMemory.Recurrent r -> null;
                case LayerMemory.None n -> null;
            };
            int floats = switch (m) {
                case LayerMemory.Recurrent r -> r.floats();
                case LayerMemory.Hybrid h -> h.recurrence().floats();
                case LayerMemory.KeyValue k -> -1;
                case LayerMemory.None n -> -1;
            };
            Rows keys = kv == null ? null : rows(offset, kv.heads(), kv.keyDim());
            if (keys != null) offset += padded(keys);
            Rows values = kv == null || kv.valueDim() == 0 ? null : rows(offset, kv.heads(), kv.valueDim());
            if (values != null) offset += padded(values);
            layers.add(new Layer(keys, values, floats));
            states += 4L * Math.max(0, floats);
            recurrent |= floats >= 0;
        }
        pageBytes = offset;
        rowsBytes =
                layers.stream().mapToLong(l -> bytes(l.keys) + bytes(l.values)).sum();
        stateBytes = states;
        this.recurrent = recurrent;
    }

    private static long bytes(@Nullable Rows rows) {
        return rows == null ? 0 : rows.bytes();
    }

    private Rows rows(long offset, int heads, int elements) {
        if (!Kernels.isCacheType(type) || elements % type.blockElements() != 0) {
            throw DalangException.unsupported(
                    "a key-value cache of type " + type + " cannot hold heads of " + elements + " elements; use F16",
                    "kv-cache");
        }
        return new Rows(offset, heads, elements, elements / type.blockElements() * type.blockBytes());
    }

    /** Every region begins on a cache line and can be read a little beyond its end. */
    private static long padded(Rows rows) {
        return (rows.bytes() + KvRows.SLACK + 63) / 64 * 64;
    }

    BlockType type() {
        return type;
    }

    List<Layer> layers() {
        return layers;
    }

    /** Bytes of a page, 0 for a model that is recurrent only. */
    public long pageBytes() {
        return pageBytes;
    }

    /** Bytes of a page's keys and values, without what lies between them. */
    long rowsBytes() {
        return rowsBytes;
    }

    /** Bytes of a sequence's recurrent states, 0 for a model without. */
    public long stateBytes() {
        return stateBytes;
    }

    /** Whether a layer has a state that cannot be wound back. */
    public boolean isRecurrent() {
        return recurrent;
    }

    /** Bytes of pages that somebody holds, and of states. */
    public long usedBytes() {
        return usedBytes;
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** Whether {@code bytes} more may be used. */
    public boolean hasRoom(long bytes) {
        return bytes <= limitBytes - usedBytes;
    }

    /** Positions that one sequence alone can have, with a page to spare for what is being copied. */
    public int mostPositions() {
        if (pageBytes == 0) return Integer.MAX_VALUE;
        long most = (limitBytes - 2 * stateBytes) / pageBytes - 1;
        return Math.clamp(most * KvRows.PAGE, 0, Integer.MAX_VALUE);
    }

    /** Pages that somebody holds. */
    public int pagesInUse() {
        return pages.size() - freeCount;
    }

    /** A zeroed page with one reference; -1 when the limit does not allow it. */
    int take() {
        if (closed) throw new IllegalStateException("the cache is closed");
        if (!hasRoom(pageBytes)) return -1;
        int page;
        if (freeCount > 0) {
            page = free[--freeCount];
            pages.get(page).fill((byte) 0);
        } else {
            page = pages.size();
            pages.add(pageBytes == 0 ? MemorySegment.NULL : memory.allocate(pageBytes));
            if (references.length == page) references = Arrays.copyOf(references, 2 * page);
        }
        references[page] = 1;
        usedBytes += pageBytes;
        return page;
    }

    void retain(int page) {
        if (references[page] == 0) throw new IllegalStateException("page " + page + " is free");
        references[page]++;
    }

    void release(int page) {
        if (references[page] == 0) throw new IllegalStateException("page " + page + " is free already");
        if (--references[page] > 0) return;
        if (free.length == freeCount) free = Arrays.copyOf(free, 2 * freeCount);
        free[freeCount++] = page;
        usedBytes -= pageBytes;
    }

    /** Holders of a page, 0 for a free one. */
    public int references(int page) {
        return page < pages.size() ? references[page] : 0;
    }

    MemorySegment memory(int page) {
        return pages.get(page);
    }

    /** Copies the first {@code positions} of a page, of every layer. */
    void copy(int from, int to, int positions) {
        for (Layer l : layers) {
            if (l.keys != null) copy(l.keys, from, to, positions);
            if (l.values != null) copy(l.values, from, to, positions);
        }
    }

    private void copy(Rows rows, int from, int to, int positions) {
        long run = (long) positions * rows.rowBytes;
        for (int head = 0; head < rows.heads; head++) {
            long at = rows.offset + (long) head * KvRows.PAGE * rows.rowBytes;
            MemorySegment.copy(pages.get(from), at, pages.get(to), at, run);
        }
    }

    /** Counts the states of one more sequence or checkpoint. */
    void statesTaken() {
        usedBytes += stateBytes;
    }

    void statesReleased() {
        usedBytes -= stateBytes;
    }

    /** Frees everything; nothing may use the memory any more. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        memory.close();
    }
}

package dev.dalang.engine.cache;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.KvRows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a model remembers of one conversation: keys and values, and recurrent states, of the tokens evaluated so far.
 *
 * <p>Its pages come from a {@link CachePool}. Full ones may be shared with other sequences, which never write to them;
 * the last, which is being filled, is written by this sequence alone.
 *
 * <p>One thread at a time.
 */
public final class Sequence implements AutoCloseable {

    private final CachePool pool;
    private final boolean ownsPool;
    private final AdapterMix adapters;
    private final @Nullable LayerStates states;
    private final @Nullable LayerRows[] keys;
    private final @Nullable LayerRows[] values;
    private final List<MemorySegment> memory = new ArrayList<>();
    private int[] pages = new int[4];
    private int length;
    private boolean closed;

    /** By itself, without limit, under the base model alone. */
    public Sequence(List<LayerMemory> plan, BlockType type) {
        this(plan, type, AdapterMix.NONE);
    }

    /**
     * By itself, without limit.
     *
     * @param type of the keys and values
     * @param adapters that all its tokens are evaluated under, as what is remembered holds under these alone
     */
    public Sequence(List<LayerMemory> plan, BlockType type, AdapterMix adapters) {
        this(new CachePool(plan, type, Long.MAX_VALUE), adapters, true);
    }

    /** With memory of a pool, which must outlive it. */
    public Sequence(CachePool pool, AdapterMix adapters) {
        this(pool, adapters, false);
    }

    private Sequence(CachePool pool, AdapterMix adapters, boolean ownsPool) {
        this.pool = pool;
        this.ownsPool = ownsPool;
        this.adapters = adapters;
        int layers = pool.layers().size();
        keys = new LayerRows[layers];
        values = new LayerRows[layers];
        for (int i = 0; i < layers; i++) {
            CachePool.Layer l = pool.layers().get(i);
            if (l.keys() != null) keys[i] = new LayerRows(l.keys());
            if (l.values() != null) values[i] = new LayerRows(l.values());
        }
        states = pool.isRecurrent() ? new LayerStates(pool) : null;
    }

    /** The keys, or the values, of one layer. */
    private final class LayerRows implements KvRows {
        private final CachePool.Rows rows;

        LayerRows(CachePool.Rows rows) {
            this.rows = rows;
        }

        @Override
        public BlockType type() {
            return pool.type();
        }

        @Override
        public int rowElements() {
            return rows.rowElements();
        }

        @Override
        public MemorySegment page(int index) {
            return memory.get(index).asSlice(rows.offset(), rows.bytes() + SLACK);
        }

        @Override
        public long address(int head, int position) {
            Objects.checkIndex(head, rows.heads());
            long offset = ((long) head * PAGE + position % PAGE) * rows.rowBytes();
            return memory.get(position / PAGE).address() + rows.offset() + offset;
        }

        void store(Kernels kernels, Floats x, int from, int position) {
            kernels.store(x, from, rows.heads(), this, position);
        }
    }

    /** The adapters that its tokens are evaluated under. */
    public AdapterMix adapters() {
        return adapters;
    }

    /** Tokens evaluated so far. */
    public int length() {
        return length;
    }

    /** Pages held, filled or to be filled. */
    public int pages() {
        return memory.size();
    }

    /** The pool's number of a page. */
    public int page(int index) {
        return pages[Objects.checkIndex(index, memory.size())];
    }

    /** Pages that {@code count} more tokens need beyond those held. */
    public int pagesFor(int count) {
        return Math.max(0, pagesOf(length + count) - memory.size());
    }

    /** Pages that hold {@code positions}. */
    public static int pagesOf(int positions) {
        return (int) (((long) positions + KvRows.PAGE - 1) / KvRows.PAGE);
    }

    /** Makes room for {@code count} more tokens; false when the pool has none, and then what there was stays. */
    public boolean tryReserve(int count) {
        while (pagesFor(count) > 0) {
            int page = pool.take();
            if (page < 0) return false;
            append(page);
        }
        return true;
    }

    /**
     * Makes room for {@code count} more tokens, before their keys and values are stored.
     *
     * @throws DalangException if the pool has none
     */
    public void reserve(int count) {
        if (tryReserve(count)) return;
        throw new DalangException(new Failure.DoesNotFit(
                "the key-value cache is full at position " + length + ": use a smaller context, or a larger limit",
                pool.pageBytes(),
                pool.limitBytes() - pool.usedBytes()));
    }

    private void append(int page) {
        int at = memory.size();
        if (pages.length == at) pages = Arrays.copyOf(pages, 2 * at);
        pages[at] = page;
        memory.add(pool.memory(page));
    }

    /** Counts {@code count} tokens as evaluated, after a forward pass. */
    public void advance(int count) {
        length += count;
    }

    /**
     * Forgets everything from {@code newLength} on.
     *
     * @return the length kept: {@code newLength}, or 0 where a recurrent state cannot be wound back
     */
    public int truncate(int newLength) {
        if (newLength < 0 || newLength > length) throw new IllegalArgumentException(newLength + " of " + length);
        if (newLength == length) return length;
        if (states != null) {
            newLength = 0;
            states.clear();
        }
        length = newLength;
        return length;
    }

    /**
     * Forgets a pass that was broken off before {@link #advance}. Keys and values beyond the length will be written
     * again; a recurrent state cannot be wound back, so that such a sequence starts anew.
     */
    public void abandonPass() {
        if (states == null) return;
        states.clear();
        length = 0;
    }

    /** Goes on from a full page that others hold too, at the end of whole pages. */
    void adopt(int page) {
        if (length % KvRows.PAGE != 0 || memory.size() * KvRows.PAGE != length) {
            throw new IllegalStateException("a page cannot follow position " + length);
        }
        pool.retain(page);
        append(page);
        length += KvRows.PAGE;
    }

    /** Copies the first {@code count} positions of a page that others hold into one of its own; false for no room. */
    boolean copyTail(int page, int count) {
        if (!tryReserve(1)) return false;
        pool.copy(page, pages[length / KvRows.PAGE], count);
        length += count;
        return true;
    }

    /** Holds another page of the same content in place of its own. */
    void replace(int index, int page) {
        pool.retain(page);
        pool.release(pages[index]);
        pages[index] = page;
        memory.set(index, pool.memory(page));
    }

    /** Gives up all pages from {@code index} on. */
    void releaseFrom(int index) {
        while (memory.size() > index) {
            pool.release(pages[memory.size() - 1]);
            memory.removeLast();
        }
        length = Math.min(length, index * KvRows.PAGE);
    }

    /** A copy of the recurrent states as they are now. */
    LayerStates checkpoint() {
        LayerStates copy = new LayerStates(pool);
        copy.copy(Objects.requireNonNull(states));
        return copy;
    }

    void restore(LayerStates from) {
        Objects.requireNonNull(states).copy(from);
    }

    public KvRows keys(int layer) {
        return present(keys[layer], layer);
    }

    public KvRows values(int layer) {
        return present(values[layer], layer);
    }

    /** The layer's recurrent state; zero at the start. */
    public Floats state(int layer) {
        return present(states, layer).layer(layer);
    }

    /** Stores all heads' keys of one token, {@code [heads][keyDim]} at {@code from}. */
    public void storeKeys(Kernels kernels, int layer, Floats x, int from, int position) {
        present(keys[layer], layer).store(kernels, x, from, position);
    }

    public void storeValues(Kernels kernels, int layer, Floats x, int from, int position) {
        present(values[layer], layer).store(kernels, x, from, position);
    }

    /** Memory held now, shared pages included. */
    public long bytes() {
        return memory.size() * pool.rowsBytes() + pool.stateBytes();
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        releaseFrom(0);
        if (states != null) states.close();
        if (ownsPool) pool.close();
    }

    private static <T> T present(@Nullable T memory, int layer) {
        if (memory == null) throw new IllegalStateException("layer " + layer + " keeps no such memory");
        return memory;
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.AttentionKernel;
import dev.dalang.engine.kernel.machine.AttentionKernel.Form;
import dev.dalang.engine.kernel.machine.AttentionKernel.Words;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Attention by {@link AttentionKernel}. Positions are taken in ranges of {@link #RANGE}, each with a running softmax of
 * its own, and the ranges' results are put together in order: so a long context can be shared out over threads, and the
 * result does not depend on whether it was.
 */
final class NativeAttention {

    /** Positions that one thread takes at a time; ranges begin at its multiples. */
    static final int RANGE = 512;

    /** Queries that read a page together. */
    private static final int QUERIES = 64;

    private static final float LOWEST = -Float.MAX_VALUE;

    /** One call's operands. */
    record Call(
            AttentionShape shape,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out) {

        Call {
            q.address(Math.multiplyExact((firstRow + tokens) * shape.heads(), shape.keyDim()));
            out.address(Math.multiplyExact((firstRow + tokens) * shape.heads(), shape.valueDim()));
        }

        Call part(int from, int count) {
            return count == tokens
                    ? this
                    : new Call(shape, q, firstRow + from, count, position + from, length, keys, values, sinks, out);
        }

        int queries() {
            return tokens * shape.group();
        }

        /** The first position that any of the tokens sees. */
        int first() {
            return firstVisible(0);
        }

        /** The last position that any of the tokens sees. */
        int last() {
            return end(tokens - 1) - 1;
        }

        /** The first position that a token sees. */
        int firstVisible(int token) {
            return shape.causal() ? shape.firstVisible(position + token) : 0;
        }

        /** Where the positions end that a token sees. */
        int end(int token) {
            return shape.causal() ? position + token + 1 : length;
        }

        Form form(int tile) {
            boolean capped = shape.softcap() != 0;
            return new Form(keys.type(), shape.keyDim(), shape.valueDim(), keys == values, capped, tile);
        }

        /** Whether that is its form; asked without making one, as a token has hundreds of calls. */
        boolean isOf(Form form, int tile) {
            return form.type() == keys.type()
                    && form.keyDim() == shape.keyDim()
                    && form.valueDim() == shape.valueDim()
                    && form.shared() == (keys == values)
                    && form.softcap() == (shape.softcap() != 0)
                    && form.tile() == tile;
        }

        int stateFloats() {
            return AttentionKernel.stateFloats(shape.valueDim());
        }
    }

    private final NativeElements kernels;
    private final int maxTile;

    /** The last code that was run and what it is made for: nearly always the next one's too. */
    private volatile @Nullable Made made;

    private record Made(Form form, MemorySegment code) {}

    NativeAttention(NativeElements kernels) {
        this.kernels = kernels;
        this.maxTile = AttentionKernel.maxTile(kernels.machine().cpu());
    }

    /** All heads, on all threads. */
    void run(Call call, Compute compute) {
        int perTask = Math.max(1, QUERIES / call.shape.group());
        int heads = call.shape.kvHeads();
        int parts = (call.tokens + perTask - 1) / perTask;
        if (parts == 1 && call.first() / RANGE != call.last() / RANGE) {
            split(call, compute);
            return;
        }
        compute.forEach(parts * heads, (task, worker) -> {
            int from = task / heads * perTask;
            head(call.part(from, Math.min(perTask, call.tokens - from)), task % heads, compute.scratch(worker));
        });
    }

    /** A few tokens that see a long context: threads share its ranges. */
    private void split(Call call, Compute compute) {
        int heads = call.shape.kvHeads();
        int firstRange = call.first() / RANGE;
        int ranges = call.last() / RANGE - firstRange + 1;
        int size = padded(call.queries()) * call.stateFloats();
        Floats states = compute.scratch(0).floats(Scratch.Use.PARTIALS, Math.multiplyExact(heads * ranges, size));
        compute.forEach(heads * ranges, (task, worker) -> {
            Scratch scratch = compute.scratch(worker);
            prepare(call, task / ranges, scratch);
            range(call, task / ranges, firstRange + task % ranges, states, task * size, scratch);
        });
        for (int h = 0; h < heads; h++) {
            int at = h * ranges * size;
            for (int r = 1; r < ranges; r++) merge(call, states, at, states, at + r * size);
            finish(call, h, states, at);
        }
    }

    /** One key-value head, on this thread. */
    void head(Call call, int kvHead, Scratch scratch) {
        int size = padded(call.queries()) * call.stateFloats();
        Floats states = scratch.floats(Scratch.Use.SUMS, 2 * size);
        prepare(call, kvHead, scratch);
        int first = call.first() / RANGE;
        for (int r = first; r <= call.last() / RANGE; r++) {
            range(call, kvHead, r, states, r == first ? 0 : size, scratch);
            if (r != first) merge(call, states, 0, states, size);
        }
        finish(call, kvHead, states, 0);
    }

    private int tiles(int queries) {
        return (queries + maxTile - 1) / maxTile;
    }

    /** Queries of a tile: as even as can be. */
    private int tile(int queries) {
        return (queries + tiles(queries) - 1) / tiles(queries);
    }

    private int padded(int queries) {
        return tiles(queries) * tile(queries);
    }

    /** Queries, scaled, and what each of them sees; those that fill the last tile see nothing. */
    private void prepare(Call call, int kvHead, Scratch scratch) {
        AttentionShape shape = call.shape;
        int group = shape.group();
        int dk = shape.keyDim();
        int padded = padded(call.queries());
        Floats queries = scratch.floats(Scratch.Use.QUERIES, padded * dk);
        long bounds = scratch.floats(Scratch.Use.BOUNDS, 2 * padded).address(0);
        gather(call, kvHead, queries);
        for (int i = 0; i < call.queries(); i++) {
            bound(bounds, i, call.firstVisible(i / group) - 1, call.end(i / group));
        }
        kernels.scale(queries, 0, call.queries() * dk, shape.scale());
        if (padded == call.queries()) return;
        queries.slice(call.queries() * dk, (padded - call.queries()) * dk).fill(0);
        for (int i = call.queries(); i < padded; i++) bound(bounds, i, 0, 0);
    }

    /** The queries of one key-value head's group, token by token. */
    static void gather(Call call, int kvHead, Floats queries) {
        int run = call.shape.group() * call.shape.keyDim();
        for (int t = 0; t < call.tokens; t++) {
            queries.copy(t * run, call.q, ((call.firstRow + t) * call.shape.kvHeads() + kvHead) * run, run);
        }
    }

    private static void bound(long bounds, int query, int before, int end) {
        Memory.i32(bounds + 8L * query, before);
        Memory.i32(bounds + 8L * query + 4, end);
    }

    /** The states of all queries over one range of positions. */
    private void range(Call call, int kvHead, int range, Floats states, int at, Scratch scratch) {
        AttentionShape shape = call.shape;
        int padded = padded(call.queries());
        int width = call.stateFloats();
        states.fill(at, padded * width, 0);
        for (int i = 0; i < padded; i++) states.set(at + i * width, LOWEST);
        int page = Math.max(call.first(), range * RANGE) / KvRows.STEP;
        int end = Math.min(call.last(), range * RANGE + RANGE - 1) / KvRows.STEP + 1;
        long words = scratch.floats(Scratch.Use.ARGUMENTS, Words.BYTES / 4).address(0);
        Memory.put(words, Words.PAGES, pages(call, kvHead, page, end - page + 1, scratch));
        Memory.put(words, Words.COUNT, end - page);
        Memory.put(words, Words.BASE, (long) page * KvRows.STEP);
        Memory.put(
                words,
                Words.QUERIES,
                scratch.floats(Scratch.Use.QUERIES, padded * shape.keyDim()).address(0));
        Memory.put(
                words,
                Words.BOUNDS,
                scratch.floats(Scratch.Use.BOUNDS, 2 * padded).address(0));
        Memory.put(words, Words.STATES, states.address(at));
        Memory.put(words, Words.TILES, tiles(call.queries()));
        int work = AttentionKernel.workFloats(shape.keyDim(), shape.valueDim());
        Memory.put(words, Words.WORK, scratch.floats(Scratch.Use.KEYS, work).address(0));
        Memory.put(words, Words.SOFTCAP, Float.floatToRawIntBits(shape.softcap()));
        MachineKernels.call(code(call), words);
    }

    private MemorySegment code(Call call) {
        int tile = tile(call.queries());
        Made known = made;
        if (known != null && call.isOf(known.form, tile)) return known.code;
        Form form = call.form(tile);
        known = new Made(form, kernels.machine().get(form, cpu -> AttentionKernel.assemble(form, cpu)));
        made = known;
        return known.code;
    }

    /**
     * The addresses of a head's keys and values in {@code count} pages from {@code first} on; the last that holds
     * anything stands for those beyond it.
     */
    static long pages(Call call, int kvHead, int first, int count, Scratch scratch) {
        long list = scratch.floats(Scratch.Use.PAGES, 4 * count).address(0);
        int last = call.last() / KvRows.STEP;
        for (int i = 0; i < count; i++) {
            int position = Math.min(first + i, last) * KvRows.STEP;
            Memory.i64(list + 16L * i, call.keys.address(kvHead, position));
            Memory.i64(list + 16L * i + 8, call.values.address(kvHead, position));
        }
        return list;
    }

    /** Takes the states of a range into those of the ranges before it. */
    private void merge(Call call, Floats states, int at, Floats more, int from) {
        int width = call.stateFloats();
        int count = width - AttentionKernel.SUMS;
        for (int i = 0; i < call.queries(); i++) {
            int to = at + i * width;
            int next = from + i * width;
            float max = Math.max(states.get(to), more.get(next));
            kernels.scale(states, to + AttentionKernel.SUMS, count, (float) Math.exp(states.get(to) - max));
            float factor = (float) Math.exp(more.get(next) - max);
            kernels.addScaled(states, to + AttentionKernel.SUMS, more, next + AttentionKernel.SUMS, count, factor);
            states.set(to, max);
        }
    }

    /** From states to results. */
    private void finish(Call call, int kvHead, Floats states, int at) {
        AttentionShape shape = call.shape;
        int group = shape.group();
        int dv = shape.valueDim();
        for (int i = 0; i < call.queries(); i++) {
            int state = at + i * call.stateFloats();
            int head = kvHead * group + i % group;
            float sum = 0;
            for (int l = 0; l < 16; l++) sum += states.get(state + AttentionKernel.SUMS + l);
            float factor = 1;
            if (call.sinks != null) {
                float max = states.get(state);
                float top = Math.max(max, call.sinks.get(head));
                factor = (float) Math.exp(max - top);
                sum = (float) (sum * factor + Math.exp(call.sinks.get(head) - top));
            }
            int target = ((call.firstRow + i / group) * shape.heads() + head) * dv;
            call.out.copy(target, states, state + AttentionKernel.VALUES, dv);
            kernels.scale(call.out, target, dv, factor / sum);
        }
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.NativeAttention.Call;
import dev.dalang.engine.kernel.machine.TileAttentionKernel;
import dev.dalang.engine.kernel.machine.TileAttentionKernel.Form;
import dev.dalang.engine.kernel.machine.TileAttentionKernel.Words;
import java.lang.foreign.MemorySegment;

/** Attention of prompts by {@link TileAttentionKernel}, many queries at once. */
final class NativePromptAttention {

    private record ResultsName(int valueDim) {}

    /** Queries that a page is made ready for. */
    private static final int QUERIES = 128;

    private static final int TILE = TileAttentionKernel.QUERIES;
    private static final float LOWEST = -Float.MAX_VALUE;
    private static final float LOG2_E = (float) (1 / Math.log(2));

    private final NativeElements kernels;
    private final boolean present;

    NativePromptAttention(NativeElements kernels) {
        this.kernels = kernels;
        this.present = TileAttentionKernel.supported(kernels.machine().cpu());
    }

    boolean supports(Call call) {
        return present
                && TileAttentionKernel.supports(
                        call.keys().type(), call.shape().keyDim(), call.shape().valueDim());
    }

    /** All heads, on all threads. */
    void run(Call call, Compute compute) {
        int perTask = Math.max(1, QUERIES / call.shape().group());
        int heads = call.shape().kvHeads();
        int parts = (call.tokens() + perTask - 1) / perTask;
        compute.forEach(parts * heads, (task, worker) -> {
            int from = task / heads * perTask;
            head(call.part(from, Math.min(perTask, call.tokens() - from)), task % heads, compute.scratch(worker));
        });
    }

    /** One key-value head, on this thread. */
    void head(Call call, int kvHead, Scratch scratch) {
        AttentionShape shape = call.shape();
        int tiles = (call.queries() + TILE - 1) / TILE;
        int width = TileAttentionKernel.stateFloats(shape.valueDim());
        Floats states = scratch.floats(Scratch.Use.SUMS, tiles * width);
        states.fill(0, tiles * width, 0);
        for (int t = 0; t < tiles; t++) states.fill(t * width, TILE, LOWEST);
        int block = call.first() / TileAttentionKernel.BLOCK;
        int blocks = call.last() / TileAttentionKernel.BLOCK + 1 - block;
        int page = block * (TileAttentionKernel.BLOCK / KvRows.STEP);
        int pages = blocks * (TileAttentionKernel.BLOCK / KvRows.STEP);
        long words = scratch.floats(Scratch.Use.ARGUMENTS, Words.BYTES / 4).address(0);
        Memory.put(words, Words.PAGES, NativeAttention.pages(call, kvHead, page, pages + 2, scratch));
        Memory.put(words, Words.BLOCKS, blocks);
        Memory.put(words, Words.BASE, (long) block * TileAttentionKernel.BLOCK);
        Memory.put(words, Words.QUERIES, queries(call, kvHead, tiles, scratch));
        Memory.put(words, Words.BOUNDS, bounds(call, tiles, scratch));
        Memory.put(words, Words.STATES, states.address(0));
        Memory.put(words, Words.TILES, tiles);
        int work = TileAttentionKernel.workFloats(shape.keyDim(), shape.valueDim(), tiles);
        Memory.put(words, Words.WORK, scratch.floats(Scratch.Use.KEYS, work).address(0));
        Memory.put(words, Words.SOFTCAP, Float.floatToRawIntBits(shape.softcap()));
        Form form = new Form(
                call.keys().type(),
                shape.keyDim(),
                shape.valueDim(),
                call.keys() == call.values(),
                shape.softcap() != 0);
        MemorySegment code = kernels.machine().get(form, cpu -> TileAttentionKernel.assemble(form, cpu));
        MachineKernels.call(code, words);
        results(call, kvHead, states, tiles, words, scratch);
    }

    private long queries(Call call, int kvHead, int tiles, Scratch scratch) {
        AttentionShape shape = call.shape();
        int dk = shape.keyDim();
        int used = call.queries() * dk;
        Floats queries = scratch.floats(Scratch.Use.QUERIES, tiles * TILE * dk);
        NativeAttention.gather(call, kvHead, queries);
        kernels.scale(queries, 0, used, shape.softcap() != 0 ? shape.scale() : shape.scale() * LOG2_E);
        queries.fill(used, tiles * TILE * dk - used, 0);
        return queries.address(0);
    }

    private static long bounds(Call call, int tiles, Scratch scratch) {
        long bounds = scratch.floats(Scratch.Use.BOUNDS, tiles * TileAttentionKernel.BOUNDS_BYTES / 4)
                .address(0);
        for (int t = 0; t < tiles; t++) {
            long at = bounds + (long) t * TileAttentionKernel.BOUNDS_BYTES;
            int lastAfter = Integer.MIN_VALUE;
            int firstEnd = Integer.MAX_VALUE;
            int firstAfter = Integer.MAX_VALUE;
            int lastEnd = Integer.MIN_VALUE;
            for (int i = 0; i < TILE; i++) {
                // What fills the last tile sees what its last query sees.
                int token = Math.min(t * TILE + i, call.queries() - 1)
                        / call.shape().group();
                int after = call.firstVisible(token) - 1;
                int end = call.end(token);
                Memory.i32(at + 4L * i, after);
                Memory.i32(at + 4L * (TILE + i), end);
                lastAfter = Math.max(lastAfter, after);
                firstEnd = Math.min(firstEnd, end);
                firstAfter = Math.min(firstAfter, after);
                lastEnd = Math.max(lastEnd, end);
            }
            long summary = at + TileAttentionKernel.BOUNDS_SUMMARY;
            Memory.i64(summary, lastAfter);
            Memory.i64(summary + 8, firstEnd);
            Memory.i64(summary + 16, firstAfter);
            Memory.i64(summary + 24, lastEnd);
        }
        return bounds;
    }

    /** From states to results. */
    private void results(Call call, int kvHead, Floats states, int tiles, long words, Scratch scratch) {
        AttentionShape shape = call.shape();
        int group = shape.group();
        int dv = shape.valueDim();
        int width = TileAttentionKernel.stateFloats(dv);
        Floats factors = scratch.floats(Scratch.Use.VALUES, tiles * TILE + dv);
        long addresses = scratch.floats(Scratch.Use.PAGES, 2 * tiles * TILE).address(0);
        for (int i = 0; i < tiles * TILE; i++) {
            Memory.i64(addresses + 8L * i, factors.address(tiles * TILE));
        }
        for (int i = 0; i < call.queries(); i++) {
            int head = kvHead * group + i % group;
            int state = i / TILE * width + i % TILE;
            float sum = states.get(state + TILE);
            float factor = 1;
            if (call.sinks() != null) {
                // Maxima are exponents of 2.
                double max = states.get(state) / (double) LOG2_E;
                double top = Math.max(max, call.sinks().get(head));
                factor = (float) Math.exp(max - top);
                sum = (float) (sum * factor + Math.exp(call.sinks().get(head) - top));
            }
            factors.set(i, factor / sum);
            int row = (call.firstRow() + i / group) * shape.heads() + head;
            Memory.i64(addresses + 8L * i, call.out().address(row * dv));
        }
        Memory.put(words, Words.FACTORS, factors.address(0));
        Memory.put(words, Words.RESULTS, addresses);
        Memory.put(words, Words.STATES, states.address(0));
        Memory.put(words, Words.TILES, tiles);
        MemorySegment code =
                kernels.machine().get(new ResultsName(dv), cpu -> TileAttentionKernel.assembleResults(dv, cpu));
        MachineKernels.call(code, words);
    }
}

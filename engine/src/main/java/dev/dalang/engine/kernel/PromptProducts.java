package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.FloatDotKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelKernel;
import dev.dalang.engine.kernel.machine.TileKernel;
import dev.dalang.engine.kernel.machine.TokenTiles;
import java.lang.foreign.MemorySegment;

/**
 * Products of a prompt's many tokens in the tile registers (AMX).
 *
 * <p>The tokens are rounded to BF16 once, into tiles that lie in the order in which they are read. The rows are shared
 * out in chunks. In a chunk the columns go by in blocks, of which all tokens fit the second cache; two groups of rows
 * at a time are decoded into a panel that fits the first, and meet all tokens. Sums wait in tiles of their own between
 * two blocks of columns, and the last block writes them where they belong.
 *
 * <p>A result depends on its own token and row alone: the order of its sum is that of the columns.
 */
final class PromptProducts {

    /** Tokens that go through together: their block of columns fits the second cache, beside the sums of a chunk. */
    private static final int TOKENS = 512;

    /** Columns of a block: two panels of so many fill two thirds of the first cache. */
    private static final int COLUMNS = 512;

    /** Rows of a chunk: every chunk reads all tokens again. */
    private static final int CHUNK_ROWS = 256;

    private record PanelName(BlockType type) {}

    private record TileName(int groups, boolean split) {}

    private record RoundName(boolean split) {}

    private final MachineKernels machine;

    PromptProducts(MachineKernels machine) {
        this.machine = machine;
    }

    boolean supported() {
        return TileKernel.supported(machine.cpu());
    }

    /** F32 weights stay F32: they are by {@link FloatDotKernel}. */
    boolean supports(Matrix w) {
        return supported() && w.type() != BlockType.F32;
    }

    /** A product under way: what its chunks have in common. */
    private record Product(
            Matrix w, PackedMatrix packed, boolean split, int columns, long tokens, int count, long results) {

        int steps(int block) {
            return TokenTiles.steps(Math.min(columns, w.columns() - block * columns));
        }

        int tileBytes() {
            return split ? 2 * TokenTiles.TILE_BYTES : TokenTiles.TILE_BYTES;
        }

        int blocks() {
            return (w.columns() + columns - 1) / columns;
        }

        int tokenTiles() {
            return (count + TokenTiles.ROWS - 1) / TokenTiles.ROWS;
        }

        /** Bytes of all tokens in a block of columns before the last. */
        long blockBytes() {
            return (long) tokenTiles() * TokenTiles.steps(columns) * tileBytes();
        }

        /** Address of a row's first word, of the block of columns. */
        long words(int group, int block) {
            boolean floats = FloatDotKernel.supports(w.type());
            Interleaving layout = Interleaving.of(w.type());
            long first = (long) block * columns / layout.blockElements();
            if (floats) return packed.address(group) + first * layout.blockBytes() * Interleaving.ROWS;
            return packed.address(group) + packed.oddRegion() + first * layout.words() * 4 * Interleaving.ROWS;
        }

        long odd(int group, int block) {
            Interleaving layout = Interleaving.of(w.type());
            long first = (long) block * columns / layout.blockElements();
            return packed.address(group) + first * layout.oddBytes() * Interleaving.ROWS;
        }
    }

    /** {@code out[t] = W · x[t]} for {@code tokens} tokens. */
    void multiply(Matrix w, PackedMatrix packed, Floats x, int tokens, Floats out, Compute compute) {
        for (int from = 0; from < tokens; from += TOKENS) {
            int count = Math.min(TOKENS, tokens - from);
            some(w, packed, x, from, count, out, compute);
        }
    }

    private void some(Matrix w, PackedMatrix packed, Floats x, int from, int count, Floats out, Compute compute) {
        boolean split = PanelKernel.split(w.type());
        int columns = split ? COLUMNS / 2 : COLUMNS;
        int tiles = (count + TokenTiles.ROWS - 1) / TokenTiles.ROWS;
        long bytes = (long) tiles * TokenTiles.steps(w.columns()) * TokenTiles.TILE_BYTES * (split ? 2 : 1);
        long target = compute.scratch(0)
                .floats(Scratch.Use.ACTIVATIONS, Math.toIntExact(bytes / 4))
                .address(0);
        Product p = new Product(w, packed, split, columns, target, count, out.address(from * w.rows()));
        x.address((from + count) * w.columns());
        compute.forEach(tiles, (tile, worker) -> round(p, x, from, tile, compute.scratch(worker)));
        int pairs = (packed.groups() + TileKernel.GROUPS - 1) / TileKernel.GROUPS;
        int largest = CHUNK_ROWS / (TileKernel.GROUPS * Interleaving.ROWS);
        int chunks = Math.max((pairs + largest - 1) / largest, compute.chunks(pairs));
        compute.forEach(chunks, (chunk, worker) -> {
            int first = (int) ((long) pairs * chunk / chunks);
            int last = (int) ((long) pairs * (chunk + 1) / chunks);
            rows(p, first, last, compute.scratch(worker));
        });
    }

    /** A tile's tokens, for all columns. */
    private void round(Product p, Floats x, int from, int tile, Scratch scratch) {
        long words = scratch.floats(Scratch.Use.ARGUMENTS, 64).address(0);
        MemorySegment code = machine.get(new RoundName(p.split), cpu -> TokenTiles.assemble(p.split));
        int first = tile * TokenTiles.ROWS;
        int count = Math.min(TokenTiles.ROWS, p.count - first);
        int width = p.w.columns();
        for (int block = 0; block < p.blocks(); block++) {
            long target = p.tokens + block * p.blockBytes() + (long) tile * p.steps(block) * p.tileBytes();
            for (int t = 0; t < count; t++) {
                long source = x.address((from + first + t) * width + block * p.columns);
                Memory.i64(words + TokenTiles.Words.SOURCE.offset(), source);
                Memory.i64(words + TokenTiles.Words.TARGET.offset(), target + (long) t * TokenTiles.ROW_BYTES);
                Memory.i64(words + TokenTiles.Words.COLUMNS.offset(), Math.min(p.columns, width - block * p.columns));
                MachineKernels.call(code, words);
            }
        }
    }

    /** The rows of pairs of groups {@code first .. last-1}. */
    private void rows(Product p, int first, int last, Scratch scratch) {
        int groups = Math.min(TileKernel.GROUPS * last, p.packed.groups()) - TileKernel.GROUPS * first;
        int sumsOfGroup = p.tokenTiles() * TokenTiles.TILE_BYTES;
        long sums = p.blocks() == 1
                ? 0
                : scratch.floats(Scratch.Use.SUMS_OF_TILES, sumsOfGroup / 4 * groups)
                        .address(0);
        int panelBytes = TokenTiles.steps(p.columns) * p.tileBytes();
        long panel = scratch.floats(Scratch.Use.PANEL, panelBytes / 4 * TileKernel.GROUPS)
                .address(0);
        for (int block = 0; block < p.blocks(); block++) {
            for (int pair = first; pair < last; pair++) {
                int group = TileKernel.GROUPS * pair;
                int n = Math.min(TileKernel.GROUPS, p.packed.groups() - group);
                for (int g = 0; g < n; g++)
                    panel(p, group + g, block, panel + g * panelBytes, pair, last, first, scratch);
                long at = sums + (long) (group - TileKernel.GROUPS * first) * sumsOfGroup;
                tiles(p, group, n, block, panel, panelBytes, at, sumsOfGroup, scratch);
            }
        }
    }

    private void panel(Product p, int group, int block, long panel, int pair, int last, int first, Scratch scratch) {
        long words = scratch.floats(Scratch.Use.ARGUMENTS, 64).address(0);
        // The groups of this chunk again and again, a block of columns further each time.
        boolean further = pair + 1 < last;
        int next = further ? group + TileKernel.GROUPS : TileKernel.GROUPS * first + group % TileKernel.GROUPS;
        int nextBlock = further ? block : block + 1;
        if (next >= p.packed.groups() || nextBlock >= p.blocks()) {
            next = group;
            nextBlock = block;
        }
        int columns = Math.min(p.columns, p.w.columns() - block * p.columns);
        Memory.i64(words + PanelKernel.Words.WEIGHTS.offset(), p.words(group, block));
        Memory.i64(words + PanelKernel.Words.ODD.offset(), p.odd(group, block));
        Memory.i64(words + PanelKernel.Words.PANEL.offset(), panel);
        Memory.i64(
                words + PanelKernel.Words.BLOCKS.offset(), columns / p.w.type().blockElements());
        Memory.i64(words + PanelKernel.Words.NEXT.offset(), p.words(next, nextBlock));
        Memory.i64(words + PanelKernel.Words.NEXT_ODD.offset(), p.odd(next, nextBlock));
        BlockType type = p.w.type();
        MachineKernels.call(machine.get(new PanelName(type), cpu -> PanelKernel.assemble(type, cpu)), words);
    }

    private void tiles(
            Product p,
            int group,
            int groups,
            int block,
            long panel,
            int panelBytes,
            long sums,
            int sumsOfGroup,
            Scratch scratch) {
        boolean last = block == p.blocks() - 1;
        int whole = p.count / TokenTiles.ROWS;
        int rest = p.count % TokenTiles.ROWS;
        long tokens = p.tokens + block * p.blockBytes();
        int step = p.steps(block) * p.tileBytes();
        int rowBytes = 4 * p.w.rows();
        long results = p.results + 4L * group * Interleaving.ROWS;
        long words = scratch.floats(Scratch.Use.ARGUMENTS, 64).address(0);
        put(words, TileKernel.Words.CONFIGURATION, words + 128);
        put(words, TileKernel.Words.TOKEN_STEP, step);
        put(words, TileKernel.Words.PANEL, panel);
        put(words, TileKernel.Words.PANEL_STEP, panelBytes);
        put(words, TileKernel.Words.STEPS, p.steps(block));
        put(words, TileKernel.Words.SUMS_STEP, sumsOfGroup);
        put(words, TileKernel.Words.RESULT_STRIDE, last ? rowBytes : TokenTiles.ROW_BYTES);
        put(words, TileKernel.Words.RESULT_STEP, last ? rowBytes * TokenTiles.ROWS : TokenTiles.TILE_BYTES);
        put(words, TileKernel.Words.RESULT_GROUP, last ? 4 * Interleaving.ROWS : sumsOfGroup);
        MemorySegment code = machine.get(new TileName(groups, p.split), cpu -> TileKernel.assemble(groups, p.split));
        for (int part = 0; part < 2; part++) {
            int first = part == 0 ? 0 : whole;
            int count = part == 0 ? whole : 1;
            int rows = part == 0 ? TokenTiles.ROWS : rest;
            if (count == 0 || rows == 0) continue;
            configure(words + 128, p.w, group, groups, rows);
            put(words, TileKernel.Words.TOKENS, tokens + (long) first * step);
            put(words, TileKernel.Words.TOKEN_TILES, count);
            long sum = sums + (long) first * TokenTiles.TILE_BYTES;
            put(words, TileKernel.Words.SUMS, block == 0 ? 0 : sum);
            put(words, TileKernel.Words.RESULTS, last ? results + (long) first * TokenTiles.ROWS * rowBytes : sum);
            MachineKernels.call(code, words);
        }
    }

    private static void configure(long at, Matrix w, int group, int groups, int tokens) {
        int firstRows = Math.min(Interleaving.ROWS, w.rows() - group * Interleaving.ROWS);
        int lastRows =
                groups == 1 ? firstRows : Math.min(Interleaving.ROWS, w.rows() - (group + 1) * Interleaving.ROWS);
        for (int i = 0; i < TileKernel.CONFIGURATION_BYTES; i++) {
            Memory.i8(at + i, (byte) TileKernel.configuration(i, tokens, firstRows, lastRows));
        }
    }

    private static void put(long words, TileKernel.Words which, long value) {
        Memory.i64(words + which.offset(), value);
    }
}

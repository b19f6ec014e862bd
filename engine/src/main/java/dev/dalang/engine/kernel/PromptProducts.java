package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelKernel;
import dev.dalang.engine.kernel.machine.TileKernel;
import dev.dalang.engine.kernel.machine.TokenTiles;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Products of a prompt's many tokens in the tile registers (AMX), or of BF16 in vector registers where there are none.
 *
 * <p>The tokens are rounded to BF16 once, into tiles that lie in the order in which they are read. The rows are shared
 * out in chunks. In a chunk the columns go by in blocks, of which all tokens fit the second cache; two groups of rows
 * at a time are decoded into panels that fit the first, and meet all tokens. Sums wait in tiles of their own between
 * two blocks of columns, and the last block writes them where they belong.
 *
 * <p>Weights of F16 and the tokens that meet them are split in two BF16 each and take three products (see {@link
 * TileKernel}): rounding the tokens to BF16 alone moves a result by 1.4e-3 of its size (root mean square over 2,048
 * columns), which is right for weights of BF16 and coarser; with both split it is 6e-6.
 *
 * <p>A result depends on its own token and row alone: the order of its sum is that of the columns.
 */
final class PromptProducts {

    /** Tokens that go through together: their block of columns fits the second cache, beside the sums of a chunk. */
    private static final int TOKENS = 512;

    /** Columns of a block: two panels of so many, or of half as many split ones, take a third of the first cache. */
    private static final int COLUMNS = 256;

    /** So few tokens leave room for a block of twice the columns, which halves the work around it. */
    private static final int FEW_TOKENS = 64;

    /** Rows of a chunk: every chunk reads all tokens again. */
    private static final int CHUNK_ROWS = 512;

    private static final int LINE = 64;

    private static final int WORDS_BYTES = 256;

    private record PanelName(BlockType type) {}

    private record TileName(int groups, boolean split, boolean last) {}

    private record RoundName(boolean split) {}

    private final MachineKernels machine;

    PromptProducts(MachineKernels machine) {
        this.machine = machine;
    }

    /**
     * Everything but F32, which tiles would round. Without tiles only BF16: vector registers multiply it twice as fast as
     * floats, but three such products, as F16 takes, are slower than one of floats, and quantised weights meet whole
     * numbers faster still.
     */
    boolean supports(BlockType type) {
        return TileKernel.supported(machine.cpu())
                ? type != BlockType.F32
                : type == BlockType.BF16 && TileKernel.multiplies(machine.cpu());
    }

    /** A product under way: what its chunks have in common. */
    private record Product(
            Matrix w, PanelSource source, boolean split, int columns, long tokens, int count, long results) {

        Product at(long tokens, long results) {
            return new Product(w, source, split, columns, tokens, count, results);
        }

        int steps(int block) {
            return TokenTiles.steps(width(block));
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

        /** Bytes of a token tile in a block of columns; the last block may not use all. */
        int tokenStep() {
            return TokenTiles.steps(columns) * tileBytes();
        }

        /** Bytes of all tokens in a block of columns. */
        long blockBytes() {
            return (long) tokenTiles() * tokenStep();
        }

        /** Columns of that block. */
        int width(int block) {
            return Math.min(columns, w.columns() - block * columns);
        }

        /** By how much every round of token tiles goes on, so that they come to the end of a block's words together. */
        int weightsStep() {
            int rounds = Math.max(1, tokenTiles() / 2);
            int lines = (source.bytes(columns) + LINE * rounds - 1) / (LINE * rounds);
            return LINE * lines;
        }
    }

    /**
     * {@code out[t] = W · x[t]} for {@code tokens} tokens.
     *
     * @param packed the matrix, unless no machine code reads its type
     */
    void multiply(Matrix w, @Nullable PackedMatrix packed, Floats x, int tokens, Floats out, Compute compute) {
        for (int from = 0; from < tokens; from += TOKENS) {
            int count = Math.min(TOKENS, tokens - from);
            some(new PanelSource(w, packed), x, from, count, out, compute);
        }
    }

    private void some(PanelSource source, Floats x, int from, int count, Floats out, Compute compute) {
        Matrix w = source.w();
        boolean split = PanelKernel.split(w.type());
        int most = split ? COLUMNS / 2 : count <= FEW_TOKENS ? 2 * COLUMNS : COLUMNS;
        int columns = Math.min(most, TokenTiles.steps(w.columns()) * TokenTiles.COLUMNS);
        Product shape = new Product(w, source, split, columns, 0, count, 0);
        long tokens = compute.scratch(0)
                .floats(Scratch.Use.ACTIVATIONS, Math.toIntExact(shape.blocks() * shape.blockBytes() / 4))
                .address(0);
        Product p = shape.at(tokens, out.address(from * w.rows()));
        x.address((from + count) * w.columns());
        compute.forEach(p.tokenTiles(), (tile, worker) -> round(p, x, from, tile, compute.scratch(worker)));
        int pairs = (source.groups() + TileKernel.GROUPS - 1) / TileKernel.GROUPS;
        int longest = CHUNK_ROWS / (TileKernel.GROUPS * Interleaving.ROWS);
        int chunks = Math.max((pairs + longest - 1) / longest, compute.chunks(pairs));
        compute.forEach(chunks, (chunk, worker) -> {
            int first = (int) ((long) pairs * chunk / chunks);
            int last = (int) ((long) pairs * (chunk + 1) / chunks);
            new Chunk(p, first, last, compute.scratch(worker)).run();
        });
    }

    /** A tile's tokens, for all columns. */
    private void round(Product p, Floats x, int from, int tile, Scratch scratch) {
        long words = scratch.floats(Scratch.Use.ARGUMENTS, WORDS_BYTES / 4).address(0);
        MemorySegment code = machine.get(new RoundName(p.split), cpu -> TokenTiles.assemble(p.split));
        int first = tile * TokenTiles.ROWS;
        int count = Math.min(TokenTiles.ROWS, p.count - first);
        int width = p.w.columns();
        Memory.put(words, TokenTiles.Words.COLUMNS, width);
        Memory.put(words, TokenTiles.Words.BLOCK_TILES, TokenTiles.steps(p.columns));
        Memory.put(words, TokenTiles.Words.BLOCK_STEP, p.blockBytes() - p.tokenStep());
        for (int t = 0; t < count; t++) {
            Memory.put(words, TokenTiles.Words.SOURCE, x.address((from + first + t) * width));
            long target = p.tokens + (long) tile * p.tokenStep() + (long) t * TokenTiles.ROW_BYTES;
            Memory.put(words, TokenTiles.Words.TARGET, target);
            MachineKernels.call(code, words);
        }
    }

    /** The rows of some pairs of groups, by one worker. */
    private final class Chunk {
        private final Product p;
        private final Scratch scratch;
        private final int firstPair;
        private final int lastPair;
        private final long words;
        private final long configuration;
        private final long panel;
        private final long sums;
        private final int sumsOfGroup;

        /** What the configuration in memory is for. */
        private int configured;

        Chunk(Product p, int firstPair, int lastPair, Scratch scratch) {
            this.p = p;
            this.scratch = scratch;
            this.firstPair = firstPair;
            this.lastPair = lastPair;
            this.words = scratch.floats(Scratch.Use.ARGUMENTS, WORDS_BYTES / 4).address(0);
            this.configuration = words + WORDS_BYTES - TileKernel.CONFIGURATION_BYTES;
            this.panel = scratch.floats(Scratch.Use.PANEL, p.tokenStep() / 4 * TileKernel.GROUPS)
                    .address(0);
            this.sumsOfGroup = p.tokenTiles() * TokenTiles.TILE_BYTES;
            int groups = TileKernel.GROUPS * (lastPair - firstPair);
            this.sums = scratch.floats(Scratch.Use.SUMS_OF_TILES, p.blocks() == 1 ? 0 : sumsOfGroup / 4 * groups)
                    .address(0);
        }

        void run() {
            for (int block = 0; block < p.blocks(); block++) {
                for (int pair = firstPair; pair < lastPair; pair++) {
                    int group = TileKernel.GROUPS * pair;
                    int groups = Math.min(TileKernel.GROUPS, p.source.groups() - group);
                    // The groups of this chunk again and again, a block of columns further each time.
                    boolean further = pair + 1 < lastPair;
                    int nextBlock = Math.min(further ? block : block + 1, p.blocks() - 1);
                    int nextGroup = TileKernel.GROUPS * (further ? pair + 1 : firstPair);
                    boolean many = p.tokenTiles() / 2 * TileKernel.WEIGHTS_AHEAD >= p.source.bytes(p.columns);
                    for (int g = 0; g < groups; g++) {
                        int next = Math.min(nextGroup + g, p.source.groups() - 1);
                        decode(group + g, block, next, nextBlock, panel + g * p.tokenStep(), many);
                    }
                    tiles(group, groups, block, p.source.words(nextGroup, nextBlock * p.columns), many);
                }
            }
        }

        /** @param elsewhere whether somebody else asks for the next weights ahead */
        private void decode(int group, int block, int next, int nextBlock, long target, boolean elsewhere) {
            PanelSource source = p.source;
            int column = block * p.columns;
            int nextColumn = nextBlock * p.columns;
            BlockType type = source.type();
            long from = source.decoded(group, column, p.width(block), scratch);
            put(PanelKernel.Words.WEIGHTS, from);
            put(PanelKernel.Words.ODD, source.odd(group, column));
            put(PanelKernel.Words.PANEL, target);
            put(PanelKernel.Words.BLOCKS, p.width(block) / type.blockElements());
            put(PanelKernel.Words.NEXT, elsewhere ? from : source.words(next, nextColumn));
            put(PanelKernel.Words.NEXT_ODD, source.odd(next, nextColumn));
            MachineKernels.call(machine.get(new PanelName(type), cpu -> PanelKernel.assemble(type, cpu)), words);
        }

        private void tiles(int group, int groups, int block, long weights, boolean ahead) {
            boolean last = block == p.blocks() - 1;
            int rowBytes = 4 * p.w.rows();
            put(TileKernel.Words.CONFIGURATION, configuration);
            put(TileKernel.Words.TOKEN_STEP, p.tokenStep());
            put(TileKernel.Words.PANEL, panel);
            put(TileKernel.Words.PANEL_STEP, p.tokenStep());
            put(TileKernel.Words.STEPS, p.steps(block));
            put(TileKernel.Words.SUMS_STRIDE, TokenTiles.ROW_BYTES);
            put(TileKernel.Words.SUMS_TILE, TokenTiles.TILE_BYTES);
            put(TileKernel.Words.SUMS_STEP, sumsOfGroup);
            put(TileKernel.Words.RESULT_STRIDE, last ? rowBytes : TokenTiles.ROW_BYTES);
            put(TileKernel.Words.RESULT_STEP, last ? rowBytes * TokenTiles.ROWS : TokenTiles.TILE_BYTES);
            put(TileKernel.Words.RESULT_GROUP, last ? 4 * Interleaving.ROWS : sumsOfGroup);
            put(TileKernel.Words.WEIGHTS, ahead ? weights : panel);
            put(TileKernel.Words.WEIGHTS_GROUP, ahead ? p.source.groupBytes() : 0);
            put(TileKernel.Words.WEIGHTS_STEP, ahead ? p.weightsStep() : 0);
            tokensAhead(block, group / TileKernel.GROUPS - firstPair);
            MemorySegment code = machine.get(
                    new TileName(groups, p.split, last), cpu -> TileKernel.assemble(groups, p.split, last, cpu));
            int whole = p.count / TokenTiles.ROWS;
            if (whole > 0) tiles(code, group, block, 0, whole, TokenTiles.ROWS);
            if (p.count % TokenTiles.ROWS > 0) tiles(code, group, block, whole, 1, p.count % TokenTiles.ROWS);
        }

        /** Token tiles {@code first .. first+count-1}, of so many tokens each. */
        private void tiles(MemorySegment code, int group, int block, int first, int count, int tokens) {
            configure(group, tokens);
            boolean last = block == p.blocks() - 1;
            long sum = sums
                    + (long) (group - TileKernel.GROUPS * firstPair) * sumsOfGroup
                    + (long) first * TokenTiles.TILE_BYTES;
            long result = p.results + 4L * (first * TokenTiles.ROWS * p.w.rows() + group * Interleaving.ROWS);
            put(TileKernel.Words.TOKENS, p.tokens + block * p.blockBytes() + (long) first * p.tokenStep());
            put(TileKernel.Words.TOKEN_TILES, count);
            put(TileKernel.Words.SUMS, block == 0 ? 0 : sum);
            put(TileKernel.Words.RESULTS, last ? result : sum);
            MachineKernels.call(code, words);
        }

        /** The next block of columns, of which each of the chunk's first pairs asks for a part. */
        private void tokensAhead(int block, int pair) {
            int parts = 2 * TokenTiles.TILE_BYTES / TileKernel.AHEAD;
            boolean any = p.blocks() > 1 && pair < parts;
            long next = p.tokens + (block + 1) % p.blocks() * p.blockBytes();
            put(TileKernel.Words.AHEAD, any ? next + p.blockBytes() / parts * pair : panel);
            put(TileKernel.Words.AHEAD_STEP, any ? TileKernel.ahead(p.split) : 0);
        }

        private void configure(int group, int tokens) {
            int firstRows = Math.min(Interleaving.ROWS, p.w.rows() - group * Interleaving.ROWS);
            int lastRows = Math.clamp(p.w.rows() - (group + 1) * Interleaving.ROWS, 1, Interleaving.ROWS);
            int shape = (tokens << 8 | firstRows) << 8 | lastRows;
            if (shape == configured) return;
            configured = shape;
            for (int i = 0; i < TileKernel.CONFIGURATION_BYTES; i += 8) {
                Memory.i64(configuration + i, TileKernel.configuration(i, tokens, firstRows, lastRows));
            }
        }

        private void put(PanelKernel.Words which, long value) {
            Memory.i64(words + which.offset(), value);
        }

        private void put(TileKernel.Words which, long value) {
            Memory.i64(words + which.offset(), value);
        }
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.FactorTiles;
import dev.dalang.engine.kernel.machine.TileKernel;
import dev.dalang.engine.kernel.machine.TokenTiles;
import java.lang.foreign.MemorySegment;

/**
 * Products in the tile registers (AMX), or in vector registers that multiply BF16: factors rounded to BF16, sums in F32.
 *
 * <p>The second factor is cut along the sum, and across it where it is large, in pieces of some megabytes of BF16, of
 * which one at a time is packed in tiles (see {@link FactorTiles}) by all threads. Then each thread takes some rows of
 * the first factor, packs them for itself in its second cache, and multiplies them by the whole piece: two strips of
 * sixteen columns, a block of which along the sum fits the first cache, meet all of the rows.
 *
 * <p>An element's sum runs along the sum in order, wherever the blocks are cut: between them it is kept in all its bits.
 */
final class TileGemm extends BandedGemm {

    /** Tiles along the sum that go through together: two strips of so many are a third of the first cache. */
    private static final int TILES = 8;

    /** Elements of a piece along the sum. */
    private static final int DEPTH = 2048;

    /** Elements of a piece across the sum. */
    private static final int WIDTH = 4096;

    /** Elements of the first factor that a thread packs at once, half a second cache of BF16. */
    private static final int OWN = 512 << 10;

    private static final int FEWEST_ROWS = 256;
    private static final int MOST_ROWS = 1024;

    /** Rows and columns that the tile registers take at a time. */
    private static final int SQUARE = 32;

    /** Tokens that go together through the products for prompts, when they have to be copied. */
    private static final int TOKENS = 512;

    private static final int WORDS_BYTES = 256;

    private final NativeKernels kernels;
    private final MachineKernels machine;
    private final TileCode code;

    TileGemm(NativeKernels kernels) {
        super(kernels);
        this.kernels = kernels;
        machine = kernels.machine();
        code = new TileCode(machine);
    }

    @Override
    public String description() {
        String where = TileKernel.supported(machine.cpu()) ? "tile" : "vector";
        return "native: BF16 in " + where + " registers, sums in F32";
    }

    /** Packs a piece of the second factor, from element {@code k} along the sum and {@code n} across it. */
    private interface Second {
        void pack(FactorStrips strips, int k, int n, int columns, Workers team);
    }

    @Override
    void multiply(Workers workers, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        multiply(workers, a, out, add, (strips, k, n, columns, team) -> {
            FloatMatrix piece = b.rows(k, strips.depth()).columns(n, columns).transpose();
            team.forEach(
                    strips.parts(piece), (part, worker) -> strips.pack(piece, true, part, code, team.scratch(worker)));
        });
    }

    @Override
    public void multiplyByRows(Compute compute, FloatMatrix dy, Matrix w, FloatMatrix out, boolean add) {
        check(dy, w.rows(), out, w.columns());
        if (w.type() == BlockType.F32) {
            multiply(compute, dy, floats(w), out, add);
            return;
        }
        // Halves of F16 are cut for three products, where one of rounded floats will do.
        PanelSource source = w.type() == BlockType.F16 ? new PanelSource(w, null) : kernels.panels(w, compute);
        FrozenStrips frozen = new FrozenStrips(source, machine);
        multiply(
                new Workers.All(compute),
                dy,
                out,
                add,
                (strips, k, n, columns, team) -> team.forEach(
                        TokenTiles.steps(strips.depth()),
                        (step, worker) -> frozen.pack(strips, step, k, n, columns, team.scratch(worker))));
    }

    private static FloatMatrix floats(Matrix w) {
        return FloatMatrix.of(Floats.of(w.data()), w.rows(), w.columns());
    }

    /**
     * By the tier's products for prompts, where they are of the same kind; without tiles those round the activations to
     * whole numbers, which is too coarse to learn from.
     */
    @Override
    public void multiplyByColumns(Compute compute, FloatMatrix x, Matrix w, FloatMatrix out, boolean add) {
        check(x, w.columns(), out, w.rows());
        if (!TileKernel.supported(machine.cpu())) {
            super.multiplyByColumns(compute, x, w, out, add);
            return;
        }
        int tokens = x.rows();
        if (tokens == 0) return;
        if (w.type() == BlockType.F32) {
            multiply(compute, x, floats(w).transpose(), out, add);
        } else if (!add && x.dense() && out.dense()) {
            Floats from = x.data().slice(x.from(), tokens * w.columns());
            Floats to = out.data().slice(out.from(), tokens * w.rows());
            kernels.multiply(w, from, tokens, tokens, to, compute);
        } else {
            for (int t = 0; t < tokens; t += TOKENS) {
                int count = Math.min(TOKENS, tokens - t);
                byColumns(compute, x.rows(t, count), w, out.rows(t, count), add);
            }
        }
    }

    /** The same for matrices that are parts of others, by way of ones that are not. */
    private void byColumns(Compute compute, FloatMatrix x, Matrix w, FloatMatrix out, boolean add) {
        int tokens = x.rows();
        Floats from = compute.scratch(0).floats(Scratch.Use.FIRST, tokens * w.columns());
        Floats to = compute.scratch(0).floats(Scratch.Use.SECOND, tokens * w.rows());
        compute.forEach(tokens, (t, worker) -> {
            if (!x.transposed()) {
                from.copy(t * w.columns(), x.data(), x.index(t, 0), w.columns());
            } else {
                for (int i = 0; i < w.columns(); i++) from.set(t * w.columns() + i, x.get(t, i));
            }
        });
        kernels.multiply(w, from, tokens, tokens, to, compute);
        compute.forEach(tokens, (t, worker) -> {
            if (add) kernels.addScaled(out.data(), out.index(t, 0), to, t * w.rows(), w.rows(), 1);
            else out.data().copy(out.index(t, 0), to, t * w.rows(), w.rows());
        });
    }

    private void multiply(Workers team, FloatMatrix a, FloatMatrix out, boolean add, Second b) {
        for (int n = 0; n < out.columns(); n += WIDTH) {
            int columns = Math.min(WIDTH, out.columns() - n);
            for (int k = 0; k < a.columns(); k += DEPTH) {
                int depth = Math.min(DEPTH, a.columns() - k);
                FactorStrips strips = FactorStrips.allocate(columns, depth, TILES, team.scratch(0), Scratch.Use.SECOND);
                b.pack(strips, k, n, columns, team);
                product(team, a.columns(k, depth), strips, out.columns(n, columns), add || k > 0);
            }
        }
    }

    /** {@code out (+)= a·b} for a packed piece {@code b}. */
    private void product(Workers team, FloatMatrix a, FactorStrips b, FloatMatrix out, boolean add) {
        int squares = (a.rows() + SQUARE - 1) / SQUARE;
        int most = Math.clamp(OWN / a.columns(), FEWEST_ROWS, MOST_ROWS) / SQUARE;
        int down = Math.max((squares + most - 1) / most, Math.min(squares, team.threads()));
        int pairs = (b.count() + TileKernel.GROUPS - 1) / TileKernel.GROUPS;
        int across = down >= team.threads() ? 1 : Math.min(pairs, team.threads());
        team.forEach(down * across, (task, worker) -> {
            int first = (int) ((long) squares * (task / across) / down) * SQUARE;
            int last = Math.min(a.rows(), (int) ((long) squares * (task / across + 1) / down) * SQUARE);
            int from = (int) ((long) pairs * (task % across) / across);
            int to = (int) ((long) pairs * (task % across + 1) / across);
            FloatMatrix rows = a.rows(first, last - first);
            new Chunk(rows, b, out.rows(first, last - first), add, team.scratch(worker)).run(from, to);
        });
    }

    /** Some rows of a product with some pairs of strips, by one worker. */
    private final class Chunk {
        private final FactorStrips a;
        private final FactorStrips b;
        private final FloatMatrix out;
        private final boolean add;
        private final long words;
        private final long configuration;
        private final long sums;
        private final int sumsOfGroup;

        /** What the configuration in memory is for. */
        private int configured;

        Chunk(FloatMatrix rows, FactorStrips b, FloatMatrix out, boolean add, Scratch scratch) {
            this.b = b;
            this.out = out;
            this.add = add;
            this.a = FactorStrips.allocate(rows.rows(), b.depth(), TILES, scratch, Scratch.Use.FIRST);
            for (int p = 0; p < a.parts(rows); p++) a.pack(rows, false, p, code, scratch);
            this.words = scratch.floats(Scratch.Use.ARGUMENTS, WORDS_BYTES / 4).address(0);
            this.configuration = words + WORDS_BYTES - TileKernel.CONFIGURATION_BYTES;
            this.sumsOfGroup = a.count() * TokenTiles.TILE_BYTES;
            int floats = b.blocks() == 1 ? 0 : sumsOfGroup / 4 * TileKernel.GROUPS;
            this.sums = scratch.floats(Scratch.Use.SUMS_OF_TILES, floats).address(0);
        }

        void run(int from, int to) {
            put(TileKernel.Words.CONFIGURATION, configuration);
            put(TileKernel.Words.TOKEN_STEP, a.stripBytes());
            put(TileKernel.Words.PANEL_STEP, b.stripBytes());
            put(TileKernel.Words.WEIGHTS_GROUP, 0);
            put(TileKernel.Words.WEIGHTS_STEP, 0);
            put(TileKernel.Words.AHEAD_STEP, TileKernel.AHEAD);
            for (int pair = from; pair < to; pair++) {
                for (int block = 0; block < b.blocks(); block++) {
                    boolean further = block + 1 < b.blocks();
                    int next = further || pair + 1 == to ? pair : pair + 1;
                    put(TileKernel.Words.AHEAD, b.address(further ? block + 1 : 0, next * TileKernel.GROUPS));
                    tiles(pair * TileKernel.GROUPS, block);
                }
            }
        }

        /** All rows with the strip and its neighbour, along a block. */
        private void tiles(int strip, int block) {
            int groups = Math.min(TileKernel.GROUPS, b.count() - strip);
            boolean last = block + 1 == b.blocks();
            boolean begun = block > 0;
            int rowBytes = 4 * out.stride();
            long panel = b.address(block, strip);
            put(TileKernel.Words.PANEL, panel);
            put(TileKernel.Words.WEIGHTS, panel);
            put(TileKernel.Words.STEPS, b.steps(block));
            put(TileKernel.Words.SUMS_STRIDE, begun ? TokenTiles.ROW_BYTES : rowBytes);
            put(TileKernel.Words.SUMS_TILE, begun ? TokenTiles.TILE_BYTES : rowBytes * TokenTiles.ROWS);
            put(TileKernel.Words.SUMS_STEP, begun ? sumsOfGroup : 4 * FactorTiles.WIDTH);
            put(TileKernel.Words.RESULT_STRIDE, last ? rowBytes : TokenTiles.ROW_BYTES);
            put(TileKernel.Words.RESULT_STEP, last ? rowBytes * TokenTiles.ROWS : TokenTiles.TILE_BYTES);
            put(TileKernel.Words.RESULT_GROUP, last ? 4 * FactorTiles.WIDTH : sumsOfGroup);
            MemorySegment product = code.tiles(groups, last);
            int whole = out.rows() / TokenTiles.ROWS;
            if (whole > 0) tiles(product, strip, block, 0, whole, TokenTiles.ROWS);
            if (out.rows() % TokenTiles.ROWS > 0) {
                tiles(product, strip, block, whole, 1, out.rows() % TokenTiles.ROWS);
            }
        }

        /** {@code count} strips of {@code rows} rows each. */
        private void tiles(MemorySegment product, int strip, int block, int first, int count, int rows) {
            configure(strip, rows);
            long sum = sums + (long) first * TokenTiles.TILE_BYTES;
            long result = out.address(first * TokenTiles.ROWS, strip * FactorTiles.WIDTH);
            put(TileKernel.Words.TOKENS, a.address(block, first));
            put(TileKernel.Words.TOKEN_TILES, count);
            put(TileKernel.Words.SUMS, block > 0 ? sum : add ? result : 0);
            put(TileKernel.Words.RESULTS, block + 1 == b.blocks() ? result : sum);
            MachineKernels.call(product, words);
        }

        private void configure(int strip, int rows) {
            int left = out.columns() - strip * FactorTiles.WIDTH;
            int firstColumns = Math.min(FactorTiles.WIDTH, left);
            int lastColumns = Math.clamp(left - FactorTiles.WIDTH, 1, FactorTiles.WIDTH);
            int shape = (rows << 8 | firstColumns) << 8 | lastColumns;
            if (shape == configured) return;
            configured = shape;
            for (int i = 0; i < TileKernel.CONFIGURATION_BYTES; i += 8) {
                Memory.i64(configuration + i, TileKernel.configuration(i, rows, firstColumns, lastColumns));
            }
        }

        private void put(TileKernel.Words which, long value) {
            Memory.i64(words + which.offset(), value);
        }
    }
}

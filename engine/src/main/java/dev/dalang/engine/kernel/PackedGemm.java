package dev.dalang.engine.kernel;

/**
 * Products all in floats, in the manner of Goto and van de Geijn 2008.
 *
 * <p>The second factor is cut in pieces of a few megabytes, which all threads pack in blocks along the sum, and these in
 * panels of a few columns. Then each thread takes some rows of the first factor and multiplies them by the whole piece,
 * block by block: it packs their part of it in small groups, and a panel stays in the first cache while the groups go
 * by. The sums of a group with a panel are in registers, each a chain of fused multiplications and additions in the
 * order of the sum, wherever the blocks are cut: so they have the same bits whatever a group's and a panel's size.
 */
abstract class PackedGemm extends BandedGemm {

    /** Elements of a piece across the sum. */
    private static final int WIDTH = 4096;

    /** Elements of a piece, or at least one block along the sum: 4 MiB. */
    private static final int PIECE = 1 << 20;

    /** Rows that a thread packs at once, or a few more. */
    private static final int OWN = 128;

    /** Rows of a group, columns of a panel. */
    private final int rows;

    private final int columns;

    /** Elements of a block along the sum at most: a panel of so many is a good half of the first cache. */
    private final int depth;

    PackedGemm(Kernels kernels, int rows, int columns, int depth) {
        super(kernels);
        this.rows = rows;
        this.columns = columns;
        this.depth = depth;
    }

    /**
     * A group or a panel, none of it missing: {@code target[k][i] = factor[i][k]}.
     *
     * @param factor {@code [elements across the sum][elements along it]}: as many as a group has rows, or a panel columns
     */
    abstract void pack(FloatMatrix factor, long target, Scratch scratch);

    /**
     * The product of some rows with one panel, all of whose columns there is room for.
     *
     * @param first the first row's group
     * @param rows how many rows; the last group may have fewer than the others
     * @param stride bytes from one row of results to the next
     */
    abstract void product(
            long first, int rows, long panel, int depth, long out, long stride, boolean add, Scratch scratch);

    @Override
    final void multiply(Workers team, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        int least = (a.columns() + depth - 1) / depth;
        // Blocks of one size, rather than full ones and a rest.
        int block = ((a.columns() + least - 1) / least + 7) / 8 * 8;
        for (int n = 0; n < out.columns(); n += WIDTH) {
            int width = Math.min(WIDTH, out.columns() - n);
            int deep = Math.max(1, PIECE / (width * block)) * block;
            for (int k = 0; k < a.columns(); k += deep) {
                int count = Math.min(deep, a.columns() - k);
                FloatMatrix piece = b.rows(k, count).columns(n, width);
                Second second = second(team, piece, block);
                product(team, a.columns(k, count), second, out.columns(n, width), add || k > 0);
            }
        }
    }

    /** A packed piece of the second factor: {@code [block][panel][elements of the block][columns of the panel]}. */
    private record Second(long address, int panels, int columns, int block) {

        /** @param first the block's first element along the sum, of which it has {@code count} */
        long panel(int first, int count, int panel) {
            return address + 4L * columns * ((long) panels * first + (long) panel * count);
        }
    }

    private Second second(Workers team, FloatMatrix piece, int block) {
        int panels = (piece.columns() + columns - 1) / columns;
        int blocks = (piece.rows() + block - 1) / block;
        long address = team.scratch(0)
                .floats(Scratch.Use.SECOND, panels * columns * piece.rows())
                .address(0);
        Second second = new Second(address, panels, columns, block);
        team.forEach(panels * blocks, (task, worker) -> {
            int k = task / panels * block;
            int count = Math.min(block, piece.rows() - k);
            FloatMatrix across = piece.rows(k, count).transpose();
            int panel = task % panels;
            pack(across, panel, columns, second.panel(k, count, panel), team.scratch(worker));
        });
        return second;
    }

    /** One panel or group, with zeros for what is missing. */
    private void pack(FloatMatrix factor, int panel, int width, long target, Scratch scratch) {
        int first = panel * width;
        int there = Math.min(width, factor.rows() - first);
        FloatMatrix part = factor.rows(first, there);
        if (there == width) {
            pack(part, target, scratch);
            return;
        }
        scatter(part, width, target);
        for (int k = 0; k < factor.columns(); k++) {
            for (int i = there; i < width; i++) Memory.f32(target + 4L * (k * width + i), 0);
        }
    }

    /** Element by element: {@code target[k][i] = factor[i][k]}. */
    static void scatter(FloatMatrix factor, int width, long target) {
        long from = factor.address(0, 0);
        long stride = 4L * factor.stride();
        if (factor.transposed()) scatter(from, 4, stride, factor.rows(), factor.columns(), target, 4L * width);
        else scatter(from, stride, 4, factor.rows(), factor.columns(), target, 4L * width);
    }

    /** The one loop of its kind, by itself: inside larger methods C2 comes to its limits and calls for every element. */
    private static void scatter(long from, long across, long along, int rows, int count, long target, long step) {
        for (int k = 0; k < count; k++, from += along, target += step) {
            for (int i = 0; i < rows; i++) Memory.f32(target + 4L * i, Memory.f32(from + across * i));
        }
    }

    private void product(Workers team, FloatMatrix a, Second second, FloatMatrix out, boolean add) {
        int groups = (a.rows() + rows - 1) / rows;
        int parts = Math.min(groups, even((a.rows() + OWN - 1) / OWN, team.threads()));
        int panels = second.panels();
        int across = parts >= team.threads() ? 1 : Math.min(panels, team.threads());
        team.forEach(parts * across, (task, worker) -> {
            int first = (int) ((long) groups * (task / across) / parts) * rows;
            int last = Math.min(a.rows(), (int) ((long) groups * (task / across + 1) / parts) * rows);
            int from = (int) ((long) panels * (task % across) / across);
            int to = (int) ((long) panels * (task % across + 1) / across);
            FloatMatrix some = a.rows(first, last - first);
            FloatMatrix results = out.rows(first, last - first);
            for (int k = 0; k < a.columns(); k += second.block()) {
                int count = Math.min(second.block(), a.columns() - k);
                long panel = second.panel(k, count, from);
                block(some.columns(k, count), panel, from, to, results, add || k > 0, team.scratch(worker));
            }
        });
    }

    /** At least {@code parts}, and as many for every thread. */
    private static int even(int parts, int threads) {
        return (parts + threads - 1) / threads * threads;
    }

    /**
     * Some rows with panels {@code from .. to-1} of a block.
     *
     * @param panel the first one
     */
    private void block(FloatMatrix a, long panel, int from, int to, FloatMatrix out, boolean add, Scratch scratch) {
        int count = a.columns();
        int groups = (a.rows() + rows - 1) / rows;
        long first = scratch.floats(Scratch.Use.FIRST, groups * rows * count).address(0);
        for (int g = 0; g < groups; g++) pack(a, g, rows, first + 4L * g * rows * count, scratch);
        long stride = 4L * out.stride();
        long line = 4L * columns;
        for (int p = from; p < to; p++, panel += line * count) {
            int there = Math.min(columns, out.columns() - p * columns);
            long target = out.address(0, p * columns);
            if (there == columns) {
                product(first, a.rows(), panel, count, target, stride, add, scratch);
                continue;
            }
            long results =
                    scratch.floats(Scratch.Use.RESULTS, a.rows() * columns).address(0);
            if (add) copy(target, stride, results, line, a.rows(), there);
            product(first, a.rows(), panel, count, results, line, add, scratch);
            copy(results, line, target, stride, a.rows(), there);
        }
    }

    static void copy(long from, long fromStride, long to, long toStride, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                Memory.f32(to + toStride * i + 4L * j, Memory.f32(from + fromStride * i + 4L * j));
            }
        }
    }
}

package dev.dalang.engine.kernel;

/** Products with frozen weights by way of those with floats: a band of rows at a time is decoded and multiplied. */
abstract class BandedGemm implements Gemm {

    /** Floats that a band may have: 4 MiB. */
    private static final int BAND = 1 << 20;

    /** Rows of a band at least, however wide. */
    private static final int ROWS = 16;

    private final Kernels kernels;

    BandedGemm(Kernels kernels) {
        this.kernels = kernels;
    }

    final Kernels kernels() {
        return kernels;
    }

    @Override
    public final void multiply(Compute compute, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        checked(new Workers.All(compute), a, b, out, add);
    }

    @Override
    public final void multiply(Scratch scratch, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        checked(new Workers.One(scratch), a, b, out, add);
    }

    private void checked(Workers team, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        FloatMatrix.check(a, b, out);
        if (out.rows() == 0 || out.columns() == 0) return;
        if (a.columns() > 0) multiply(team, a, b, out, add);
        else if (!add) out.clear();
    }

    /** The product of matrices that fit each other, none of them empty. */
    abstract void multiply(Workers team, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add);

    @Override
    public void multiplyByRows(Compute compute, FloatMatrix dy, Matrix w, FloatMatrix out, boolean add) {
        check(dy, w.rows(), out, w.columns());
        int rows = bandRows(w);
        for (int r = 0; r < w.rows(); r += rows) {
            FloatMatrix band = decode(compute, w, r, Math.min(rows, w.rows() - r));
            multiply(compute, dy.columns(r, band.rows()), band, out, add || r > 0);
        }
    }

    @Override
    public void multiplyByColumns(Compute compute, FloatMatrix x, Matrix w, FloatMatrix out, boolean add) {
        check(x, w.columns(), out, w.rows());
        int rows = bandRows(w);
        for (int r = 0; r < w.rows(); r += rows) {
            FloatMatrix band = decode(compute, w, r, Math.min(rows, w.rows() - r));
            multiply(compute, x, band.transpose(), out.columns(r, band.rows()), add);
        }
    }

    static void check(FloatMatrix in, int inColumns, FloatMatrix out, int outColumns) {
        if (in.columns() != inColumns || out.columns() != outColumns || in.rows() != out.rows() || out.transposed()) {
            throw new IllegalArgumentException("%dx%d into %dx%d by a matrix %d→%d"
                    .formatted(in.rows(), in.columns(), out.rows(), out.columns(), inColumns, outColumns));
        }
    }

    private static int bandRows(Matrix w) {
        return Math.max(ROWS, BAND / w.columns() / ROWS * ROWS);
    }

    private FloatMatrix decode(Compute compute, Matrix w, int first, int rows) {
        Floats band = compute.scratch(0).floats(Scratch.Use.BAND, rows * w.columns());
        int parts = (rows + ROWS - 1) / ROWS;
        compute.forEach(parts, (part, worker) -> {
            int end = Math.min(rows, (part + 1) * ROWS);
            for (int r = part * ROWS; r < end; r++) {
                kernels.row(w, first + r, band, r * w.columns(), compute.scratch(worker));
            }
        });
        return FloatMatrix.of(band, rows, w.columns());
    }
}

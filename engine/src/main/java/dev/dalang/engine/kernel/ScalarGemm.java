package dev.dalang.engine.kernel;

/** The reference: plain loops, sums in double. */
final class ScalarGemm extends BandedGemm {

    ScalarGemm(Kernels kernels) {
        super(kernels);
    }

    @Override
    public String description() {
        return "scalar: sums in double";
    }

    @Override
    void multiply(Workers team, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
        team.forEach(out.rows(), (row, worker) -> row(a, b, out, row, add));
    }

    private static void row(FloatMatrix a, FloatMatrix b, FloatMatrix out, int row, boolean add) {
        for (int j = 0; j < out.columns(); j++) {
            double sum = add ? out.get(row, j) : 0;
            for (int k = 0; k < a.columns(); k++) sum += (double) a.get(row, k) * b.get(k, j);
            out.set(row, j, (float) sum);
        }
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.TileKernel;

/**
 * General products of matrices: what training is made of. For a layer {@code y = x·Wᵀ} that is the layer itself, {@code
 * dx = dy·W} and {@code dW = dyᵀ·x}.
 *
 * <p>An element's sum is made in an order that depends on the length of the sum alone, so a result has the same bits on
 * any number of threads, and whichever other rows and columns go along.
 */
public interface Gemm {

    /** One line for a person: what multiplies. */
    String description();

    /**
     * {@code out[i][j] = Σ_k a[i][k]·b[k][j]}, spread over a team.
     *
     * @param out overlaps neither factor, and is not transposed
     * @param add whether to add to what is in {@code out}
     * @throws IllegalArgumentException if the shapes do not fit each other
     */
    void multiply(Compute compute, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add);

    /** The same on the calling worker, with its working memory, inside a {@link Compute#forEach}. */
    void multiply(Scratch scratch, FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add);

    /**
     * {@code out[t][i] = Σ_o dy[t][o]·w[o][i]}: the derivative of a layer whose weights are frozen. They are decoded
     * piece by piece, some megabytes at a time.
     *
     * @param dy {@code [tokens][w.rows]}
     * @param out {@code [tokens][w.columns]}
     */
    void multiplyByRows(Compute compute, FloatMatrix dy, Matrix w, FloatMatrix out, boolean add);

    /**
     * {@code out[t][o] = Σ_i x[t][i]·w[o][i]}: a layer whose weights are frozen.
     *
     * @param x {@code [tokens][w.columns]}
     * @param out {@code [tokens][w.rows]}
     */
    void multiplyByColumns(Compute compute, FloatMatrix x, Matrix w, FloatMatrix out, boolean add);

    /**
     * What goes with a tier: its own machine code where it is native, else portable vectors where there are some.
     *
     * @param kernels their processor features and their way of reading blocks
     * @param exact whether all arithmetic is of 32 bits. Else, where the processor multiplies BF16 (AMX, AVX512_BF16), factors are
     *     rounded to BF16 and sums are of 32 bits: an error of at most 2⁻⁷ of the sum of the products' sizes
     */
    static Gemm of(Kernels kernels, boolean exact) {
        if (kernels instanceof NativeKernels machine) {
            boolean halves = !exact && TileKernel.multiplies(machine.machine().cpu());
            return halves ? new TileGemm(machine) : new NativeGemm(machine);
        }
        boolean vector = !kernels.name().equals("scalar") && VectorModule.available();
        return vector ? new VectorGemm(kernels) : new ScalarGemm(kernels);
    }
}

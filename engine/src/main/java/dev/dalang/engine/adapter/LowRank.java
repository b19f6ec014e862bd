package dev.dalang.engine.adapter;

import dev.dalang.engine.kernel.Matrix;

/**
 * What an adapter adds to one matrix: {@code ΔW = scale · B·A} (Hu et al. 2021, arXiv:2106.09685).
 *
 * @param a {@code [rank][inputs]}
 * @param b {@code [outputs][rank]}
 * @param scale α / rank, or α / √rank (Kalajdzievski 2023, arXiv:2312.03732)
 */
public record LowRank(Matrix a, Matrix b, float scale) {

    public int rank() {
        return a.rows();
    }

    /** {@link #b} for a part of the outputs. */
    public Matrix b(int firstRow, int rows) {
        return firstRow == 0 && rows == b.rows() ? b : b.rows(firstRow, rows);
    }
}

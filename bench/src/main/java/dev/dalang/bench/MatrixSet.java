package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;

/**
 * Matrices of one shape, multiplied one after the other as a model's layers come by: more of them than the caches hold.
 */
final class MatrixSet implements AutoCloseable {

    /** More than the caches that one program can count on. */
    static final long BYTES = 256L << 20;

    private final Arena arena = Arena.ofShared();
    private final List<Matrix> matrices;
    private final Compute compute;
    private final int tokens;
    private final Floats x;
    private final Floats out;
    private int next;

    MatrixSet(BlockType type, int rows, int columns, long bytes, Kernels kernels, int threads, int tokens) {
        Random random = new Random(1);
        this.compute = new Compute(kernels, threads);
        this.matrices = Inputs.matrices(arena, type, rows, columns, bytes, random);
        this.tokens = tokens;
        this.x = Inputs.floats(arena, tokens * columns, random);
        this.out = Floats.allocate(arena, tokens * rows);
        // The native tier packs a matrix when it is first used.
        if (kernels.name().equals("native")) for (Matrix m : matrices) compute.multiply(m, x, 1, 0, out);
    }

    /** All tokens with the next matrix. */
    Floats multiply(boolean prompt) {
        Matrix w = matrices.get(next);
        next = (next + 1) % matrices.size();
        compute.multiply(w, x, tokens, prompt ? tokens : 0, out);
        return out;
    }

    /** Any of them: they are alike. */
    Matrix matrix() {
        return matrices.getFirst();
    }

    int size() {
        return matrices.size();
    }

    /** {@code [tokens][columns]}. */
    Floats x() {
        return x;
    }

    @Override
    public void close() {
        compute.close();
        arena.close();
    }
}

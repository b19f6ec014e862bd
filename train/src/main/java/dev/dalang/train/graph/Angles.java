package dev.dalang.train.graph;

import dev.dalang.engine.arch.Rope;
import dev.dalang.engine.kernel.Floats;

/** A rotation's cosines and sines for every position, as the engine computes them, and those of its inverse. */
final class Angles {

    private final Rope rope;
    private final Workspace workspace;
    private int positions;
    private Floats cos;
    private Floats sin;
    private Floats negativeSin;

    Angles(Rope rope, Workspace workspace) {
        this.rope = rope;
        this.workspace = workspace;
        cos = workspace.keep(0);
        sin = cos;
        negativeSin = cos;
    }

    /** Makes sure of positions {@code 0 .. count-1}. */
    void upTo(int count) {
        if (count <= positions) return;
        int width = rope.width();
        positions = Math.max(count, 2 * positions);
        cos = workspace.keep(positions * width);
        sin = workspace.keep(positions * width);
        negativeSin = workspace.keep(positions * width);
        for (int p = 0; p < positions; p++) {
            rope.angles(p, cos, sin, p * width);
            for (int i = p * width; i < (p + 1) * width; i++) negativeSin.set(i, -sin.get(i));
        }
    }

    /**
     * Rotates the heads of every token in place.
     *
     * @param x {@code [heads][headDim]} of each token
     * @param back by the opposite angle and the same magnitude: the transposed map, which the derivative goes through
     */
    void rotate(Pass pass, Rows x, int heads, int headDim, boolean back) {
        Floats s = back ? negativeSin : sin;
        int width = rope.width();
        int pairs = rope.dimensions() / 2;
        boolean adjacent = rope.pairs() == Rope.Pairs.ADJACENT;
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) {
                int angle = pass.position(t) * width;
                pass.kernels().rotate(x.data(), x.at(t), heads, headDim, pairs, adjacent, cos, s, angle);
            }
        });
    }
}

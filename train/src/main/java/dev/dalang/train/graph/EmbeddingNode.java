package dev.dalang.train.graph;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The embeddings of tokens, scaled, with those of their positions where a model has such. */
final class EmbeddingNode {

    /** Columns that a task sums up, so that a row's sum is made by one task, in the order of the tokens. */
    private static final int SLICE = 64;

    /** A table with a row for each token or position. */
    private record Table(Matrix frozen, @Nullable Parameter learned) {
        void row(Pass pass, int row, Floats out, int to, int worker) {
            int width = frozen.columns();
            if (learned != null) {
                out.copy(to, learned.value(), row * width, width);
            } else {
                pass.kernels().row(frozen, row, out, to, pass.compute().scratch(worker));
            }
        }
    }

    private final int width;
    private final float scale;
    private final Table tokens;
    private final @Nullable Table positions;

    EmbeddingNode(Matrix tokens, float scale, @Nullable Matrix positions, Tensors tensors) {
        width = tokens.columns();
        this.scale = scale;
        this.tokens = new Table(tokens, tensors.learned(tokens));
        this.positions = positions == null ? null : new Table(positions, tensors.learned(positions));
    }

    int vocabulary() {
        return tokens.frozen.rows();
    }

    void forward(Pass pass, Floats x) {
        checkLength(pass);
        pass.compute().forEach(Pass.parts(pass.tokens()), (part, worker) -> {
            int from = part * Pass.ROWS;
            int to = Math.min(pass.tokens(), from + Pass.ROWS);
            for (int t = from; t < to; t++) tokens.row(pass, pass.id(t), x, t * width, worker);
            if (scale != 1) pass.kernels().scale(x, from * width, (to - from) * width, scale);
        });
        if (positions == null) return;
        var mark = pass.mark();
        Floats rows = pass.temporaryRows(width);
        pass.compute().forEach(pass.tokens(), (t, worker) -> {
            positions.row(pass, pass.position(t), rows, t * width, worker);
            pass.kernels().addScaled(x, t * width, rows, t * width, width, 1);
        });
        pass.release(mark);
    }

    private void checkLength(Pass pass) {
        if (positions == null || pass.longest() <= positions.frozen.rows()) return;
        int most = positions.frozen.rows();
        throw new DalangException(new Failure.ContextOverflow(
                "a document of " + pass.longest() + " tokens is longer than the " + most
                        + " positions that this model has embeddings for",
                pass.longest(),
                most,
                List.of("shorten the documents")));
    }

    /** @param d the derivative by the embeddings */
    void backward(Pass pass, Floats d) {
        Parameter token = tokens.learned;
        if (token == null) return;
        Parameter position = positions == null ? null : positions.learned;
        pass.compute().forEach((width + SLICE - 1) / SLICE, (slice, worker) -> {
            int from = slice * SLICE;
            int count = Math.min(SLICE, width - from);
            for (int t = 0; t < pass.tokens(); t++) {
                int at = t * width + from;
                pass.kernels().addScaled(token.gradient(), pass.id(t) * width + from, d, at, count, scale);
                if (position == null) continue;
                pass.kernels().addScaled(position.gradient(), pass.position(t) * width + from, d, at, count, 1);
            }
        });
    }

    /** Floats for each token that are in use at a time. */
    long temporary() {
        return positions == null ? 0 : width;
    }
}

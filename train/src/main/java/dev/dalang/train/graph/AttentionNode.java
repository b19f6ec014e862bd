package dev.dalang.train.graph;

import dev.dalang.engine.arch.Attention;
import dev.dalang.engine.arch.Rope;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;

/** Attention of the kinds whose derivative is known here; see {@link Attention.Builder} for the options. */
final class AttentionNode implements SublayerNode {

    /** How queries, keys and values come about. */
    sealed interface Projection {
        record Separate(LinearNode query, LinearNode key, LinearNode value) implements Projection {}

        /** Queries, keys and values side by side. */
        record Joint(LinearNode all) implements Projection {}
    }

    /** What happens to queries, or to keys, between projection and products. */
    private record Position(int heads, @Nullable NormNode norm) {}

    private final AttentionShape shape;
    private final Projection projection;
    private final float clamp;
    private final Position queries;
    private final Position keys;
    private final boolean normAfterRotation;
    private final @Nullable Rope rope;
    private final Attention.@Nullable Temperature temperature;
    private final AttentionTiles tiles;
    private final LinearNode output;
    private final float outputScale;

    AttentionNode(
            Attention a,
            Projection projection,
            @Nullable NormNode queryNorm,
            @Nullable NormNode keyNorm,
            Tensors.@Nullable Vector sinks,
            LinearNode output) {
        shape = a.shape();
        this.projection = projection;
        clamp = a.clamp();
        queries = new Position(shape.heads(), queryNorm);
        keys = new Position(shape.kvHeads(), keyNorm);
        normAfterRotation = a.normAfterRotation();
        rope = a.rope();
        temperature = a.temperature();
        tiles = new AttentionTiles(shape, sinks);
        this.output = output;
        outputScale = a.outputScale();
    }

    private int queryWidth() {
        return shape.heads() * shape.keyDim();
    }

    private int keyWidth() {
        return shape.kvHeads() * shape.keyDim();
    }

    private int valueWidth() {
        return shape.kvHeads() * shape.valueDim();
    }

    /** Queries, keys and values, or their derivatives. */
    private record Triple(Rows q, Rows k, Rows v) {}

    /** Side by side in {@code all}. */
    private Triple parts(Floats all) {
        int width = queryWidth() + keyWidth() + valueWidth();
        return new Triple(
                new Rows(all, 0, width),
                new Rows(all, queryWidth(), width),
                new Rows(all, queryWidth() + keyWidth(), width));
    }

    @Override
    public Backward forward(Pass pass, Floats in, Floats out) {
        int n = pass.tokens();
        Triple projected = project(pass, in);
        if (clamp != 0) {
            clamp(pass, projected.q, queryWidth());
            clamp(pass, projected.k, keyWidth());
            clamp(pass, projected.v, valueWidth());
        }
        Rows q = position(pass, queries, projected.q);
        Rows k = position(pass, keys, projected.k);
        if (temperature != null) heat(pass, q, temperature);
        int width = output.inputs();
        Floats mixed = pass.saved(width);
        tiles.forward(pass, q, k, projected.v, Rows.of(mixed, width));
        output.forward(pass, mixed, n, out);
        pass.scale(out, n, output.outputs(), outputScale);
        return (dOut, dIn, add) -> {
            var mark = pass.mark();
            Floats dMixed = pass.temporaryRows(width);
            output.backward(pass, mixed, n, scaled(pass, dOut), dMixed, false);
            Floats all = pass.temporaryRows(queryWidth() + keyWidth() + valueWidth());
            Triple d = projection instanceof Projection.Joint ? parts(all) : apart(pass, all);
            Rows dq = positioned(pass, queries, d.q);
            Rows dk = positioned(pass, keys, d.k);
            tiles.backward(pass, q, k, projected.v, Rows.of(dMixed, width), dq, dk, d.v);
            if (temperature != null) heat(pass, dq, temperature);
            unposition(pass, queries, projected.q, dq, d.q);
            unposition(pass, keys, projected.k, dk, d.k);
            if (clamp != 0) {
                unclamp(pass, projected.q, d.q, queryWidth());
                unclamp(pass, projected.k, d.k, keyWidth());
                unclamp(pass, projected.v, d.v, valueWidth());
            }
            switch (projection) {
                case Projection.Separate s -> {
                    s.query.backward(pass, in, n, d.q.data(), dIn, add);
                    s.key.backward(pass, in, n, d.k.data(), dIn, true);
                    s.value.backward(pass, in, n, d.v.data(), dIn, true);
                }
                case Projection.Joint j -> j.all.backward(pass, in, n, all, dIn, add);
            }
            pass.release(mark);
        };
    }

    private Triple project(Pass pass, Floats in) {
        int n = pass.tokens();
        Floats all = pass.saved(queryWidth() + keyWidth() + valueWidth());
        switch (projection) {
            case Projection.Separate s -> {
                Triple parts = apart(pass, all);
                s.query.forward(pass, in, n, parts.q.data());
                s.key.forward(pass, in, n, parts.k.data());
                s.value.forward(pass, in, n, parts.v.data());
                return parts;
            }
            case Projection.Joint j -> {
                j.all.forward(pass, in, n, all);
                return parts(all);
            }
        }
    }

    /** One after the other in {@code all}. */
    private Triple apart(Pass pass, Floats all) {
        int q = pass.tokens() * queryWidth();
        int k = pass.tokens() * keyWidth();
        int v = pass.tokens() * valueWidth();
        return new Triple(
                Rows.of(all.slice(0, q), queryWidth()),
                Rows.of(all.slice(q, k), keyWidth()),
                Rows.of(all.slice(q + k, v), valueWidth()));
    }

    /** Of what the output matrix gives. */
    private Floats scaled(Pass pass, Floats dOut) {
        if (outputScale == 1) return dOut;
        Floats d = pass.temporaryRows(output.outputs());
        d.copy(0, dOut, 0, pass.tokens() * output.outputs());
        pass.scale(d, pass.tokens(), output.outputs(), outputScale);
        return d;
    }

    /** Whether the way back needs what the projection gave, which a rotation in place would overwrite. */
    private boolean keepsProjection(Position p) {
        return p.norm != null || clamp != 0 && rope != null;
    }

    /**
     * Norm and rotation.
     *
     * @param x {@code [heads][keyDim]} of each token; rotated in place where only that is to be done, or where the norm
     *     comes after
     */
    private Rows position(Pass pass, Position p, Rows x) {
        int width = p.heads * shape.keyDim();
        if (!keepsProjection(p)) {
            rotate(pass, p, x, false);
            return x;
        }
        Rows out = Rows.of(pass.saved(width), width);
        if (p.norm == null) {
            pass.forRows(pass.tokens(), (from, to, part) -> {
                for (int t = from; t < to; t++) out.data().copy(out.at(t), x.data(), x.at(t), width);
            });
            rotate(pass, p, out, false);
            return out;
        }
        if (normAfterRotation) rotate(pass, p, x, false);
        p.norm.forward(pass, x, pass.tokens(), width / p.norm.size(), out);
        if (!normAfterRotation) rotate(pass, p, out, false);
        return out;
    }

    /** Where the derivative by the result of {@link #position} goes: where that by its input does, without a norm. */
    private Rows positioned(Pass pass, Position p, Rows dx) {
        int width = p.heads * shape.keyDim();
        return p.norm == null ? dx : Rows.of(pass.temporaryRows(width), width);
    }

    /**
     * The way back through {@link #position}.
     *
     * @param x as that left it
     * @param d the derivative by its result; changed
     * @param dx becomes that by its input
     */
    private void unposition(Pass pass, Position p, Rows x, Rows d, Rows dx) {
        if (!normAfterRotation || p.norm == null) rotate(pass, p, d, true);
        if (p.norm == null) return;
        int width = p.heads * shape.keyDim();
        pass.zero(dx, width);
        p.norm.backward(pass, x, pass.tokens(), width / p.norm.size(), d, dx);
        if (normAfterRotation) rotate(pass, p, dx, true);
    }

    private void rotate(Pass pass, Position p, Rows x, boolean back) {
        if (rope != null) pass.angles(rope).rotate(pass, x, p.heads, shape.keyDim(), back);
    }

    private void heat(Pass pass, Rows q, Attention.Temperature by) {
        int width = queryWidth();
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) {
                pass.kernels().scale(q.data(), q.at(t), width, by.at(pass.position(t)));
            }
        });
    }

    private void clamp(Pass pass, Rows x, int width) {
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) pass.kernels().clamp(x.data(), x.at(t), width, -clamp, clamp);
        });
    }

    /** What was cut off has no derivative. */
    private void unclamp(Pass pass, Rows x, Rows d, int width) {
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) {
                for (int i = 0; i < width; i++) {
                    if (Math.abs(x.data().get(x.at(t) + i)) >= clamp) d.data().set(d.at(t) + i, 0);
                }
            }
        });
    }

    @Override
    public long saved() {
        long positioned = keepsProjection(queries) ? queryWidth() : 0;
        if (keepsProjection(keys)) positioned += keyWidth();
        return projected() + positioned + output.inputs();
    }

    private long projected() {
        long sum = queryWidth();
        return sum + keyWidth() + valueWidth();
    }

    @Override
    public long temporary() {
        long normed = queries.norm == null ? 0 : queryWidth();
        if (keys.norm != null) normed += keyWidth();
        long mapped = switch (projection) {
            case Projection.Separate s ->
                Math.max(s.query.temporary(), Math.max(s.key.temporary(), s.value.temporary()));
            case Projection.Joint j -> j.all.temporary();
        };
        long scaled = outputScale == 1 ? 0 : output.outputs();
        return output.inputs() + scaled + Math.max(output.temporary(), projected() + normed + mapped);
    }

    /** Floats that each worker needs. */
    long perWorker(int longest) {
        return tiles.perWorker(longest);
    }
}

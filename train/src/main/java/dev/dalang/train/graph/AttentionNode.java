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

        record Fused(LinearNode all) implements Projection {}
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

    @Override
    public Backward forward(Pass pass, Floats in, Floats out) {
        int n = pass.tokens();
        Floats q = pass.saved(queryWidth());
        Floats k = pass.saved(keyWidth());
        Floats v = pass.saved(valueWidth());
        project(pass, in, q, k, v);
        if (clamp != 0) {
            clamp(pass, q, queryWidth());
            clamp(pass, k, keyWidth());
            clamp(pass, v, valueWidth());
        }
        Floats q2 = position(pass, queries, q);
        Floats k2 = position(pass, keys, k);
        if (temperature != null) heat(pass, q2, temperature);
        Floats mixed = pass.saved(shape.heads() * shape.valueDim());
        tiles.forward(pass, q2, k2, v, mixed);
        output.forward(pass, mixed, n, out);
        pass.scale(out, n, output.outputs(), outputScale);
        return (dOut, dIn, add) -> {
            var mark = pass.mark();
            Floats dMixed = pass.temporaryRows(output.inputs());
            output.backward(pass, mixed, n, scaled(pass, dOut), dMixed, false);
            Floats dq = pass.temporaryRows(queryWidth());
            Floats dk = pass.temporaryRows(keyWidth());
            Floats dv = pass.temporaryRows(valueWidth());
            tiles.backward(pass, q2, k2, v, dMixed, dq, dk, dv);
            if (temperature != null) heat(pass, dq, temperature);
            Floats dq2 = unposition(pass, queries, q, dq);
            Floats dk2 = unposition(pass, keys, k, dk);
            if (clamp != 0) {
                unclamp(pass, q, dq2, queryWidth());
                unclamp(pass, k, dk2, keyWidth());
                unclamp(pass, v, dv, valueWidth());
            }
            unproject(pass, in, dq2, dk2, dv, dIn, add);
            pass.release(mark);
        };
    }

    /** Of what the output matrix gives. */
    private Floats scaled(Pass pass, Floats dOut) {
        if (outputScale == 1) return dOut;
        Floats d = pass.temporaryRows(output.outputs());
        d.copy(0, dOut, 0, pass.tokens() * output.outputs());
        pass.scale(d, pass.tokens(), output.outputs(), outputScale);
        return d;
    }

    private void project(Pass pass, Floats in, Floats q, Floats k, Floats v) {
        int n = pass.tokens();
        switch (projection) {
            case Projection.Separate s -> {
                s.query.forward(pass, in, n, q);
                s.key.forward(pass, in, n, k);
                s.value.forward(pass, in, n, v);
            }
            case Projection.Fused f -> {
                var mark = pass.mark();
                int qs = queryWidth();
                int ks = keyWidth();
                int vs = valueWidth();
                int width = qs + ks + vs;
                Floats all = pass.temporaryRows(width);
                f.all.forward(pass, in, n, all);
                pass.forRows(n, (from, to, part) -> {
                    for (int t = from; t < to; t++) {
                        q.copy(t * qs, all, t * width, qs);
                        k.copy(t * ks, all, t * width + qs, ks);
                        v.copy(t * vs, all, t * width + qs + ks, vs);
                    }
                });
                pass.release(mark);
            }
        }
    }

    private void unproject(Pass pass, Floats in, Floats dq, Floats dk, Floats dv, Floats dIn, boolean add) {
        int n = pass.tokens();
        switch (projection) {
            case Projection.Separate s -> {
                s.query.backward(pass, in, n, dq, dIn, add);
                s.key.backward(pass, in, n, dk, dIn, true);
                s.value.backward(pass, in, n, dv, dIn, true);
            }
            case Projection.Fused f -> {
                int qs = queryWidth();
                int ks = keyWidth();
                int vs = valueWidth();
                int width = qs + ks + vs;
                Floats all = pass.temporaryRows(width);
                pass.forRows(n, (from, to, part) -> {
                    for (int t = from; t < to; t++) {
                        all.copy(t * width, dq, t * qs, qs);
                        all.copy(t * width + qs, dk, t * ks, ks);
                        all.copy(t * width + qs + ks, dv, t * vs, vs);
                    }
                });
                f.all.backward(pass, in, n, all, dIn, add);
            }
        }
    }

    /** Whether the way back needs what the projection gave, which a rotation in place would overwrite. */
    private boolean keepsProjection(Position p) {
        return p.norm != null || clamp != 0 && rope != null;
    }

    /**
     * Norm and rotation.
     *
     * @param x {@code [tokens][heads][keyDim]}; rotated in place where only that is to be done, or where the norm comes
     *     after
     */
    private Floats position(Pass pass, Position p, Floats x) {
        int n = pass.tokens();
        int width = p.heads * shape.keyDim();
        if (!keepsProjection(p)) {
            rotate(pass, p, x, false);
            return x;
        }
        Floats out = pass.saved(width);
        if (normAfterRotation && p.norm != null) {
            rotate(pass, p, x, false);
            p.norm.forward(pass, x, n * width / p.norm.size(), out);
            return out;
        }
        if (p.norm == null) {
            out.copy(0, x, 0, n * width);
        } else {
            p.norm.forward(pass, x, n * width / p.norm.size(), out);
        }
        rotate(pass, p, out, false);
        return out;
    }

    /**
     * The way back through {@link #position}.
     *
     * @param x as that left it
     * @param d the derivative by its result; changed
     */
    private Floats unposition(Pass pass, Position p, Floats x, Floats d) {
        int width = p.heads * shape.keyDim();
        if (!normAfterRotation || p.norm == null) rotate(pass, p, d, true);
        if (p.norm == null) return d;
        Floats dx = pass.temporaryRows(width);
        pass.zero(dx, pass.tokens() * width);
        p.norm.backward(pass, x, pass.tokens() * width / p.norm.size(), d, dx);
        if (normAfterRotation) rotate(pass, p, dx, true);
        return dx;
    }

    private void rotate(Pass pass, Position p, Floats x, boolean back) {
        if (rope != null) pass.angles(rope).rotate(pass, x, p.heads, shape.keyDim(), back);
    }

    private void heat(Pass pass, Floats q, Attention.Temperature by) {
        int width = queryWidth();
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) pass.kernels().scale(q, t * width, width, by.at(pass.position(t)));
        });
    }

    private void clamp(Pass pass, Floats x, int width) {
        pass.forRows(pass.tokens(), (from, to, part) ->
                pass.kernels().clamp(x, from * width, (to - from) * width, -clamp, clamp));
    }

    /** What was cut off has no derivative. */
    private void unclamp(Pass pass, Floats x, Floats d, int width) {
        pass.forRows(pass.tokens(), (from, to, part) -> {
            for (int i = from * width; i < to * width; i++) if (Math.abs(x.get(i)) >= clamp) d.set(i, 0);
        });
    }

    @Override
    public long saved() {
        long positioned = (keepsProjection(queries) ? queryWidth() : 0) + (keepsProjection(keys) ? keyWidth() : 0);
        return queryWidth() + keyWidth() + valueWidth() + positioned + output.inputs();
    }

    @Override
    public long temporary() {
        long projected = queryWidth() + keyWidth() + valueWidth();
        long normed = (queries.norm == null ? 0 : queryWidth()) + (keys.norm == null ? 0 : keyWidth());
        long mapped = switch (projection) {
            case Projection.Separate s ->
                Math.max(s.query.temporary(), Math.max(s.key.temporary(), s.value.temporary()));
            case Projection.Fused f -> projected + f.all.temporary();
        };
        long scaled = outputScale == 1 ? 0 : output.outputs();
        return output.inputs() + scaled + Math.max(output.temporary(), projected + normed + mapped);
    }

    /** Floats that each worker needs. */
    long perWorker(int longest) {
        return tiles.perWorker(longest);
    }
}

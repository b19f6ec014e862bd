package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention over a sequence's cached keys and values (Vaswani et al. 2017; grouped-query, Ainslie et al.
 * 2023).
 *
 * @param layer whose memory of a sequence holds the keys and values
 * @param projection how queries, keys and values come about
 * @param queryNorm over each head, or over all heads at once, by its size; null for none
 * @param rope null for layers without position (NoPE)
 * @param sinks one logit per head that takes weight without giving a value (gpt-oss), or null
 */
public record Attention(
        int layer,
        AttentionShape shape,
        Projection projection,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm,
        @Nullable Rope rope,
        @Nullable Floats sinks,
        Linear output)
        implements Sublayer {

    /** How queries, keys and values are computed from the input. */
    public sealed interface Projection {
        /** Three matrices. */
        record Separate(Linear query, Linear key, Linear value) implements Projection {}

        /** One matrix whose output is queries, keys and values one after the other (Phi-3, GPT-2, Falcon). */
        record Fused(Linear all) implements Projection {}
    }

    /** Queries that one task of the parallel region takes together, for reuse of the keys it reads. */
    private static final int QUERIES_PER_TASK = 32;

    @Override
    public LayerMemory memory() {
        return new LayerMemory.KeyValue(shape.kvHeads(), shape.keyDim(), shape.valueDim());
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        Floats q = step.rows(shape.heads() * shape.keyDim());
        Floats k = step.rows(shape.kvHeads() * shape.keyDim());
        Floats v = step.rows(shape.kvHeads() * shape.valueDim());
        project(step, in, q, k, v);
        if (queryNorm != null) queryNorm.forward(step, q, n * shape.heads() * shape.keyDim() / queryNorm.size(), q);
        if (keyNorm != null) keyNorm.forward(step, k, n * shape.kvHeads() * shape.keyDim() / keyNorm.size(), k);
        if (rope != null) {
            rope.apply(step, q, shape.heads(), shape.keyDim(), 0);
            rope.apply(step, k, shape.kvHeads(), shape.keyDim(), 0);
        }
        store(step, k, v);
        Floats mixed = step.rows(shape.heads() * shape.valueDim());
        attend(step, q, mixed);
        output.forward(step, mixed, out);
        step.release(mark);
    }

    private void project(Step step, Floats in, Floats q, Floats k, Floats v) {
        switch (projection) {
            case Projection.Separate s -> {
                s.query.forward(step, in, q);
                s.key.forward(step, in, k);
                s.value.forward(step, in, v);
            }
            case Projection.Fused f -> {
                int width = f.all.outputs();
                int qs = shape.heads() * shape.keyDim();
                int ks = shape.kvHeads() * shape.keyDim();
                int vs = shape.kvHeads() * shape.valueDim();
                Floats all = step.rows(width);
                f.all.forward(step, in, all);
                for (int t = 0; t < step.tokens(); t++) {
                    q.copy(t * qs, all, t * width, qs);
                    k.copy(t * ks, all, t * width + qs, ks);
                    v.copy(t * vs, all, t * width + qs + ks, vs);
                }
            }
        }
    }

    private void store(Step step, Floats k, Floats v) {
        Kernels kernels = step.compute().kernels();
        int ks = shape.kvHeads() * shape.keyDim();
        int vs = shape.kvHeads() * shape.valueDim();
        for (Step.Span span : step.spans()) {
            for (int i = 0; i < span.count(); i++) {
                int row = span.firstRow() + i;
                span.sequence().storeKeys(kernels, layer, k, row * ks, span.position() + i);
                span.sequence().storeValues(kernels, layer, v, row * vs, span.position() + i);
            }
        }
    }

    private void attend(Step step, Floats q, Floats out) {
        Kernels kernels = step.compute().kernels();
        int perTask = Math.max(1, QUERIES_PER_TASK / shape.group());
        for (Step.Span span : step.spans()) {
            Sequence sequence = span.sequence();
            int tiles = (span.count() + perTask - 1) / perTask;
            step.compute().forEach(tiles * shape.kvHeads(), (task, worker) -> {
                int first = task / shape.kvHeads() * perTask;
                kernels.attention(
                        shape,
                        task % shape.kvHeads(),
                        q,
                        span.firstRow() + first,
                        Math.min(perTask, span.count() - first),
                        span.position() + first,
                        span.position() + span.count(),
                        sequence.keys(layer),
                        sequence.values(layer),
                        sinks,
                        out,
                        step.compute().scratch(worker));
            });
        }
    }
}

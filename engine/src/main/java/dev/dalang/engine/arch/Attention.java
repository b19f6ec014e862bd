package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Phase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head attention over a sequence's cached keys and values (Vaswani et al. 2017; grouped-query, Ainslie et al.
 * 2023), with the options by which families differ: see {@link Builder}.
 */
public final class Attention implements Sublayer {

    /** How queries, keys and values are computed from the input. */
    public sealed interface Projection {
        /** Three matrices. */
        record Separate(Linear query, Linear key, Linear value) implements Projection {}

        /** One matrix whose output is queries, keys and values one after the other (Phi-3, GPT-2, Falcon). */
        record Fused(Linear all) implements Projection {}

        /**
         * As {@link Separate}, with a gate for each element of the result behind the query of each head: one matrix
         * gives {@code [heads][query | gate]}; the result is multiplied by the gates' sigmoid (Qwen 3 Next).
         */
        record GatedQuery(Linear queryAndGate, Linear key, Linear value) implements Projection {}

        /** The values are the keys, before their norm and rotation (Gemma 4's full layers). */
        record ValueIsKey(Linear query, Linear key) implements Projection {}

        /** Queries only: keys and values are those that another layer has stored (Gemma 3n and 4). */
        record QueryOnly(Linear query) implements Projection {}
    }

    /**
     * A factor on the queries that grows with their position, {@code 1 + scale·ln(1 + ⌊(position + offset) / length⌋)}
     * (Nakanishi 2025, scalable softmax; used by Llama 4 and Ministral 3).
     */
    public record Temperature(float scale, float offset, int length) {
        /** The factor at a position. */
        public float at(int position) {
            return (float) (Math.log(Math.floor((position + offset) / length) + 1) * scale + 1);
        }
    }

    private final int layer;
    private final int cacheLayer;
    private final AttentionShape shape;
    private final Projection projection;
    private final float clamp;
    private final @Nullable Norm queryNorm;
    private final @Nullable Norm keyNorm;
    private final @Nullable Norm valueNorm;
    private final boolean normAfterRotation;
    private final @Nullable Rope rope;
    private final @Nullable Temperature temperature;
    private final @Nullable Floats sinks;
    private final @Nullable Linear gate;
    private final Linear output;
    private final float outputScale;

    private Attention(Builder b) {
        layer = b.layer;
        cacheLayer = b.cacheLayer;
        shape = b.shape;
        projection = b.projection;
        clamp = b.clamp;
        queryNorm = b.queryNorm;
        keyNorm = b.keyNorm;
        valueNorm = b.valueNorm;
        normAfterRotation = b.normAfterRotation;
        rope = b.rope;
        temperature = b.temperature;
        sinks = b.sinks;
        gate = b.gate;
        output = b.output;
        outputScale = b.outputScale;
    }

    /** Attention and what a family adds to it; without options it has no notion of position. */
    public static final class Builder {
        private final int layer;
        private final AttentionShape shape;
        private final Projection projection;
        private final Linear output;
        private int cacheLayer;
        private float clamp;
        private @Nullable Norm queryNorm;
        private @Nullable Norm keyNorm;
        private @Nullable Norm valueNorm;
        private boolean normAfterRotation;
        private @Nullable Rope rope;
        private @Nullable Temperature temperature;
        private @Nullable Floats sinks;
        private @Nullable Linear gate;
        private float outputScale = 1;

        /** @param layer whose memory of a sequence holds the keys and values */
        public Builder(int layer, AttentionShape shape, Projection projection, Linear output) {
            this.layer = layer;
            this.cacheLayer = layer;
            this.shape = shape;
            this.projection = projection;
            this.output = output;
        }

        /** Another layer's keys and values are read; for {@link Projection.QueryOnly}. */
        public Builder keysOf(int otherLayer) {
            cacheLayer = otherLayer;
            return this;
        }

        /** Projections are cut to {@code -limit .. limit}; 0 for not (OLMo, DBRX). */
        public Builder clamp(float limit) {
            clamp = limit;
            return this;
        }

        /** Norms of queries and keys before rotation, over each head, or over all heads at once, by their size. */
        public Builder norms(@Nullable Norm query, @Nullable Norm key) {
            queryNorm = query;
            keyNorm = key;
            return this;
        }

        /** As {@link #norms}, after rotation. */
        public Builder normsAfterRotation(@Nullable Norm query, @Nullable Norm key) {
            normAfterRotation = true;
            return norms(query, key);
        }

        public Builder valueNorm(Norm norm) {
            valueNorm = norm;
            return this;
        }

        /** Null for layers without position (NoPE, Kazemnejad et al. 2023). */
        public Builder rope(@Nullable Rope rotation) {
            rope = rotation;
            return this;
        }

        public Builder temperature(@Nullable Temperature factor) {
            temperature = factor;
            return this;
        }

        /** One logit per head that takes weight without giving a value (gpt-oss). */
        public Builder sinks(@Nullable Floats logits) {
            sinks = logits;
            return this;
        }

        /** The result is multiplied by the sigmoid of this projection of the input (Qiu et al. 2025). */
        public Builder gate(Linear projection) {
            gate = projection;
            return this;
        }

        /** Factor on what the output matrix gives. */
        public Builder outputScale(float factor) {
            outputScale = factor;
            return this;
        }

        public Attention build() {
            return new Attention(this);
        }
    }

    public AttentionShape shape() {
        return shape;
    }

    public Projection projection() {
        return projection;
    }

    /** See {@link Builder#clamp}. */
    public float clamp() {
        return clamp;
    }

    public @Nullable Norm queryNorm() {
        return queryNorm;
    }

    public @Nullable Norm keyNorm() {
        return keyNorm;
    }

    public @Nullable Norm valueNorm() {
        return valueNorm;
    }

    /** Whether queries and keys are normed after their rotation instead of before. */
    public boolean normAfterRotation() {
        return normAfterRotation;
    }

    public @Nullable Rope rope() {
        return rope;
    }

    public @Nullable Temperature temperature() {
        return temperature;
    }

    public @Nullable Floats sinks() {
        return sinks;
    }

    public @Nullable Linear gate() {
        return gate;
    }

    public Linear output() {
        return output;
    }

    public float outputScale() {
        return outputScale;
    }

    @Override
    public LayerMemory memory() {
        return projection instanceof Projection.QueryOnly
                ? new LayerMemory.None()
                : new LayerMemory.KeyValue(shape.kvHeads(), shape.keyDim(), shape.valueDim());
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        Floats q = step.rows(shape.heads() * shape.keyDim());
        Floats open = step.rows(projection instanceof Projection.GatedQuery ? shape.heads() * shape.valueDim() : 0);
        if (projection instanceof Projection.QueryOnly only) {
            only.query.forward(step, in, q);
            position(step, q, shape.heads(), queryNorm);
        } else {
            Floats k = step.rows(shape.kvHeads() * shape.keyDim());
            Floats v = step.rows(shape.kvHeads() * shape.valueDim());
            project(step, in, q, k, v, open);
            if (clamp != 0) {
                clamp(step, q, shape.heads() * shape.keyDim());
                clamp(step, k, shape.kvHeads() * shape.keyDim());
                clamp(step, v, shape.kvHeads() * shape.valueDim());
            }
            if (valueNorm != null) norm(step, valueNorm, v, shape.kvHeads() * shape.valueDim());
            position(step, q, shape.heads(), queryNorm);
            position(step, k, shape.kvHeads(), keyNorm);
            store(step, k, v);
        }
        if (temperature != null) heat(step, q, temperature);
        Floats mixed = step.rows(shape.heads() * shape.valueDim());
        attend(step, q, mixed);
        if (gate != null) {
            Floats gates = step.rows(gate.outputs());
            gate.forward(step, in, gates);
            mixed = gated(step, gates, mixed);
        } else if (projection instanceof Projection.GatedQuery) {
            mixed = gated(step, open, mixed);
        }
        output.forward(step, mixed, out);
        if (outputScale != 1) {
            step.compute().kernels().scale(out, 0, step.tokens() * output.outputs(), outputScale);
        }
        step.release(mark);
    }

    private void project(Step step, Floats in, Floats q, Floats k, Floats v, Floats open) {
        int ks = shape.kvHeads() * shape.keyDim();
        switch (projection) {
            case Projection.Separate s -> {
                Linear.forward(step, in, new Linear[] {s.query, s.key, s.value}, new Floats[] {q, k, v});
            }
            case Projection.GatedQuery s -> {
                queriesAndGates(step, in, s.queryAndGate, q, open);
                s.key.forward(step, in, k);
                s.value.forward(step, in, v);
            }
            case Projection.ValueIsKey s -> {
                Linear.forward(step, in, new Linear[] {s.query, s.key}, new Floats[] {q, k});
                v.copy(0, k, 0, step.tokens() * ks);
            }
            case Projection.Fused f -> {
                int width = f.all.outputs();
                int qs = shape.heads() * shape.keyDim();
                int vs = shape.kvHeads() * shape.valueDim();
                Floats all = step.rows(width);
                f.all.forward(step, in, all);
                for (int t = 0; t < step.tokens(); t++) {
                    q.copy(t * qs, all, t * width, qs);
                    k.copy(t * ks, all, t * width + qs, ks);
                    v.copy(t * vs, all, t * width + qs + ks, vs);
                }
            }
            case Projection.QueryOnly q1 -> throw new IllegalStateException("queries only");
        }
    }

    private void queriesAndGates(Step step, Floats in, Linear projection, Floats q, Floats open) {
        int dk = shape.keyDim();
        int dv = shape.valueDim();
        Floats both = step.rows(shape.heads() * (dk + dv));
        projection.forward(step, in, both);
        for (int head = 0; head < step.tokens() * shape.heads(); head++) {
            q.copy(head * dk, both, head * (dk + dv), dk);
            open.copy(head * dv, both, head * (dk + dv) + dk, dv);
        }
    }

    private void clamp(Step step, Floats x, int elements) {
        step.compute().kernels().clamp(x, 0, step.tokens() * elements, -clamp, clamp);
    }

    /** Norm and rotation of queries or keys. */
    private void position(Step step, Floats x, int heads, @Nullable Norm norm) {
        if (norm != null && !normAfterRotation) norm(step, norm, x, heads * shape.keyDim());
        if (rope != null) rope.apply(step, x, heads, shape.keyDim(), 0);
        if (norm != null && normAfterRotation) norm(step, norm, x, heads * shape.keyDim());
    }

    private static void norm(Step step, Norm norm, Floats x, int elements) {
        norm.forward(step, x, step.tokens() * elements / norm.size(), x);
    }

    private Floats gated(Step step, Floats open, Floats mixed) {
        int width = shape.heads() * shape.valueDim();
        // Token by token: a kernel may round the end of a run in another way than its middle.
        for (int t = 0; t < step.tokens(); t++) {
            step.compute().kernels().gate(Activation.SIGMOID, open, t * width, mixed, t * width, width);
        }
        return open;
    }

    private void heat(Step step, Floats q, Temperature by) {
        int width = shape.heads() * shape.keyDim();
        for (int t = 0; t < step.tokens(); t++) {
            step.compute().kernels().scale(q, t * width, width, by.at(step.position(t)));
        }
    }

    private void store(Step step, Floats k, Floats v) {
        Kernels kernels = step.compute().kernels();
        for (Step.Span span : step.spans()) {
            if (span.count() == 1) store(kernels, span, 0, k, v);
            else step.compute().forEach(span.count(), (i, worker) -> store(kernels, span, i, k, v));
        }
    }

    private void store(Kernels kernels, Step.Span span, int i, Floats k, Floats v) {
        int row = span.firstRow() + i;
        int position = span.position() + i;
        span.sequence().storeKeys(kernels, layer, k, row * shape.kvHeads() * shape.keyDim(), position);
        span.sequence().storeValues(kernels, layer, v, row * shape.kvHeads() * shape.valueDim(), position);
    }

    private void attend(Step step, Floats q, Floats out) {
        List<Step.Span> spans = step.spans();
        int prompts = 0;
        while (prompts < spans.size() && spans.get(prompts).phase() == Phase.PROMPT) prompts++;
        int answers = spans.size() - prompts;
        // Many answers have work for all threads without cutting up any: one parallel region for them instead of one
        // each.
        boolean together =
                answers > 1 && answers * shape.kvHeads() >= 2 * step.compute().threads();
        for (int i = 0; i < (together ? prompts : spans.size()); i++) attend(step, spans.get(i), q, out);
        if (together) attend(step, spans.subList(prompts, spans.size()), q, out);
        AttentionWatch watch = step.watch();
        if (watch != null && watch.wants(layer)) {
            for (Step.Span s : spans) watch.look(shape, q, s, s.sequence().keys(cacheLayer), sinks);
        }
    }

    private void attend(Step step, Step.Span span, Floats q, Floats out) {
        step.compute()
                .kernels()
                .attention(
                        shape,
                        span.phase(),
                        q,
                        span.firstRow(),
                        span.count(),
                        span.position(),
                        span.position() + span.count(),
                        span.sequence().keys(cacheLayer),
                        span.sequence().values(cacheLayer),
                        sinks,
                        out,
                        step.compute());
    }

    private void attend(Step step, List<Step.Span> spans, Floats q, Floats out) {
        Compute compute = step.compute();
        compute.forEach(spans.size() * shape.kvHeads(), (task, worker) -> {
            Step.Span span = spans.get(task / shape.kvHeads());
            compute.kernels()
                    .attention(
                            shape,
                            span.phase(),
                            task % shape.kvHeads(),
                            q,
                            span.firstRow(),
                            span.count(),
                            span.position(),
                            span.position() + span.count(),
                            span.sequence().keys(cacheLayer),
                            span.sequence().values(cacheLayer),
                            sinks,
                            out,
                            compute.scratch(worker));
        });
    }
}

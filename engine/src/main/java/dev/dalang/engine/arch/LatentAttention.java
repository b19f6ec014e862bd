package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (DeepSeek-AI 2024, DeepSeek-V2, arXiv:2405.04434).
 *
 * <p>A token's keys and values are made of one short latent vector c, and of one rotated key part r that all heads
 * share: head h has the key {@code [K_h·c | r]} and the value {@code V_h·c}. As {@code q·(K_h·c) = (K_hᵀ·q)·c}, the
 * matrices can be absorbed: queries are taken into the latent space, only {@code [c | r]} is remembered, of which c also
 * serves as the value, and the mixed latents come back by V_h. Older files have both matrices in one that cannot be
 * absorbed; then the keys and values themselves are remembered.
 *
 * @param layer whose memory of a sequence holds {@code [c | r]}, or keys and values
 * @param plain elements of a query head that are not rotated; {@code rotated} ones follow
 * @param rope null for layers without position
 */
record LatentAttention(
        int layer,
        int heads,
        int plain,
        int rotated,
        int rank,
        int valueDim,
        float scale,
        Query query,
        Linear latent,
        Norm latentNorm,
        Expansion expansion,
        @Nullable Rope rope,
        Attention.@Nullable Temperature temperature,
        Linear output)
        implements Sublayer {

    /** How queries come about: by {@code project} of the input, or of the normed lower-rank {@code reduce} of it. */
    record Query(@Nullable Linear reduce, @Nullable Norm norm, Linear project) {
        void forward(Step step, Floats in, Floats out) {
            if (reduce == null || norm == null) {
                project.forward(step, in, out);
                return;
            }
            Floats low = step.rows(reduce.outputs());
            reduce.forward(step, in, low);
            norm.forward(step, low, step.tokens(), low);
            project.forward(step, low, out);
        }
    }

    /** How a latent vector becomes the heads' keys and values. */
    sealed interface Expansion {
        /**
         * @param keys K_hᵀ of each head, from {@code plain} to {@code rank} elements
         * @param values V_h, from {@code rank} to {@code valueDim}
         */
        record Absorbed(Matrix[] keys, Matrix[] values) implements Expansion {}

        /** One matrix to {@code [heads][key | value]}. */
        record Together(Linear all) implements Expansion {}
    }

    /** All heads' keys, values and latents of one token together; some 200,000 in DeepSeek-V3. */
    private static final int MAX_WIDTH = 1 << 24;

    /** The layer under GGUF's names. */
    static LatentAttention read(
            LayerParts p, int heads, float scale, @Nullable Rope rope, Attention.@Nullable Temperature temperature) {
        Hyper h = p.hyper();
        Weights w = p.weights();
        int width = p.width();
        int rank = h.integer("attention.kv_lora_rank", 1, 1 << 20);
        int keyDim = keyDim(h);
        int valueDim = valueDim(h);
        int rotated = h.ropeDimensions(keyDim);
        int plain = keyDim - rotated;
        if (plain < 1) throw h.bad("rope.dimension_count", "is " + rotated + ", which leaves nothing unrotated");
        if ((long) heads * (keyDim + valueDim + rank) > MAX_WIDTH) {
            throw h.bad(
                    "attention.head_count", "is " + heads + " for heads of " + keyDim + ", more than any model has");
        }
        Query query;
        if (p.has("attn_q_a.weight")) {
            int low = h.integer("attention.q_lora_rank", 1, 1 << 20);
            query = new Query(
                    w.linear(p.name("attn_q_a"), width, low),
                    p.rmsNorm("attn_q_a_norm", low),
                    w.linear(p.name("attn_q_b"), low, heads * keyDim));
        } else {
            query = new Query(null, null, w.linear(p.name("attn_q"), width, heads * keyDim));
        }
        Expansion expansion = p.has("attn_k_b.weight")
                ? new Expansion.Absorbed(
                        w.matrices(p.name("attn_k_b.weight"), plain, rank, heads),
                        w.matrices(p.name("attn_v_b.weight"), rank, valueDim, heads))
                : new Expansion.Together(w.linear(p.name("attn_kv_b"), rank, heads * (plain + valueDim)));
        return new LatentAttention(
                p.index(),
                heads,
                plain,
                rotated,
                rank,
                valueDim,
                scale,
                query,
                w.linear(p.name("attn_kv_a_mqa"), width, rank + rotated),
                p.rmsNorm("attn_kv_a_norm", rank),
                expansion,
                rope,
                temperature,
                w.linear(p.name("attn_output"), heads * valueDim, width));
    }

    /** Elements of a query head before absorption; files that absorb give the latent's size under the usual key. */
    static int keyDim(Hyper h) {
        int dim = h.integer("attention.key_length_mla", 0, 1 << 20, 0);
        return dim != 0 ? dim : h.keyDim();
    }

    private static int valueDim(Hyper h) {
        int dim = h.integer("attention.value_length_mla", 0, 1 << 20, 0);
        return dim != 0 ? dim : h.valueDim();
    }

    private AttentionShape shape() {
        return switch (expansion) {
            case Expansion.Absorbed a -> new AttentionShape(heads, 1, rank + rotated, rank, scale, 0, 0, false, true);
            case Expansion.Together t ->
                new AttentionShape(heads, heads, plain + rotated, valueDim, scale, 0, 0, false, true);
        };
    }

    @Override
    public LayerMemory memory() {
        return switch (expansion) {
            case Expansion.Absorbed a -> new LayerMemory.KeyValue(1, rank + rotated, 0);
            case Expansion.Together t -> new LayerMemory.KeyValue(heads, plain + rotated, valueDim);
        };
    }

    @Override
    public void forward(Step step, Floats in, Floats out) {
        int mark = step.mark();
        int n = step.tokens();
        int keyDim = plain + rotated;
        Floats q = step.rows(heads * keyDim);
        query.forward(step, in, q);
        Floats both = step.rows(rank + rotated);
        latent.forward(step, in, both);
        if (rope != null) {
            rope.apply(step, q, heads, keyDim, plain);
            rope.apply(step, both, 1, rank + rotated, rank);
        }
        Kernels k = step.compute().kernels();
        if (temperature != null) {
            for (int t = 0; t < n; t++) {
                k.scale(q, t * heads * keyDim, heads * keyDim, temperature.at(step.position(t)));
            }
        }
        Floats c = step.rows(rank);
        for (int t = 0; t < n; t++) c.copy(t * rank, both, t * (rank + rotated), rank);
        latentNorm.forward(step, c, n, c);
        Floats mixed = step.rows(heads * valueDim);
        switch (expansion) {
            case Expansion.Absorbed a -> absorbed(step, a, q, c, both, mixed);
            case Expansion.Together t -> together(step, t, q, c, both, mixed);
        }
        output.forward(step, mixed, out);
        step.release(mark);
    }

    private void absorbed(Step step, Expansion.Absorbed a, Floats q, Floats c, Floats both, Floats mixed) {
        int n = step.tokens();
        int keyDim = plain + rotated;
        int row = rank + rotated;
        for (int t = 0; t < n; t++) both.copy(t * row, c, t * rank, rank);
        Kernels k = step.compute().kernels();
        for (Step.Span span : step.spans()) {
            step.compute()
                    .forEach(
                            span.count(),
                            (i, worker) -> span.sequence()
                                    .storeKeys(k, layer, both, (span.firstRow() + i) * row, span.position() + i));
        }
        // [heads][tokens] on both sides of each head's own matrix, so that its input is one run.
        Floats asked = step.rows(heads * plain);
        Floats taken = step.rows(heads * rank);
        Floats queries = step.rows(heads * row);
        step.compute().forEach(heads, (head, worker) -> {
            for (int t = 0; t < n; t++) {
                asked.copy((head * n + t) * plain, q, (t * heads + head) * keyDim, plain);
            }
            k.multiply(
                    a.keys[head],
                    0,
                    rank,
                    asked.slice(head * n * plain, n * plain),
                    n,
                    taken.slice(head * n * rank, n * rank),
                    step.compute().scratch(worker));
            for (int t = 0; t < n; t++) {
                int to = (t * heads + head) * row;
                queries.copy(to, taken, (head * n + t) * rank, rank);
                queries.copy(to + rank, q, (t * heads + head) * keyDim + plain, rotated);
            }
        });
        Floats latents = step.rows(heads * rank);
        attend(step, queries, latents);
        Floats values = step.rows(heads * valueDim);
        step.compute().forEach(heads, (head, worker) -> {
            for (int t = 0; t < n; t++) {
                taken.copy((head * n + t) * rank, latents, (t * heads + head) * rank, rank);
            }
            k.multiply(
                    a.values[head],
                    0,
                    valueDim,
                    taken.slice(head * n * rank, n * rank),
                    n,
                    values.slice(head * n * valueDim, n * valueDim),
                    step.compute().scratch(worker));
            for (int t = 0; t < n; t++) {
                mixed.copy((t * heads + head) * valueDim, values, (head * n + t) * valueDim, valueDim);
            }
        });
    }

    private void together(Step step, Expansion.Together e, Floats q, Floats c, Floats both, Floats mixed) {
        int n = step.tokens();
        int keyDim = plain + rotated;
        Floats all = step.rows(heads * (plain + valueDim));
        Floats keys = step.rows(heads * keyDim);
        Floats values = step.rows(heads * valueDim);
        e.all.forward(step, c, all);
        for (int t = 0; t < n; t++) {
            for (int head = 0; head < heads; head++) {
                int at = t * heads + head;
                keys.copy(at * keyDim, all, at * (plain + valueDim), plain);
                keys.copy(at * keyDim + plain, both, t * (rank + rotated) + rank, rotated);
                values.copy(at * valueDim, all, at * (plain + valueDim) + plain, valueDim);
            }
        }
        Kernels k = step.compute().kernels();
        for (Step.Span span : step.spans()) {
            step.compute().forEach(span.count(), (i, worker) -> {
                int row = span.firstRow() + i;
                span.sequence().storeKeys(k, layer, keys, row * heads * keyDim, span.position() + i);
                span.sequence().storeValues(k, layer, values, row * heads * valueDim, span.position() + i);
            });
        }
        attend(step, q, mixed);
    }

    private void attend(Step step, Floats q, Floats out) {
        AttentionShape shape = shape();
        boolean shared = expansion instanceof Expansion.Absorbed;
        Kernels k = step.compute().kernels();
        for (Step.Span span : step.spans()) {
            k.attention(
                    shape,
                    span.phase(),
                    q,
                    span.firstRow(),
                    span.count(),
                    span.position(),
                    span.position() + span.count(),
                    span.sequence().keys(layer),
                    shared ? span.sequence().keys(layer) : span.sequence().values(layer),
                    null,
                    out,
                    step.compute());
        }
    }
}

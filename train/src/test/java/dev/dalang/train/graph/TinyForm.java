package dev.dalang.train.graph;

import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.kernel.Activation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A tiny model of one family: its numbers, its seeded weights, and the file that the engine reads it from. What
 * {@link ReferenceDecoder} computes is described by these fields and not by the engine's parts.
 */
final class TinyForm {

    enum Norms {
        BEFORE,
        AFTER,
        BOTH
    }

    static final int VOCABULARY = 19;
    static final int WIDTH = 12;
    static final int LAYERS = 2;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int HEAD_DIM = 4;
    static final int HIDDEN = 10;

    final String family;
    boolean tied;
    boolean layerNorm;
    boolean normWeights = true;
    double epsilon = 1e-6;
    Norms norms = Norms.BEFORE;
    boolean parallel;
    boolean ownFeedForwardNorm;
    /** Elements of a head that are rotated; 0 for none. */
    int rotated = HEAD_DIM;

    boolean adjacent;
    double ropeBase = 10_000;
    double slidingRopeBase = 10_000;
    /** Norm of queries and keys over each head, all heads at once, or with weights for each head; or none. */
    String headNorms = "";

    boolean normAfterRotation;
    int window;
    int windowPeriod;
    double scoreCap;
    double logitCap;
    double embeddingScale = 1;
    double residualScale = 1;
    double logitScale = 1;
    double scoreScale = 1 / Math.sqrt(HEAD_DIM);
    double clamp;
    double temperature;
    int temperatureLength;
    boolean fused;
    boolean fusedGate;
    boolean gated = true;
    boolean biases;
    boolean positions;
    Activation activation = Activation.SILU;
    String feedForwardNormName = "ffn_norm";
    final Map<String, float[]> weights = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, Object> keys = new LinkedHashMap<>();
    private final Random random = new Random(77);

    TinyForm(String family, Consumer<TinyForm> differs) {
        this.family = family;
        differs.accept(this);
        fill();
    }

    TinyForm key(String suffix, Object value) {
        keys.put(suffix, value);
        return this;
    }

    private void add(String name, double deviation, double mean, long... shape) {
        int count = 1;
        for (long n : shape) count *= (int) n;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) (mean + deviation * random.nextGaussian());
        weights.put(name, values);
        shapes.put(name, shape);
    }

    private void matrix(String name, int inputs, int outputs) {
        add(name + ".weight", 1.2 / Math.sqrt(inputs), 0, inputs, outputs);
        if (biases) add(name + ".bias", 0.2, 0, outputs);
    }

    private void norm(String name, int size) {
        if (!normWeights) return;
        add(name + ".weight", 0.2, 1, size);
        if (layerNorm && biases) add(name + ".bias", 0.2, 0, size);
    }

    /** The feed-forward networks become mixtures of experts, of numbers that do not matter. */
    TinyForm withExperts() {
        key("expert_count", 3).key("expert_used_count", 2).key("expert_feed_forward_length", HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String blk = "blk." + i + ".";
            add(blk + "ffn_gate_inp.weight", 1, 0, WIDTH, 3);
            add(blk + "ffn_gate_exps.weight", 1, 0, WIDTH, HIDDEN, 3);
            add(blk + "ffn_up_exps.weight", 1, 0, WIDTH, HIDDEN, 3);
            add(blk + "ffn_down_exps.weight", 1, 0, HIDDEN, WIDTH, 3);
        }
        return this;
    }

    private void fill() {
        boolean some = biases;
        biases = false;
        matrix("token_embd", WIDTH, VOCABULARY);
        if (!tied) matrix("output", WIDTH, VOCABULARY);
        if (positions) matrix("position_embd", WIDTH, 32);
        biases = some;
        norm("output_norm", WIDTH);
        for (int i = 0; i < LAYERS; i++) layer("blk." + i + ".");
    }

    private void layer(String blk) {
        int q = HEADS * HEAD_DIM;
        int k = KV_HEADS * HEAD_DIM;
        if (norms != Norms.AFTER) norm(blk + "attn_norm", WIDTH);
        if (fused) {
            matrix(blk + "attn_qkv", WIDTH, q + 2 * k);
        } else {
            matrix(blk + "attn_q", WIDTH, q);
            matrix(blk + "attn_k", WIDTH, k);
            matrix(blk + "attn_v", WIDTH, k);
        }
        switch (headNorms) {
            case "head" -> {
                norm(blk + "attn_q_norm", HEAD_DIM);
                norm(blk + "attn_k_norm", HEAD_DIM);
            }
            case "wide" -> {
                norm(blk + "attn_q_norm", q);
                norm(blk + "attn_k_norm", k);
            }
            case "per head" -> {
                add(blk + "attn_q_norm.weight", 0.2, 1, HEAD_DIM, HEADS);
                add(blk + "attn_k_norm.weight", 0.2, 1, HEAD_DIM, KV_HEADS);
            }
            default -> {}
        }
        matrix(blk + "attn_output", q, WIDTH);
        if (norms != Norms.BEFORE) norm(blk + "post_attention_norm", WIDTH);
        if (norms != Norms.AFTER && (!parallel || ownFeedForwardNorm)) norm(blk + feedForwardNormName, WIDTH);
        if (gated && !fusedGate) matrix(blk + "ffn_gate", WIDTH, HIDDEN);
        matrix(blk + "ffn_up", WIDTH, fusedGate ? 2 * HIDDEN : HIDDEN);
        matrix(blk + "ffn_down", HIDDEN, WIDTH);
        if (norms != Norms.BEFORE) norm(blk + "post_ffw_norm", WIDTH);
    }

    boolean slides(int layer) {
        return window > 0 && layer % windowPeriod < windowPeriod - 1;
    }

    Path write(Path folder) {
        GgufWriter file = new GgufWriter()
                .put("general.architecture", family)
                .put("tokenizer.ggml.model", "none")
                .put(family + ".vocab_size", VOCABULARY)
                .put(family + ".context_length", 32)
                .put(family + ".embedding_length", WIDTH)
                .put(family + ".block_count", LAYERS)
                .put(family + ".feed_forward_length", HIDDEN)
                .put(family + ".attention.head_count", HEADS)
                .put(family + ".attention.head_count_kv", KV_HEADS)
                .put(family + ".attention.key_length", HEAD_DIM)
                .put(family + ".attention.value_length", HEAD_DIM)
                .put(family + ".rope.freq_base", (float) ropeBase)
                .put(
                        family + (layerNorm ? ".attention.layer_norm_epsilon" : ".attention.layer_norm_rms_epsilon"),
                        (float) epsilon);
        if (rotated > 0) file.put(family + ".rope.dimension_count", rotated);
        keys.forEach((suffix, value) -> {
            switch (value) {
                case Integer n -> file.put(family + "." + suffix, n);
                case Float f -> file.put(family + "." + suffix, f);
                case Boolean b -> file.put(family + "." + suffix, b);
                default -> throw new IllegalArgumentException(suffix);
            }
        });
        weights.forEach((name, values) -> file.tensor(name, values, shapes.get(name)));
        Path path = folder.resolve(family + (tied ? "-tied" : "") + ".gguf");
        file.write(path);
        return path;
    }

    @Override
    public String toString() {
        return family + (tied ? ", tied" : "");
    }
}

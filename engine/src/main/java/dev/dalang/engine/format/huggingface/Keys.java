package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Metadata in GGUF's words, made from a configuration: the keys that all families share, and the means to add others. */
final class Keys {

    private static final int MAX_CONTEXT = Integer.MAX_VALUE;

    private final Config config;
    private final String architecture;
    private final Map<String, Metadata.Value> values = new LinkedHashMap<>();

    Keys(Config config, String architecture) {
        this.config = config;
        this.architecture = architecture;
        general("general.architecture", architecture);
        general("general.type", "model");
    }

    Metadata metadata() {
        return new Metadata(config.file(), values);
    }

    /** A key without the family's prefix. */
    Keys general(String key, String value) {
        values.put(key, new Metadata.Value(Metadata.Type.STRING, null, value));
        return this;
    }

    Keys general(String key, long value) {
        values.put(key, new Metadata.Value(Metadata.Type.UINT32, null, value));
        return this;
    }

    Keys put(String suffix, long value) {
        return general(architecture + "." + suffix, value);
    }

    Keys put(String suffix, String value) {
        return general(architecture + "." + suffix, value);
    }

    Keys put(String suffix, double value) {
        return set(suffix, new Metadata.Value(Metadata.Type.FLOAT32, null, (double) (float) value));
    }

    Keys put(String suffix, boolean value) {
        return set(suffix, new Metadata.Value(Metadata.Type.BOOL, null, value));
    }

    Keys put(String suffix, long[] counts) {
        return set(suffix, new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.UINT32, counts));
    }

    Keys put(String suffix, boolean @Nullable [] flags) {
        if (flags == null) return this;
        return set(suffix, new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.BOOL, flags));
    }

    private Keys set(String suffix, Metadata.Value value) {
        values.put(architecture + "." + suffix, value);
        return this;
    }

    /** A number of the configuration, under the first of these names that it has; nothing where it has none. */
    Keys count(String suffix, String... keys) {
        JsonValue value = config.get(keys);
        return value.isNull() ? this : put(suffix, value.integer(0, MAX_CONTEXT));
    }

    /** As {@link #count}, for fractions. */
    Keys real(String suffix, String... keys) {
        JsonValue value = config.get(keys);
        return value.isNull() ? this : put(suffix, value.real());
    }

    Keys flag(String suffix, String key) {
        return config.has(key) ? put(suffix, config.get(key).isTrue()) : this;
    }

    /** What (nearly) every family has. */
    void common() {
        put("block_count", config.layers());
        count("context_length", "max_position_embeddings", "n_ctx", "n_positions", "max_sequence_length");
        put("embedding_length", config.width());
        count("feed_forward_length", "intermediate_size", "n_inner", "hidden_dim");
        put("attention.head_count", config.heads());
        put("attention.head_count_kv", config.kvHeads());
        if (config.has("head_dim")) headDim(config.count("head_dim"));
        real("attention.layer_norm_rms_epsilon", "rms_norm_eps", "norm_eps");
        real("attention.layer_norm_epsilon", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon");
        count("vocab_size", "vocab_size");
        rope();
        count("expert_count", "num_local_experts", "num_experts", "n_routed_experts");
        count("expert_used_count", "num_experts_per_tok", "num_experts_per_token", "experts_per_token");
        count("expert_group_count", "n_group");
        count("expert_group_used_count", "topk_group");
        String scoring = config.get("scoring_func", "score_function").stringOrNull();
        if ("softmax".equals(scoring)) put("expert_gating_func", 1L);
        if ("sigmoid".equals(scoring)) put("expert_gating_func", 2L);
    }

    Keys headDim(int elements) {
        return put("attention.key_length", elements).put("attention.value_length", elements);
    }

    private void rope() {
        RopeParameters rope = config.rope();
        if (!rope.base().isNull()) put("rope.freq_base", rope.base().real());
        if (!rope.slidingBase().isNull())
            put("rope.freq_base_swa", rope.slidingBase().real());
        String type = rope.type();
        switch (type) {
            case null -> {}
            // Llama 3's factors are a tensor; "dynamic" changes nothing within the trained context.
            case "default", "llama3", "dynamic", "mrope" -> {}
            case "linear" -> put("rope.scaling.type", type).put("rope.scaling.factor", factor(rope));
            case "yarn" -> yarn(rope);
            case "su", "longrope" -> longRope(rope);
            default ->
                throw DalangException.unsupported(
                        config.file() + ": the rotation is stretched by '" + JsonValue.printable(type)
                                + "', which is not known here",
                        "rope_type=" + JsonValue.printable(type));
        }
    }

    private static double factor(RopeParameters rope) {
        return rope.scaling("factor").real();
    }

    private void yarn(RopeParameters rope) {
        put("rope.scaling.type", "yarn").put("rope.scaling.factor", factor(rope));
        JsonValue original = rope.originalContext();
        if (!original.isNull()) put("rope.scaling.original_context_length", original.integer(1, MAX_CONTEXT));
        for (String bound : new String[] {"beta_fast", "beta_slow"}) {
            if (!rope.scaling(bound).isNull()) {
                put("rope.scaling.yarn_" + bound, rope.scaling(bound).real());
            }
        }
        JsonValue attention = rope.scaling("attention_factor");
        if (!attention.isNull()) {
            // The file states the whole factor; the engine multiplies YaRN's own (Peng et al. 2023) to what it reads.
            double own = 0.1 * Math.log(Math.max(1, factor(rope))) + 1;
            put("rope.scaling.attn_factor", attention.real() / own);
        }
    }

    /** Ding et al. 2024; the factors themselves are tensors. */
    private void longRope(RopeParameters rope) {
        put("rope.scaling.type", "longrope");
        JsonValue original = rope.originalContext();
        if (original.isNull()) throw original.bad("is missing");
        double trained = original.integer(2, MAX_CONTEXT);
        put("rope.scaling.original_context_length", (long) trained);
        double scale = config.count("max_position_embeddings", "n_positions") / trained;
        double magnitude = scale > 1 ? Math.sqrt(1 + Math.log(scale) / Math.log(trained)) : 1;
        put("rope.scaling.attn_factor", magnitude);
    }
}

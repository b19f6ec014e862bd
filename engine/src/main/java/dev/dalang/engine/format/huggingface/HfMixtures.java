package dev.dalang.engine.format.huggingface;

import static dev.dalang.engine.format.huggingface.HfFamilies.add;
import static dev.dalang.engine.format.huggingface.HfFamilies.decoder;
import static dev.dalang.engine.format.huggingface.HfFamilies.experts;
import static dev.dalang.engine.format.huggingface.HfFamilies.headNorms;
import static dev.dalang.engine.format.huggingface.HfFamilies.ropeDimensions;
import static dev.dalang.engine.format.huggingface.HfFamilies.shared;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.huggingface.Naming.Change;

/** The classes of {@link HfFamilies} that are mixtures of experts through and through. */
final class HfMixtures {

    private HfMixtures() {}

    static void addAll() {
        openWeights();
        glm();
        deepSeeks();
        others();
    }

    private static void openWeights() {
        // Experts that are not in MXFP4 have inputs before outputs.
        Change outputsFirst = (w, c) -> w.type() == BlockType.MXFP4 ? w : w.transposed();
        Naming oss = decoder()
                .name("*.post_attention_layernorm", "*.post_attention_norm")
                .name("*.self_attn.sinks", "*.attn_sinks.weight")
                .name("*.mlp.router", "*.ffn_gate_inp")
                .name("*.mlp.experts.down_proj", "*.ffn_down_exps.weight", outputsFirst)
                .name("*.mlp.experts.down_proj_bias", "*.ffn_down_exps.bias")
                .split(
                        "*.mlp.experts.gate_up_proj",
                        "*.ffn_gate_exps.weight",
                        (w, c) -> outputsFirst.apply(w, c).everyOther(1, 0),
                        "*.ffn_up_exps.weight",
                        (w, c) -> outputsFirst.apply(w, c).everyOther(1, 1))
                .split(
                        "*.mlp.experts.gate_up_proj_bias",
                        "*.ffn_gate_exps.bias",
                        (w, c) -> w.everyOther(1, 0),
                        "*.ffn_up_exps.bias",
                        (w, c) -> w.everyOther(1, 1));
        add(
                HfFamily.of(
                        "gpt-oss",
                        oss,
                        (c, k) -> k.count("attention.sliding_window", "sliding_window")
                                .count("expert_feed_forward_length", "intermediate_size")),
                "GptOssForCausalLM");
    }

    private static void glm() {
        Naming glm = shared(experts(headNorms(decoder())), "shared_experts")
                .name("*.post_attention_layernorm", "*.post_attention_norm")
                .name("*.mlp.gate.e_score_correction_bias", "*.exp_probs_b.bias");
        add(HfFamily.of("glm4moe", glm, HfMixtures::glmMixture), "Glm4MoeForCausalLM");
    }

    private static void glmMixture(Config c, Keys k) {
        ropeDimensions(c, k, 0.5);
        k.count("expert_feed_forward_length", "moe_intermediate_size")
                .count("expert_shared_count", "n_shared_experts")
                .count("leading_dense_block_count", "first_k_dense_replace")
                .put("expert_gating_func", 2L)
                .real("expert_weights_scale", "routed_scaling_factor")
                .flag("expert_weights_norm", "norm_topk_prob");
    }

    private static void deepSeeks() {
        Naming one = shared(experts(HfFamilies.inPairs()), "shared_experts");
        add(
                HfFamily.of("deepseek", one, (c, k) -> {
                    ropeDimensions(c, k, 1);
                    k.put("rope.scaling.type", "none");
                    leading(k).put("expert_weights_scale", 1.0);
                }),
                "DeepseekForCausalLM");
        Naming two = shared(experts(decoder()), "shared_experts")
                .name("*.mlp.gate.e_score_correction_bias", "*.exp_probs_b.bias")
                .name("*.self_attn.q_a_proj", "*.attn_q_a")
                .name("*.self_attn.q_a_layernorm", "*.attn_q_a_norm")
                .name("*.self_attn.q_b_proj", "*.attn_q_b")
                .name("*.self_attn.kv_a_proj_with_mqa", "*.attn_kv_a_mqa")
                .name("*.self_attn.kv_a_layernorm", "*.attn_kv_a_norm")
                .split(
                        "*.self_attn.kv_b_proj",
                        "*.attn_k_b",
                        (w, c) -> perHead(w, c)
                                .slice(1, 0, c.count("qk_nope_head_dim"))
                                .transposed(),
                        "*.attn_v_b",
                        (w, c) -> perHead(w, c).slice(1, c.count("qk_nope_head_dim"), c.count("v_head_dim")));
        add(HfFamily.of("deepseek2", two, HfMixtures::latent), "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM");
    }

    /** From {@code [heads · (key | value)][rank]} to {@code [heads][key | value][rank]}. */
    private static Weight perHead(Weight w, Config c) {
        return w.reshaped(c.heads(), c.count("qk_nope_head_dim") + c.count("v_head_dim"), w.dim(w.rank() - 1));
    }

    /** Latent attention as one key-value head of the latents' size. */
    private static void latent(Config c, Keys k) {
        int rank = c.count("kv_lora_rank");
        int rotated = c.count("qk_rope_head_dim");
        k.put("attention.head_count_kv", 1L)
                .count("attention.q_lora_rank", "q_lora_rank")
                .put("attention.kv_lora_rank", rank)
                .put("attention.key_length", rank + rotated)
                .put("attention.value_length", rank)
                .put("attention.key_length_mla", c.count("qk_nope_head_dim") + rotated)
                .put("attention.value_length_mla", c.count("v_head_dim"))
                .put("rope.dimension_count", rotated);
        leading(k).real("expert_weights_scale", "routed_scaling_factor").flag("expert_weights_norm", "norm_topk_prob");
        JsonValue all = c.rope().scaling("mscale_all_dim");
        // A tenth of it, as the format has it for this family.
        if (!all.isNull()) k.put("rope.scaling.yarn_log_multiplier", 0.1 * all.real());
    }

    private static Keys leading(Keys k) {
        return k.count("expert_feed_forward_length", "moe_intermediate_size")
                .count("expert_shared_count", "n_shared_experts")
                .count("leading_dense_block_count", "first_k_dense_replace");
    }

    private static void others() {
        Naming dots = shared(experts(headNorms(decoder())), "shared_experts")
                .name("*.mlp.gate.e_score_correction_bias", "*.exp_probs_b.bias");
        add(
                HfFamily.of(
                        "dots1",
                        dots,
                        (c, k) -> leading(k)
                                .real("expert_weights_scale", "routed_scaling_factor")
                                .flag("expert_weights_norm", "norm_topk_prob")),
                "Dots1ForCausalLM");
        Naming miniMax = headNorms(decoder())
                .name("*.block_sparse_moe.gate", "*.ffn_gate_inp")
                .name("*.block_sparse_moe.e_score_correction_bias", "*.exp_probs_b.bias")
                .name("*.block_sparse_moe.experts.#.w1", "*.ffn_gate_exps")
                .name("*.block_sparse_moe.experts.#.w2", "*.ffn_down_exps")
                .name("*.block_sparse_moe.experts.#.w3", "*.ffn_up_exps");
        add(
                HfFamily.of(
                        "minimax-m2",
                        miniMax,
                        (c, k) -> k.count("rope.dimension_count", "rotary_dim")
                                .count("expert_feed_forward_length", "intermediate_size")),
                "MiniMaxM2ForCausalLM");
        Naming ling = shared(experts(decoder()), "shared_experts")
                .name("word_embeddings", "token_embd")
                .name("*.attention.query_key_value", "*.attn_qkv")
                .name("*.attention.dense", "*.attn_output")
                .name("*.attention.query_layernorm", "*.attn_q_norm")
                .name("*.attention.key_layernorm", "*.attn_k_norm")
                .name("*.mlp.gate.expert_bias", "*.exp_probs_b.bias");
        add(
                HfFamily.of("bailingmoe2", ling, (c, k) -> {
                    ropeDimensions(c, k, 0.5);
                    leading(k)
                            .count("expert_shared_count", "num_shared_experts")
                            .count("expert_shared_feed_forward_length", "moe_shared_expert_intermediate_size")
                            .real("expert_weights_scale", "routed_scaling_factor")
                            .flag("expert_weights_norm", "norm_topk_prob");
                }),
                "BailingMoeV2ForCausalLM");
    }
}

package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.huggingface.Naming.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * The classes of checkpoints that are known, each with its mapping. Names and keys on the right are those that
 * llama.cpp's converter writes, so that a folder and the GGUF made of it are read alike.
 */
final class HfFamilies {

    /** GGUF's Llama and its kin rotate neighbours, the checkpoints halves. */
    private static final Change QUERY_PAIRS = (w, c) -> w.pairs(c.heads());

    private static final Change KEY_PAIRS = (w, c) -> w.pairs(c.kvHeads());

    /** Gemma's norms multiply by one more than their weights. */
    private static final Change PLUS_ONE = (w, c) -> w.plus(1);

    private static final Map<String, HfFamily> ALL = new HashMap<>();

    static {
        llamas();
        qwens();
        gemmas();
        others();
        mixtures();
    }

    private HfFamilies() {}

    /** @throws DalangException (unsupported) naming what is known */
    static HfFamily of(Config config) {
        String name = config.architecture();
        HfFamily family = ALL.get(name);
        if (family == null) {
            throw DalangException.unsupported(
                    config.file() + ": folders of class " + JsonValue.printable(name)
                            + " are not read; use a GGUF file of the model (known are "
                            + String.join(", ", new TreeSet<>(ALL.keySet())) + ")",
                    "architectures=" + JsonValue.printable(name));
        }
        return family;
    }

    private static void add(HfFamily family, String... classes) {
        for (String name : classes) ALL.put(name, family);
    }

    /** What decoders by the pattern of Llama have. */
    private static Naming decoder() {
        return new Naming()
                .name("embed_tokens", "token_embd")
                .name("norm", "output_norm")
                .name("lm_head", "output")
                .name("*.input_layernorm", "*.attn_norm")
                .name("*.post_attention_layernorm", "*.ffn_norm")
                .name("*.self_attn.q_proj", "*.attn_q")
                .name("*.self_attn.k_proj", "*.attn_k")
                .name("*.self_attn.v_proj", "*.attn_v")
                .name("*.self_attn.o_proj", "*.attn_output")
                .name("*.mlp.gate_proj", "*.ffn_gate")
                .name("*.mlp.up_proj", "*.ffn_up")
                .name("*.mlp.down_proj", "*.ffn_down");
    }

    /** {@link #decoder} with rotation of neighbours. */
    private static Naming inPairs() {
        return decoder()
                .name("*.self_attn.q_proj", "*.attn_q", QUERY_PAIRS)
                .name("*.self_attn.k_proj", "*.attn_k", KEY_PAIRS);
    }

    /** {@code naming} with norms of each query and key head. */
    private static Naming headNorms(Naming naming) {
        return naming.name("*.self_attn.q_norm", "*.attn_q_norm").name("*.self_attn.k_norm", "*.attn_k_norm");
    }

    /** {@code naming} with norms after attention and network; no plain {@code ffn_norm}. */
    private static Naming postNorms(Naming naming) {
        return naming.name("*.post_attention_layernorm", "*.post_attention_norm")
                .name("*.post_feedforward_layernorm", "*.post_ffw_norm");
    }

    /** {@code naming} with experts as Qwen has them: one by one, or in newer files stacked with gate and up in one. */
    private static Naming experts(Naming naming) {
        return naming.name("*.mlp.gate", "*.ffn_gate_inp")
                .name("*.mlp.experts.#.gate_proj", "*.ffn_gate_exps")
                .name("*.mlp.experts.#.up_proj", "*.ffn_up_exps")
                .name("*.mlp.experts.#.down_proj", "*.ffn_down_exps")
                .name("*.mlp.experts.down_proj", "*.ffn_down_exps.weight")
                .split(
                        "*.mlp.experts.gate_up_proj",
                        "*.ffn_gate_exps.weight",
                        (w, c) -> w.half(1, 0),
                        "*.ffn_up_exps.weight",
                        (w, c) -> w.half(1, 1));
    }

    /** The network that every token goes through, beside the experts. */
    private static Naming shared(Naming naming, String name) {
        return naming.name("*.mlp." + name + ".gate_proj", "*.ffn_gate_shexp")
                .name("*.mlp." + name + ".up_proj", "*.ffn_up_shexp")
                .name("*.mlp." + name + ".down_proj", "*.ffn_down_shexp");
    }

    private static void ropeDimensions(Config c, Keys k, double partial) {
        k.put("rope.dimension_count", (long) (c.rope().partial(partial) * c.headDim()));
    }

    /** A sliding window, with a flag for each layer where the configuration says. */
    private static void slidingWindow(Config c, Keys k) {
        k.count("attention.sliding_window", "sliding_window");
        if (c.has("sliding_window")) k.put("attention.sliding_window_pattern", c.slidingLayers());
    }

    private static void llamas() {
        Naming llama = inPairs()
                .name("*.block_sparse_moe.gate", "*.ffn_gate_inp")
                .name("*.block_sparse_moe.experts.#.w1", "*.ffn_gate_exps")
                .name("*.block_sparse_moe.experts.#.w2", "*.ffn_down_exps")
                .name("*.block_sparse_moe.experts.#.w3", "*.ffn_up_exps");
        BiConsumer<Config, Keys> keys = (c, k) -> ropeDimensions(c, k, 1);
        add(
                HfFamily.of("llama", llama, keys),
                "LlamaForCausalLM",
                "LLaMAForCausalLM",
                "MistralForCausalLM",
                "MixtralForCausalLM");
        add(HfFamily.of("arcee", inPairs(), keys), "ArceeForCausalLM");
        add(HfFamily.of("smollm3", inPairs(), keys), "SmolLM3ForCausalLM");
        BiConsumer<Config, Keys> factors = (c, k) -> {
            k.headDim(c.widthOverHeads()).put("rope.dimension_count", (long) c.widthOverHeads());
            k.real("attention.scale", "attention_multiplier")
                    .real("embedding_scale", "embedding_multiplier")
                    .real("residual_scale", "residual_multiplier")
                    .real("logit_scale", "logits_scaling")
                    .count("expert_shared_feed_forward_length", "shared_intermediate_size");
        };
        add(HfFamily.of("granite", inPairs(), factors), "GraniteForCausalLM");
        Naming mixture = inPairs()
                .name("*.block_sparse_moe.router.layer", "*.ffn_gate_inp")
                .name("*.block_sparse_moe.output_linear", "*.ffn_down_exps")
                .split(
                        "*.block_sparse_moe.input_linear",
                        "*.ffn_gate_exps",
                        (w, c) -> w.half(1, 0),
                        "*.ffn_up_exps",
                        (w, c) -> w.half(1, 1))
                .name("*.shared_mlp.output_linear", "*.ffn_down_shexp")
                .split(
                        "*.shared_mlp.input_linear",
                        "*.ffn_gate_shexp",
                        (w, c) -> w.half(0, 0),
                        "*.ffn_up_shexp",
                        (w, c) -> w.half(0, 1));
        add(HfFamily.of("granitemoe", mixture, factors), "GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM");
    }

    private static void qwens() {
        BiConsumer<Config, Keys> mixture = (c, k) -> k.count("expert_feed_forward_length", "moe_intermediate_size")
                .count("expert_shared_feed_forward_length", "shared_expert_intermediate_size");
        add(HfFamily.of("qwen2", decoder(), HfFamilies::nothingMore), "Qwen2ForCausalLM");
        add(HfFamily.of("qwen3", headNorms(decoder()), HfFamilies::nothingMore), "Qwen3ForCausalLM");
        Naming two = shared(experts(decoder()), "shared_expert")
                .name(
                        "*.mlp.shared_expert_gate",
                        "*.ffn_gate_inp_shexp",
                        (w, c) -> w.reshaped(Weight.product(w.shape())));
        add(HfFamily.of("qwen2moe", two, mixture), "Qwen2MoeForCausalLM");
        add(HfFamily.of("qwen3moe", headNorms(experts(decoder())), mixture), "Qwen3MoeForCausalLM");
        add(HfFamily.of("olmoe", headNorms(experts(decoder())), mixture), "OlmoeForCausalLM");
    }

    private static void gemmas() {
        Naming one = decoder().change("norm", PLUS_ONE);
        add(HfFamily.of("gemma", one, (c, k) -> k.headDim(c.headDim())).withTiedOutput(), "GemmaForCausalLM");
        Naming two = postNorms(decoder()).name("*.pre_feedforward_layernorm", "*.ffn_norm");
        BiConsumer<Config, Keys> caps = (c, k) -> k.headDim(c.headDim())
                .real("attn_logit_softcapping", "attn_logit_softcapping")
                .real("final_logit_softcapping", "final_logit_softcapping")
                .count("attention.sliding_window", "sliding_window");
        add(
                HfFamily.of("gemma2", new Naming(two).change("norm", PLUS_ONE), caps)
                        .withTiedOutput(),
                "Gemma2ForCausalLM");
        add(
                HfFamily.of("gemma3", headNorms(two).change("norm", PLUS_ONE), caps)
                        .withTiedOutput()
                        // The published files state only what differs from these.
                        .withDefaults(Map.of(
                                "num_attention_heads", 8L,
                                "num_key_value_heads", 4L,
                                "head_dim", 256L,
                                "rms_norm_eps", 1e-6,
                                "rope_theta", 1e6,
                                "max_position_embeddings", 131_072L)),
                "Gemma3ForCausalLM",
                "Gemma3ForConditionalGeneration");
    }

    private static void others() {
        Naming phi = decoder().name("*.self_attn.qkv_proj", "*.attn_qkv").name("*.mlp.gate_up_proj", "*.ffn_up");
        add(
                HfFamily.of("phi3", phi, (c, k) -> {
                    ropeDimensions(c, k, 1);
                    k.count("rope.scaling.original_context_length", "original_max_position_embeddings");
                    // 0 is how GGUF tells Phi-4 from its elders.
                    k.put("attention.sliding_window", (long) c.count("sliding_window", 0));
                }),
                "Phi3ForCausalLM");
        add(
                HfFamily.of("olmo2", headNorms(postNorms(decoder())), HfFamilies::olmo),
                "Olmo2ForCausalLM",
                "Olmo3ForCausalLM");
        BiConsumer<Config, Keys> window = HfFamilies::slidingWindow;
        add(HfFamily.of("exaone4", headNorms(postNorms(decoder())), window), "Exaone4ForCausalLM");
        Naming seed = decoder().name("*.post_attention_layernorm", "*.post_attention_norm");
        add(HfFamily.of("seed_oss", seed, HfFamilies::nothingMore), "SeedOssForCausalLM");
        add(HfFamily.of("ernie4_5", decoder(), HfFamilies::nothingMore), "Ernie4_5_ForCausalLM", "Ernie4_5ForCausalLM");
        BiConsumer<Config, Keys> cohere = (c, k) -> {
            k.real("logit_scale", "logit_scale").put("rope.scaling.type", "none");
            ropeDimensions(c, k, 1);
        };
        add(HfFamily.of("command-r", headNorms(decoder()), cohere).withTiedOutput(), "CohereForCausalLM");
        add(HfFamily.of("cohere2", decoder(), cohere.andThen(window)).withTiedOutput(), "Cohere2ForCausalLM");
        Naming glm = decoder()
                .name("*.post_self_attn_layernorm", "*.post_attention_norm")
                .name("*.post_mlp_layernorm", "*.post_ffw_norm")
                .name("*.mlp.gate_up_proj", "*.ffn_up");
        add(HfFamily.of("glm4", glm, (c, k) -> ropeDimensions(c, k, 0.5)), "Glm4ForCausalLM");
        Naming star = decoder().name("*.mlp.c_fc", "*.ffn_up").name("*.mlp.c_proj", "*.ffn_down");
        add(HfFamily.of("starcoder2", star, HfFamilies::nothingMore), "Starcoder2ForCausalLM");
    }

    private static void olmo(Config c, Keys k) {
        if (!c.has("sliding_window")) return;
        slidingWindow(c, k);
        if (c.slidingLayers() == null) {
            boolean[] slides = new boolean[c.layers()];
            for (int i = 0; i < slides.length; i++) slides[i] = (i + 1) % 4 != 0;
            k.put("attention.sliding_window_pattern", slides);
        }
    }

    private static void mixtures() {
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
        Naming glm = shared(experts(headNorms(decoder())), "shared_experts")
                .name("*.post_attention_layernorm", "*.post_attention_norm")
                .name("*.mlp.gate.e_score_correction_bias", "*.exp_probs_b.bias");
        add(HfFamily.of("glm4moe", glm, HfFamilies::glmMixture), "Glm4MoeForCausalLM");
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

    /** Parts of checkpoints that are not read: of pictures and sound, and what implementations keep beside weights. */
    static boolean ignored(String name) {
        for (String part : List.of("vision_", "visual.", "multi_modal_projector.", "mm_projector.", "audio_tower.")) {
            if (name.startsWith(part) || name.startsWith("model." + part)) return true;
        }
        return name.endsWith(".rotary_emb.inv_freq")
                || name.endsWith(".activation_scale")
                || name.endsWith(".input_scale")
                || name.endsWith(".k_scale")
                || name.endsWith(".v_scale");
    }

    /** For families whose keys are the common ones. */
    private static void nothingMore(Config config, Keys keys) {}
}

package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
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
        HfMixtures.addAll();
        hybrids();
    }

    private HfFamilies() {}

    static Iterable<String> names() {
        return new TreeSet<>(ALL.keySet());
    }

    /** @throws DalangException (unsupported) naming what is known */
    static HfFamily of(Config config) {
        String name = config.architecture();
        HfFamily family = ALL.get(name);
        if (family == null) {
            throw DalangException.unsupported(
                    config.file() + ": folders of class " + JsonValue.printable(name)
                            + " are not read; use a GGUF file of the model (known are "
                            + String.join(", ", names()) + ")",
                    "architectures=" + JsonValue.printable(name));
        }
        return family;
    }

    static void add(HfFamily family, String... classes) {
        for (String name : classes) ALL.put(name, family);
    }

    /** What decoders by the pattern of Llama have. */
    static Naming decoder() {
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
    static Naming inPairs() {
        return decoder()
                .name("*.self_attn.q_proj", "*.attn_q", QUERY_PAIRS)
                .name("*.self_attn.k_proj", "*.attn_k", KEY_PAIRS);
    }

    /** {@code naming} with norms of each query and key head. */
    static Naming headNorms(Naming naming) {
        return naming.name("*.self_attn.q_norm", "*.attn_q_norm").name("*.self_attn.k_norm", "*.attn_k_norm");
    }

    /** {@code naming} with norms after attention and network; no plain {@code ffn_norm}. */
    private static Naming postNorms(Naming naming) {
        return naming.name("*.post_attention_layernorm", "*.post_attention_norm")
                .name("*.post_feedforward_layernorm", "*.post_ffw_norm");
    }

    /** {@code naming} with experts as Qwen has them: one by one, or in newer files stacked with gate and up in one. */
    static Naming experts(Naming naming) {
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
    static Naming shared(Naming naming, String name) {
        return naming.name("*.mlp." + name + ".gate_proj", "*.ffn_gate_shexp")
                .name("*.mlp." + name + ".up_proj", "*.ffn_up_shexp")
                .name("*.mlp." + name + ".down_proj", "*.ffn_down_shexp");
    }

    static void ropeDimensions(Config c, Keys k, double partial) {
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
        add(
                HfFamily.of("mistral3", inPairs(), keys.andThen(HfFamilies::farQueries)),
                "Ministral3ForCausalLM",
                "Mistral3ForConditionalGeneration");
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

    /** Ministral 3's temperature of far queries; Mistral Small 3, of the same class, has none. */
    private static void farQueries(Config c, Keys k) {
        if ("mistral4".equals(c.get("model_type").stringOrNull())) {
            throw DalangException.unsupported(
                    c.file() + ": folders of Mistral Small 4 are not read; use a GGUF file of the model",
                    "model_type=mistral4");
        }
        RopeParameters rope = c.rope();
        if (rope.scaling("llama_4_scaling_beta").isNull()) return;
        k.put(
                        "attention.temperature_scale",
                        rope.scaling("llama_4_scaling_beta").real())
                .put("rope.scaling.yarn_log_multiplier", rope.scaling("mscale_all_dim", 0));
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

    private static void hybrids() {
        Naming dense = new Naming()
                .name("embed_tokens", "token_embd")
                .name("embedding_norm", "token_embd_norm")
                .name("lm_head", "output")
                .name("*.operator_norm", "*.attn_norm")
                .name("*.ffn_norm", "*.ffn_norm")
                .name("*.self_attn.q_proj", "*.attn_q")
                .name("*.self_attn.k_proj", "*.attn_k")
                .name("*.self_attn.v_proj", "*.attn_v")
                .name("*.self_attn.out_proj", "*.attn_output")
                .name("*.self_attn.q_layernorm", "*.attn_q_norm")
                .name("*.self_attn.k_layernorm", "*.attn_k_norm")
                .name("*.conv.conv", "*.shortconv.conv", (w, c) -> w.reshaped(w.dim(0), w.dim(w.rank() - 1)))
                .name("*.conv.in_proj", "*.shortconv.in_proj")
                .name("*.conv.out_proj", "*.shortconv.out_proj")
                .name("*.feed_forward.w1", "*.ffn_gate")
                .name("*.feed_forward.w2", "*.ffn_down")
                .name("*.feed_forward.w3", "*.ffn_up");
        add(
                HfFamily.of("lfm2", dense, (c, k) -> convolutions(c, k).put("feed_forward_length", hiddenOfLfm2(c))),
                "Lfm2ForCausalLM",
                "LFM2ForCausalLM");
        Naming mixture = new Naming(dense)
                .name("*.feed_forward.gate", "*.ffn_gate_inp")
                .name("*.feed_forward.expert_bias", "*.exp_probs_b.bias")
                .name("*.feed_forward.experts.#.w1", "*.ffn_gate_exps")
                .name("*.feed_forward.experts.#.w2", "*.ffn_down_exps")
                .name("*.feed_forward.experts.#.w3", "*.ffn_up_exps");
        add(
                HfFamily.of(
                        "lfm2moe",
                        mixture,
                        (c, k) -> convolutions(c, k)
                                .count("expert_feed_forward_length", "moe_intermediate_size")
                                .count("leading_dense_block_count", "num_dense_layers")
                                .put("expert_gating_func", 2L)),
                "Lfm2MoeForCausalLM");
    }

    /** Layers of convolutions have no key-value heads. */
    private static Keys convolutions(Config c, Keys k) {
        JsonValue types = c.get("layer_types");
        List<JsonValue> list = types.list();
        if (list.size() != c.layers()) throw types.bad("has " + list.size() + " entries for " + c.layers() + " layers");
        long[] heads = new long[list.size()];
        for (int i = 0; i < heads.length; i++) {
            heads[i] = "full_attention".equals(list.get(i).stringOrNull()) ? c.kvHeads() : 0;
        }
        return k.put("attention.head_count_kv", heads).count("shortconv.l_cache", "conv_L_cache");
    }

    private static long hiddenOfLfm2(Config c) {
        long hidden = c.count("block_ff_dim", "intermediate_size");
        if (!c.get("block_auto_adjust_ff_dim").isTrue()) return hidden;
        hidden = (long) (c.real("block_ffn_dim_multiplier", 1) * (2 * hidden / 3));
        long multiple = c.count("block_multiple_of", 256);
        return (hidden + multiple - 1) / multiple * multiple;
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

package dev.dalang.engine.format.huggingface;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the checkpoint that a GGUF of floats could have been converted from: every change of the converter undone. */
final class Checkpoint {

    private static final Map<String, String> COMMON = Map.ofEntries(
            Map.entry("token_embd", "model.embed_tokens"),
            Map.entry("output_norm", "model.norm"),
            Map.entry("output", "lm_head"),
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("attn_qkv", "self_attn.qkv_proj"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"),
            Map.entry("ffn_gate_inp", "mlp.gate"),
            Map.entry("ffn_gate_exps", "mlp.experts.#.gate_proj"),
            Map.entry("ffn_up_exps", "mlp.experts.#.up_proj"),
            Map.entry("ffn_down_exps", "mlp.experts.#.down_proj"),
            Map.entry("ffn_gate_shexp", "mlp.shared_experts.gate_proj"),
            Map.entry("ffn_up_shexp", "mlp.shared_experts.up_proj"),
            Map.entry("ffn_down_shexp", "mlp.shared_experts.down_proj"),
            Map.entry("exp_probs_b", "mlp.gate.e_score_correction_bias"));

    private static final Map<String, String> GLM_NORMS = Map.of(
            "post_attention_norm", "post_self_attn_layernorm",
            "ffn_norm", "post_attention_layernorm",
            "post_ffw_norm", "post_mlp_layernorm");

    private static final Map<String, String> POST_NORMS = Map.of(
            "post_attention_norm", "post_attention_layernorm",
            "ffn_norm", "pre_feedforward_layernorm",
            "post_ffw_norm", "post_feedforward_layernorm");

    /** Names of families that are further from the common ones. */
    private static final Map<String, Map<String, String>> OWN = Map.of(
            "deepseek2",
            Map.of(
                    "attn_q_a", "self_attn.q_a_proj",
                    "attn_q_a_norm", "self_attn.q_a_layernorm",
                    "attn_q_b", "self_attn.q_b_proj",
                    "attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa",
                    "attn_kv_a_norm", "self_attn.kv_a_layernorm"),
            "minimax-m2",
            Map.of(
                    "ffn_gate_inp", "block_sparse_moe.gate",
                    "exp_probs_b", "block_sparse_moe.e_score_correction_bias",
                    "ffn_gate_exps", "block_sparse_moe.experts.#.w1",
                    "ffn_down_exps", "block_sparse_moe.experts.#.w2",
                    "ffn_up_exps", "block_sparse_moe.experts.#.w3"),
            "bailingmoe2",
            Map.of(
                    "token_embd", "model.word_embeddings",
                    "attn_qkv", "attention.query_key_value",
                    "attn_output", "attention.dense",
                    "attn_q_norm", "attention.query_layernorm",
                    "attn_k_norm", "attention.key_layernorm",
                    "exp_probs_b", "mlp.gate.expert_bias"),
            "lfm2",
            Map.ofEntries(
                    Map.entry("token_embd_norm", "model.embedding_norm"),
                    Map.entry("attn_norm", "operator_norm"),
                    Map.entry("ffn_norm", "ffn_norm"),
                    Map.entry("attn_output", "self_attn.out_proj"),
                    Map.entry("attn_q_norm", "self_attn.q_layernorm"),
                    Map.entry("attn_k_norm", "self_attn.k_layernorm"),
                    Map.entry("conv", "conv.conv"),
                    Map.entry("in_proj", "conv.in_proj"),
                    Map.entry("out_proj", "conv.out_proj"),
                    Map.entry("ffn_gate", "feed_forward.w1"),
                    Map.entry("ffn_down", "feed_forward.w2"),
                    Map.entry("ffn_up", "feed_forward.w3"),
                    Map.entry("ffn_gate_inp", "feed_forward.gate"),
                    Map.entry("exp_probs_b", "feed_forward.expert_bias"),
                    Map.entry("ffn_gate_exps", "feed_forward.experts.#.w1"),
                    Map.entry("ffn_down_exps", "feed_forward.experts.#.w2"),
                    Map.entry("ffn_up_exps", "feed_forward.experts.#.w3")));

    private final Gguf gguf;
    private final String architecture;
    private final Map<String, Object> config = new TreeMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private record Tensor(Dtype dtype, long[] shape, byte[] bytes) {}

    private Checkpoint(Gguf gguf) {
        this.gguf = gguf;
        this.architecture = gguf.metadata().string("general.architecture");
    }

    static Checkpoint of(Gguf gguf) {
        Checkpoint checkpoint = new Checkpoint(gguf);
        checkpoint.configure();
        for (TensorInfo t : gguf.tensors().values()) checkpoint.add(t);
        return checkpoint;
    }

    /** Sets a member of the configuration to JSON text. */
    Checkpoint with(String key, String json) {
        config.put(key, json);
        return this;
    }

    Checkpoint without(String tensor) {
        if (tensors.remove(tensor) == null) throw new IllegalArgumentException(tensor);
        return this;
    }

    Checkpoint rename(String from, String to) {
        Tensor t = tensors.get(from);
        without(from);
        tensors.put(to, t);
        return this;
    }

    /** One file, or two with an index. */
    void write(Path folder, boolean sharded) throws IOException {
        StringBuilder json = new StringBuilder("{");
        config.forEach((k, v) -> json.append(json.length() > 1 ? ",\n" : "").append('"' + k + "\": " + v));
        Files.writeString(folder.resolve("config.json"), json.append('}'));
        SafetensorsWriter[] files = {new SafetensorsWriter(), new SafetensorsWriter()};
        StringBuilder index = new StringBuilder();
        int i = 0;
        for (var e : tensors.entrySet()) {
            int shard = sharded ? i++ % 2 : 0;
            Tensor t = e.getValue();
            files[shard].tensor(e.getKey(), t.dtype, t.shape, TensorData.of(MemorySegment.ofArray(t.bytes)));
            index.append(index.isEmpty() ? "" : ",").append("\"" + e.getKey() + "\": \"" + shard + ".safetensors\"");
        }
        if (!sharded) {
            files[0].write(folder.resolve("model.safetensors"));
            return;
        }
        for (int s = 0; s < 2; s++) files[s].write(folder.resolve(s + ".safetensors"));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"metadata\": {}, \"weight_map\": {" + index + "}}");
    }

    private void copy(String key, String suffix) {
        Metadata.Value v = gguf.metadata().get(architecture + "." + suffix);
        if (v != null) config.put(key, v.value());
    }

    private long integer(String suffix) {
        return gguf.metadata().integer(architecture + "." + suffix);
    }

    private void configure() {
        config.put("architectures", "[\"" + classOf() + "\"]");
        copy("num_hidden_layers", "block_count");
        copy("max_position_embeddings", "context_length");
        copy("hidden_size", "embedding_length");
        copy("intermediate_size", "feed_forward_length");
        copy("num_attention_heads", "attention.head_count");
        copy("num_key_value_heads", "attention.head_count_kv");
        copy("head_dim", "attention.key_length");
        copy("rms_norm_eps", "attention.layer_norm_rms_epsilon");
        copy("vocab_size", "vocab_size");
        copy("rope_theta", "rope.freq_base");
        copy("rope_local_base_freq", "rope.freq_base_swa");
        copy(architecture.equals("llama") ? "num_local_experts" : "num_experts", "expert_count");
        copy("num_experts_per_tok", "expert_used_count");
        copy("sliding_window", "attention.sliding_window");
        copy("attn_logit_softcapping", "attn_logit_softcapping");
        copy("final_logit_softcapping", "final_logit_softcapping");
        copy("attention_multiplier", "attention.scale");
        copy("embedding_multiplier", "embedding_scale");
        copy("residual_multiplier", "residual_scale");
        copy("logits_scaling", "logit_scale");
        if (architecture.equals("gpt-oss")) copy("intermediate_size", "expert_feed_forward_length");
        else copy("moe_intermediate_size", "expert_feed_forward_length");
        copy("first_k_dense_replace", "leading_dense_block_count");
        copy("n_shared_experts", "expert_shared_count");
        copy("norm_topk_prob", "expert_weights_norm");
        if (gguf.metadata().integer(architecture + ".expert_gating_func", 0) == 2) {
            config.put("scoring_func", "\"sigmoid\"");
        }
        if (architecture.equals("deepseek2")) configureLatents();
        if (architecture.startsWith("lfm2")) configureConvolutions();
        if (architecture.equals("minimax-m2")) copy("rotary_dim", "rope.dimension_count");
        if (List.of("bailingmoe2", "glm4").contains(architecture)) {
            double head = (double) integer("embedding_length") / integer("attention.head_count");
            config.put("partial_rotary_factor", integer("rope.dimension_count") / head);
        }
        if (architecture.equals("bailingmoe2")) {
            copy("num_shared_experts", "expert_shared_count");
            copy("moe_shared_expert_intermediate_size", "expert_shared_feed_forward_length");
        }
        config.put("tie_word_embeddings", gguf.tensor("output.weight") == null);
        config.put("auto_map", "{\"AutoModel\": \"evil.py\"}");
        if (architecture.equals("phi3")) {
            copy("original_max_position_embeddings", "rope.scaling.original_context_length");
        }
        String scaling = gguf.metadata().string(architecture + ".rope.scaling.type", "");
        if (!scaling.isEmpty()) {
            String original = gguf.metadata().has(architecture + ".rope.scaling.original_context_length")
                    ? ", \"original_max_position_embeddings\": " + integer("rope.scaling.original_context_length")
                    : "";
            config.put(
                    "rope_scaling",
                    "{\"rope_type\": \"" + scaling + "\", \"factor\": "
                            + gguf.metadata().real(architecture + ".rope.scaling.factor") + original + "}");
        }
        if (gguf.tensor("rope_factors_long.weight") != null) {
            config.put(
                    "rope_scaling",
                    "{\"type\": \"longrope\", \"long_factor\": " + list("rope_factors_long.weight")
                            + ", \"short_factor\": " + list("rope_factors_short.weight") + "}");
        }
    }

    private void configureLatents() {
        config.remove("head_dim");
        copy("q_lora_rank", "attention.q_lora_rank");
        copy("kv_lora_rank", "attention.kv_lora_rank");
        copy("qk_rope_head_dim", "rope.dimension_count");
        copy("v_head_dim", "attention.value_length_mla");
        config.put("qk_nope_head_dim", integer("attention.key_length_mla") - integer("rope.dimension_count"));
    }

    private void configureConvolutions() {
        StringBuilder types = new StringBuilder("[");
        long most = 0;
        for (long heads : gguf.metadata().integers(architecture + ".attention.head_count_kv")) {
            most = Math.max(most, heads);
            types.append(types.length() > 1 ? ", " : "").append(heads == 0 ? "\"conv\"" : "\"full_attention\"");
        }
        long queries = 0;
        for (long heads : gguf.metadata().integers(architecture + ".attention.head_count")) {
            queries = Math.max(queries, heads);
        }
        config.put("layer_types", types.append(']'));
        config.put("num_key_value_heads", most);
        config.put("num_attention_heads", queries);
        copy("conv_L_cache", "shortconv.l_cache");
        copy("num_dense_layers", "leading_dense_block_count");
    }

    private String list(String tensor) {
        List<String> numbers = new ArrayList<>();
        for (float f : floats(gguf.tensors().get(tensor))) numbers.add(Float.toString(f));
        return numbers.toString();
    }

    private String classOf() {
        return switch (architecture) {
            case "llama" -> gguf.metadata().has("llama.expert_count") ? "MixtralForCausalLM" : "LlamaForCausalLM";
            case "gpt-oss" -> "GptOssForCausalLM";
            case "qwen2moe" -> "Qwen2MoeForCausalLM";
            case "qwen3moe" -> "Qwen3MoeForCausalLM";
            case "olmo2" -> "Olmo3ForCausalLM";
            case "deepseek2" -> "DeepseekV3ForCausalLM";
            case "minimax-m2" -> "MiniMaxM2ForCausalLM";
            case "bailingmoe2" -> "BailingMoeV2ForCausalLM";
            case "lfm2moe" -> "Lfm2MoeForCausalLM";
            case "seed_oss" -> "SeedOssForCausalLM";
            case "smollm3" -> "SmolLM3ForCausalLM";
            default -> Character.toUpperCase(architecture.charAt(0)) + architecture.substring(1) + "ForCausalLM";
        };
    }

    private String name(String stem) {
        boolean after = architecture.matches("gemma.+|olmo2");
        if (after && POST_NORMS.containsKey(stem)) return POST_NORMS.get(stem);
        if (architecture.equals("glm4") && GLM_NORMS.containsKey(stem)) return GLM_NORMS.get(stem);
        String apart = OWN.getOrDefault(architecture.startsWith("lfm2") ? "lfm2" : architecture, Map.of())
                .get(stem);
        if (apart != null) return apart;
        String own = switch (architecture + " " + stem) {
            case "llama ffn_gate_inp" -> "block_sparse_moe.gate";
            case "llama ffn_gate_exps" -> "block_sparse_moe.experts.#.w1";
            case "llama ffn_down_exps" -> "block_sparse_moe.experts.#.w2";
            case "llama ffn_up_exps" -> "block_sparse_moe.experts.#.w3";
            case "seed_oss post_attention_norm" -> "post_attention_layernorm";
            case "phi3 ffn_up", "glm4 ffn_up" -> "mlp.gate_up_proj";
            case "gpt-oss ffn_gate_inp" -> "mlp.router";
            case "gpt-oss post_attention_norm" -> "post_attention_layernorm";
            default -> COMMON.get(stem);
        };
        if (own == null) throw new IllegalArgumentException("no name for " + stem);
        return own;
    }

    private void add(TensorInfo t) {
        if (t.name().startsWith("rope_")) return;
        String[] parts = t.name().split("\\.");
        boolean inLayer = parts[0].equals("blk");
        String prefix = inLayer ? "model.layers." + parts[1] + "." : "";
        String stem = parts[parts.length - 2];
        String suffix = "." + parts[parts.length - 1];
        if (architecture.equals("gpt-oss") && stem.endsWith("_exps")) {
            addOssExperts(prefix, stem, suffix, t);
            return;
        }
        if (stem.equals("attn_sinks")) {
            put(prefix + "self_attn.sinks", torch(t), floats(t));
            return;
        }
        if (stem.equals("attn_v_b")) return; // goes with its keys
        if (stem.equals("attn_k_b")) {
            addKeysAndValues(prefix, t);
            return;
        }
        String name = prefix + name(stem) + (stem.equals("exp_probs_b") ? "" : suffix);
        float[] values = floats(t);
        boolean pairs = List.of("llama", "granite", "arcee", "smollm3").contains(architecture);
        if (pairs && stem.equals("attn_q")) values = halves(values, integer("attention.head_count"), t);
        if (pairs && stem.equals("attn_k")) values = halves(values, integer("attention.head_count_kv"), t);
        if (architecture.startsWith("gemma") && stem.endsWith("norm")) {
            for (int i = 0; i < values.length; i++) values[i] -= 1;
        }
        if (!name.contains("#")) {
            long[] shape = torch(t);
            // A convolution by channels has one input to a channel.
            put(name, stem.equals("conv") ? new long[] {shape[0], 1, shape[1]} : shape, values);
            return;
        }
        int size = (int) (t.dim(0) * t.dim(1));
        for (int e = 0; e < t.dim(2); e++) {
            float[] one = java.util.Arrays.copyOfRange(values, e * size, (e + 1) * size);
            put(name.replace("#", "" + e), new long[] {t.dim(1), t.dim(0)}, one);
        }
    }

    /** Each head's keys, as a matrix from the latents, and its values under them. */
    private void addKeysAndValues(String prefix, TensorInfo t) {
        TensorInfo values = gguf.tensors().get(t.name().replace("_k_b", "_v_b"));
        int plain = (int) t.dim(0);
        int rank = (int) t.dim(1);
        int heads = (int) t.dim(2);
        int valueDim = (int) values.dim(1);
        float[] k = floats(t);
        float[] v = floats(values);
        float[] all = new float[heads * (plain + valueDim) * rank];
        for (int h = 0; h < heads; h++) {
            for (int c = 0; c < rank; c++) {
                int to = h * (plain + valueDim) * rank + c;
                for (int i = 0; i < plain; i++) all[to + i * rank] = k[(h * rank + c) * plain + i];
                for (int i = 0; i < valueDim; i++) all[to + (plain + i) * rank] = v[(h * valueDim + i) * rank + c];
            }
        }
        put(prefix + "self_attn.kv_b_proj.weight", new long[] {(long) heads * (plain + valueDim), rank}, all);
    }

    /** Rows of neighbours back to rows of halves. */
    private static float[] halves(float[] values, long heads, TensorInfo t) {
        int row = t.rank() == 1 ? 1 : (int) t.dim(0);
        int rows = values.length / row;
        int head = (int) (rows / heads);
        float[] out = new float[values.length];
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < head; i++) {
                int to = h * head + i % 2 * head / 2 + i / 2;
                System.arraycopy(values, (h * head + i) * row, out, to * row, row);
            }
        }
        return out;
    }

    private void addOssExperts(String prefix, String stem, String suffix, TensorInfo t) {
        if (stem.equals("ffn_up_exps")) return; // goes with its gate
        TensorInfo up =
                stem.equals("ffn_gate_exps") ? gguf.tensors().get(t.name().replace("_gate_", "_up_")) : null;
        String name = prefix + "mlp.experts." + (up == null ? "down_proj" : "gate_up_proj");
        int count = (int) t.dim(t.rank() - 1);
        int inner = (int) (t.rank() == 3 ? t.dim(1) : t.dim(0));
        int outer = up == null ? inner : 2 * inner;
        if (t.type() != BlockType.MXFP4) {
            int columns = t.rank() == 3 ? (int) t.dim(0) : 1;
            float[] a = floats(t);
            float[] b = up == null ? a : floats(up);
            float[] all = new float[count * outer * columns];
            for (int e = 0; e < count; e++) {
                for (int r = 0; r < outer; r++) {
                    float[] from = up != null && r % 2 == 1 ? b : a;
                    int row = e * inner + (up == null ? r : r / 2);
                    for (int c = 0; c < columns; c++) {
                        // A matrix has its inputs first here.
                        all[e * outer * columns + c * outer + r] = from[row * columns + c];
                    }
                }
            }
            long[] shape = columns == 1 ? new long[] {count, outer} : new long[] {count, columns, outer};
            put(name + (suffix.equals(".bias") ? "_bias" : ""), shape, all);
            return;
        }
        int perRow = (int) t.dim(0) / 32;
        byte[] blocks = new byte[count * outer * perRow * 16];
        byte[] scales = new byte[count * outer * perRow];
        MemorySegment a = gguf.data(t);
        MemorySegment b = up == null ? a : gguf.data(up);
        for (int e = 0; e < count; e++) {
            for (int r = 0; r < outer; r++) {
                MemorySegment from = up != null && r % 2 == 1 ? b : a;
                long row = (long) e * inner + (up == null ? r : r / 2);
                for (int k = 0; k < perRow; k++) {
                    byte[] block = from.asSlice((row * perRow + k) * 17, 17).toArray(ValueLayout.JAVA_BYTE);
                    int at = (e * outer + r) * perRow + k;
                    scales[at] = block[0];
                    int[] codes = new int[32];
                    for (int j = 0; j < 16; j++) {
                        codes[j] = block[1 + j] & 15;
                        codes[j + 16] = block[1 + j] >> 4 & 15;
                    }
                    for (int j = 0; j < 16; j++) {
                        blocks[16 * at + j] = (byte) (codes[2 * j] | codes[2 * j + 1] << 4);
                    }
                }
            }
        }
        tensors.put(name + "_blocks", new Tensor(Dtype.U8, new long[] {count, outer, perRow, 16}, blocks));
        tensors.put(name + "_scales", new Tensor(Dtype.U8, new long[] {count, outer, perRow}, scales));
    }

    private void put(String name, long[] shape, float[] values) {
        byte[] bytes = new byte[4 * values.length];
        MemorySegment.copy(values, 0, MemorySegment.ofArray(bytes), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        tensors.put(name, new Tensor(Dtype.F32, shape, bytes));
    }

    /** All tensors as BF16, which holds the golden models' numbers exactly. */
    Checkpoint asBf16() {
        tensors.replaceAll((name, t) -> {
            if (t.dtype != Dtype.F32) return t;
            byte[] half = new byte[t.bytes.length / 2];
            for (int i = 0; i < half.length / 2; i++) {
                half[2 * i] = t.bytes[4 * i + 2];
                half[2 * i + 1] = t.bytes[4 * i + 3];
            }
            return new Tensor(Dtype.BF16, t.shape, half);
        });
        return this;
    }

    private static long[] torch(TensorInfo t) {
        long[] shape = new long[t.rank()];
        for (int i = 0; i < shape.length; i++) shape[i] = t.dim(shape.length - 1 - i);
        return shape;
    }

    private float[] floats(TensorInfo t) {
        float[] values = new float[(int) t.elements()];
        t.type().dequantizer().dequantize(gguf.data(t), 0, values, 0, values.length);
        return values;
    }
}

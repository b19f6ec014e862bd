package dev.dalang.engine.arch;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Small models with seeded random weights, written as GGUF files that llama.cpp reads too, so that a fresh clone can
 * test whole families without any download.
 */
final class TinyModel {

    static final int VOCABULARY = 96;
    private static final int WIDTH = 64;
    private static final int LAYERS = 5;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIM = 16;
    private static final int HIDDEN = 80;
    private static final int EXPERTS = 6;
    private static final int EXPERT_HIDDEN = 32;

    private final String architecture;
    private final GgufWriter file = new GgufWriter();
    private final Map<String, Runnable> tensors = new LinkedHashMap<>();
    private final Random random = new Random(20_260_401);

    private TinyModel(String architecture) {
        this.architecture = architecture;
        file.put("general.architecture", architecture)
                .put("tokenizer.ggml.model", "none")
                .put(key("vocab_size"), VOCABULARY)
                .put(key("context_length"), 512)
                .put(key("embedding_length"), WIDTH)
                .put(key("block_count"), LAYERS)
                .put(key("feed_forward_length"), HIDDEN)
                .put(key("attention.head_count"), HEADS)
                .put(key("attention.head_count_kv"), KV_HEADS)
                .put(key("rope.freq_base"), 10_000f);
        matrix("token_embd", WIDTH, VOCABULARY);
        matrix("output", WIDTH, VOCABULARY);
    }

    private String key(String suffix) {
        return architecture + "." + suffix;
    }

    private TinyModel rms() {
        file.put(key("attention.layer_norm_rms_epsilon"), 1e-6f);
        norm("output_norm", WIDTH);
        return this;
    }

    private TinyModel epsilon() {
        file.put(key("attention.layer_norm_epsilon"), 1e-5f);
        return this;
    }

    private TinyModel layerNorm() {
        normWithBias("output_norm");
        return epsilon();
    }

    private void normWithBias(String name) {
        norm(name, WIDTH);
        bias(name, WIDTH);
    }

    private void tensor(String name, float scale, float shift, long... shape) {
        int count = 1;
        for (long n : shape) count *= (int) n;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (random.nextFloat() - 0.5f) * scale + shift;
        tensors.put(name, () -> file.tensor(name, values, shape));
    }

    /** Uniform with a variance near 1 / inputs, so that activations keep their size. */
    private void matrix(String name, int inputs, int outputs) {
        tensor(name + ".weight", (float) (4 / Math.sqrt(inputs)), 0, inputs, outputs);
    }

    private void experts(String name, int inputs, int outputs) {
        tensor(name + ".weight", (float) (4 / Math.sqrt(inputs)), 0, inputs, outputs, EXPERTS);
    }

    private void norm(String name, int size) {
        tensor(name + ".weight", 0.4f, 1, size);
    }

    private void bias(String name, long... shape) {
        tensor(name + ".bias", 0.4f, 0, shape);
    }

    private void attention(String blk, boolean biases) {
        matrix(blk + "attn_q", WIDTH, HEADS * HEAD_DIM);
        matrix(blk + "attn_k", WIDTH, KV_HEADS * HEAD_DIM);
        matrix(blk + "attn_v", WIDTH, KV_HEADS * HEAD_DIM);
        matrix(blk + "attn_output", HEADS * HEAD_DIM, WIDTH);
        if (biases) {
            bias(blk + "attn_q", HEADS * HEAD_DIM);
            bias(blk + "attn_k", KV_HEADS * HEAD_DIM);
            bias(blk + "attn_v", KV_HEADS * HEAD_DIM);
        }
    }

    private void fused(String blk) {
        matrix(blk + "attn_qkv", WIDTH, (HEADS + 2 * KV_HEADS) * HEAD_DIM);
        bias(blk + "attn_qkv", (HEADS + 2 * KV_HEADS) * HEAD_DIM);
    }

    private void plain(String blk) {
        matrix(blk + "ffn_up", WIDTH, HIDDEN);
        bias(blk + "ffn_up", HIDDEN);
        matrix(blk + "ffn_down", HIDDEN, WIDTH);
        bias(blk + "ffn_down", WIDTH);
    }

    private void gated(String blk) {
        matrix(blk + "ffn_gate", WIDTH, HIDDEN);
        matrix(blk + "ffn_up", WIDTH, HIDDEN);
        matrix(blk + "ffn_down", HIDDEN, WIDTH);
    }

    private void mixture(String blk) {
        matrix(blk + "ffn_gate_inp", WIDTH, EXPERTS);
        experts(blk + "ffn_gate_exps", WIDTH, EXPERT_HIDDEN);
        experts(blk + "ffn_up_exps", WIDTH, EXPERT_HIDDEN);
        experts(blk + "ffn_down_exps", EXPERT_HIDDEN, WIDTH);
    }

    private TinyModel expertKeys() {
        file.put(key("expert_count"), EXPERTS).put(key("expert_used_count"), 3);
        file.put(key("expert_feed_forward_length"), EXPERT_HIDDEN);
        return this;
    }

    private TinyModel yarn() {
        file.put(key("rope.scaling.type"), "yarn")
                .put(key("rope.scaling.factor"), 8f)
                .put(key("rope.scaling.original_context_length"), 64);
        return this;
    }

    private interface Layer {
        void write(String blk);
    }

    private TinyModel layers(Layer layer) {
        for (int i = 0; i < LAYERS; i++) layer.write("blk." + i + ".");
        return this;
    }

    /** Sets one of the family's numbers. */
    TinyModel put(String suffix, int value) {
        file.put(key(suffix), value);
        return this;
    }

    TinyModel without(String tensor) {
        tensors.remove(tensor);
        return this;
    }

    Path write(Path folder) {
        tensors.values().forEach(Runnable::run);
        Path path = folder.resolve(architecture + ".gguf");
        file.write(path);
        return path;
    }

    /** The model of a family. */
    /** The model with a token for each printable character. */
    static Path withVocabulary(Path model, Path to) {
        try (Gguf source = Gguf.open(model)) {
            String[] tokens = IntStream.range(0, VOCABULARY)
                    .mapToObj(i -> i == 0 ? "\u0120" : i == 95 ? "<end>" : Character.toString((char) (' ' + i)))
                    .toArray(String[]::new);
            int[] types = new int[tokens.length];
            for (int i = 0; i < types.length; i++) types[i] = i == 95 ? 3 : 1;
            GgufWriter writer = new GgufWriter()
                    .putAll(source.metadata())
                    .put("tokenizer.ggml.model", "gpt2")
                    .put("tokenizer.ggml.pre", "gpt-2")
                    .put("tokenizer.ggml.tokens", tokens)
                    .put("tokenizer.ggml.token_type", types)
                    .put("tokenizer.ggml.merges", new String[0])
                    .put("tokenizer.ggml.eos_token_id", 95);
            for (TensorInfo t : source.tensors().values()) {
                writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(source.data(t)));
            }
            writer.write(to);
        }
        return to;
    }

    static TinyModel of(String architecture) {
        TinyModel m = new TinyModel(architecture);
        return switch (architecture) {
            case "llama" ->
                m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen2" ->
                m.rms().yarn().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen3moe" ->
                m.rms().expertKeys().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.mixture(blk);
                });
            case "gpt-oss" -> {
                m.file.put(m.key("attention.sliding_window"), 24);
                yield m.rms().expertKeys().yarn().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.bias(blk + "attn_output", WIDTH);
                    m.tensor(blk + "attn_sinks.weight", 3, 0, HEADS);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.mixture(blk);
                    m.bias(blk + "ffn_gate_inp", EXPERTS);
                    m.bias(blk + "ffn_gate_exps", EXPERT_HIDDEN, EXPERTS);
                    m.bias(blk + "ffn_up_exps", EXPERT_HIDDEN, EXPERTS);
                    m.bias(blk + "ffn_down_exps", WIDTH, EXPERTS);
                });
            }
            case "olmo2" -> {
                m.file.put(m.key("attention.sliding_window"), 24);
                yield m.rms().yarn().layers(blk -> {
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEADS * HEAD_DIM);
                    m.norm(blk + "attn_k_norm", KV_HEADS * HEAD_DIM);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.gated(blk);
                    m.norm(blk + "post_ffw_norm", WIDTH);
                });
            }
            case "granite" -> {
                m.file.put(m.key("logit_scale"), 3f)
                        .put(m.key("residual_scale"), 0.4f)
                        .put(m.key("embedding_scale"), 5f)
                        .put(m.key("attention.scale"), 0.1f);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            case "glm4" -> {
                m.file.put(m.key("rope.dimension_count"), 8);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, true);
                    m.norm(blk + "post_attention_norm", WIDTH);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.matrix(blk + "ffn_up", WIDTH, 2 * HIDDEN);
                    m.matrix(blk + "ffn_down", HIDDEN, WIDTH);
                    m.norm(blk + "post_ffw_norm", WIDTH);
                });
            }
            case "internlm2", "exaone", "minicpm" ->
                m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            case "qwen3vl" -> {
                m.file.put(m.key("rope.dimension_sections"), new int[] {2, 3, 3, 0});
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.gated(blk);
                });
            }
            case "chatglm" -> {
                m.file.put(m.key("rope.dimension_count"), 8);
                yield m.rms().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.fused(blk);
                    m.matrix(blk + "attn_output", HEADS * HEAD_DIM, WIDTH);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.matrix(blk + "ffn_up", WIDTH, 2 * HIDDEN);
                    m.matrix(blk + "ffn_down", HIDDEN, WIDTH);
                });
            }
            case "hunyuan-moe" -> {
                m.file.put(m.key("expert_shared_feed_forward_length"), 48);
                // The experts' width is read from feed_forward_length.
                m.file.put(m.key("feed_forward_length"), EXPERT_HIDDEN);
                yield m.rms().expertKeys().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.norm(blk + "attn_q_norm", HEAD_DIM);
                    m.norm(blk + "attn_k_norm", HEAD_DIM);
                    m.norm(blk + "ffn_norm", WIDTH);
                    m.mixture(blk);
                    m.matrix(blk + "ffn_gate_shexp", WIDTH, 48);
                    m.matrix(blk + "ffn_up_shexp", WIDTH, 48);
                    m.matrix(blk + "ffn_down_shexp", 48, WIDTH);
                });
            }
            case "olmo" -> {
                m.file.put(m.key("attention.clamp_kqv"), 0.8f);
                yield m.epsilon().layers(blk -> {
                    m.attention(blk, false);
                    m.gated(blk);
                });
            }
            case "command-r" -> {
                m.file.put(m.key("logit_scale"), 0.25f);
                m.tensors.remove("output.weight");
                m.norm("output_norm", WIDTH);
                yield m.epsilon().layers(blk -> {
                    m.norm(blk + "attn_norm", WIDTH);
                    m.attention(blk, false);
                    m.gated(blk);
                });
            }
            case "orion" ->
                m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.attention(blk, false);
                    m.normWithBias(blk + "ffn_norm");
                    m.gated(blk);
                });
            case "nemotron", "codeshell" -> {
                if (architecture.equals("nemotron")) m.file.put(m.key("rope.dimension_count"), 8);
                yield m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.attention(blk, true);
                    m.bias(blk + "attn_output", WIDTH);
                    m.normWithBias(blk + "ffn_norm");
                    m.plain(blk);
                });
            }
            case "gptneox", "starcoder" -> {
                if (architecture.equals("gptneox")) {
                    m.file.put(m.key("rope.dimension_count"), 8).put(m.key("use_parallel_residual"), true);
                } else {
                    m.tensor("position_embd.weight", 1, 0, WIDTH, 512);
                }
                yield m.layerNorm().layers(blk -> {
                    m.normWithBias(blk + "attn_norm");
                    m.fused(blk);
                    m.matrix(blk + "attn_output", HEADS * HEAD_DIM, WIDTH);
                    m.bias(blk + "attn_output", WIDTH);
                    m.normWithBias(blk + "ffn_norm");
                    m.plain(blk);
                });
            }
            default -> throw new IllegalArgumentException(architecture);
        };
    }
}

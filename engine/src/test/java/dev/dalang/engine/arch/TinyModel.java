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
import org.jspecify.annotations.Nullable;

/**
 * Small models with seeded random weights, written as GGUF files that llama.cpp reads too, so that a fresh clone can
 * test whole families without any download.
 */
public final class TinyModel {

    public static final int VOCABULARY = 96;
    static final int WIDTH = 64;
    static final int LAYERS = 5;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int HEAD_DIM = 16;
    static final int HIDDEN = 80;
    static final int EXPERTS = 6;
    static final int EXPERT_HIDDEN = 32;

    private final String architecture;
    final GgufWriter file = new GgufWriter();
    final Map<String, Runnable> tensors = new LinkedHashMap<>();
    private final Random random = new Random(20_260_401);

    TinyModel(String architecture) {
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

    String key(String suffix) {
        return architecture + "." + suffix;
    }

    TinyModel rms() {
        return rms(1e-6f);
    }

    TinyModel rms(float epsilon) {
        file.put(key("attention.layer_norm_rms_epsilon"), epsilon);
        norm("output_norm", WIDTH);
        return this;
    }

    TinyModel epsilon() {
        file.put(key("attention.layer_norm_epsilon"), 1e-5f);
        return this;
    }

    TinyModel layerNorm() {
        normWithBias("output_norm");
        return epsilon();
    }

    void normWithBias(String name) {
        norm(name, WIDTH);
        bias(name, WIDTH);
    }

    void tensor(String name, float scale, float shift, long... shape) {
        int count = 1;
        for (long n : shape) count *= (int) n;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (random.nextFloat() - 0.5f) * scale + shift;
        tensors.put(name, () -> file.tensor(name, values, shape));
    }

    /** Uniform with a variance near 1 / inputs, so that activations keep their size. */
    void matrix(String name, int inputs, int outputs) {
        tensor(name + ".weight", (float) (4 / Math.sqrt(inputs)), 0, inputs, outputs);
    }

    void experts(String name, int inputs, int outputs, int count) {
        tensor(name + ".weight", (float) (4 / Math.sqrt(inputs)), 0, inputs, outputs, count);
    }

    /** A convolution over the last {@code length} tokens, by channel, with a bias. */
    void convolution(String blk, int length, int channels) {
        tensor(blk + "ssm_conv1d.weight", 2, 0, length, channels);
        bias(blk + "ssm_conv1d", channels);
    }

    void norm(String name, int size) {
        tensor(name + ".weight", 0.4f, 1, size);
    }

    void bias(String name, long... shape) {
        tensor(name + ".bias", 0.4f, 0, shape);
    }

    void attention(String blk, boolean biases) {
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

    void fused(String blk) {
        matrix(blk + "attn_qkv", WIDTH, (HEADS + 2 * KV_HEADS) * HEAD_DIM);
        bias(blk + "attn_qkv", (HEADS + 2 * KV_HEADS) * HEAD_DIM);
    }

    void plain(String blk) {
        matrix(blk + "ffn_up", WIDTH, HIDDEN);
        bias(blk + "ffn_up", HIDDEN);
        matrix(blk + "ffn_down", HIDDEN, WIDTH);
        bias(blk + "ffn_down", WIDTH);
    }

    void gated(String blk) {
        matrix(blk + "ffn_gate", WIDTH, HIDDEN);
        matrix(blk + "ffn_up", WIDTH, HIDDEN);
        matrix(blk + "ffn_down", HIDDEN, WIDTH);
    }

    void mixture(String blk) {
        matrix(blk + "ffn_gate_inp", WIDTH, EXPERTS);
        experts(blk + "ffn_gate_exps", WIDTH, EXPERT_HIDDEN, EXPERTS);
        experts(blk + "ffn_up_exps", WIDTH, EXPERT_HIDDEN, EXPERTS);
        experts(blk + "ffn_down_exps", EXPERT_HIDDEN, WIDTH, EXPERTS);
    }

    TinyModel expertKeys() {
        file.put(key("expert_count"), EXPERTS).put(key("expert_used_count"), 3);
        file.put(key("expert_feed_forward_length"), EXPERT_HIDDEN);
        return this;
    }

    TinyModel yarn() {
        file.put(key("rope.scaling.type"), "yarn")
                .put(key("rope.scaling.factor"), 8f)
                .put(key("rope.scaling.original_context_length"), 64);
        return this;
    }

    interface Layer {
        void write(String blk);
    }

    TinyModel layers(Layer layer) {
        return layers(LAYERS, layer);
    }

    TinyModel layers(int count, Layer layer) {
        for (int i = 0; i < count; i++) layer.write("blk." + i + ".");
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

    public Path write(Path folder) {
        tensors.values().forEach(Runnable::run);
        Path path = folder.resolve(architecture + ".gguf");
        file.write(path);
        return path;
    }

    /** The model with a token for each printable character. */
    public static Path withVocabulary(Path model, Path to) {
        return withVocabulary(model, to, null);
    }

    /** @param template for conversations, or null */
    public static Path withVocabulary(Path model, Path to, @Nullable String template) {
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
            if (template != null) writer.put("tokenizer.chat_template", template);
            for (TensorInfo t : source.tensors().values()) {
                writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(source.data(t)));
            }
            writer.write(to);
        }
        return to;
    }
}

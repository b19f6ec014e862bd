package dev.dalang.clients;

import dev.dalang.engine.format.GgufWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A model of random weights, a token for each byte, whose chat template knows tools in the form of Llama 3.1's tags, which has
 * no thought in which noise could go on for ever. What it says is noise; what forms its output must have it keeps all the
 * same, which is what is tested.
 */
final class TinyModel {

    static final int CONTEXT = 1024;

    private static final int WIDTH = 64;
    private static final int HIDDEN = 96;
    private static final int LAYERS = 2;
    private static final int BYTES = 256;
    private static final String[] MARKS = {
        "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"
    };

    private static final String TEMPLATE = """
            {%- if tools %}<|im_start|>system
            Tools:
            {% for t in tools %}{{ t | tojson }}
            {% endfor %}To call one write
            <function=the name>{}</function><|im_end|>
            {% endif %}
            {%- for m in messages %}<|im_start|>{{ m.role }}
            {{ m.content }}
            {%- for c in m.tool_calls or [] %}
            <function={{ c.function.name }}>{{ c.function.arguments | tojson }}</function>
            {%- endfor %}<|im_end|>
            {% endfor %}
            {%- if add_generation_prompt %}<|im_start|>assistant
            {% endif %}""";

    private final Random random = new Random(7);
    private final GgufWriter file = new GgufWriter();

    private TinyModel() {}

    static Path write(Path folder) {
        Path path = folder.resolve("tiny.gguf");
        new TinyModel().fill().write(path);
        return path;
    }

    private GgufWriter fill() {
        int vocabulary = BYTES + MARKS.length;
        file.put("general.architecture", "llama")
                .put("general.name", "tiny")
                .put("llama.vocab_size", vocabulary)
                .put("llama.context_length", CONTEXT)
                .put("llama.embedding_length", WIDTH)
                .put("llama.block_count", LAYERS)
                .put("llama.feed_forward_length", HIDDEN)
                .put("llama.attention.head_count", 4)
                .put("llama.attention.head_count_kv", 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.freq_base", 10_000f)
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "gpt-2")
                .put("tokenizer.ggml.tokens", tokens())
                .put(
                        "tokenizer.ggml.token_type",
                        IntStream.range(0, vocabulary)
                                .map(i -> i < BYTES ? 1 : 3)
                                .toArray())
                .put("tokenizer.ggml.merges", new String[0])
                .put("tokenizer.ggml.eos_token_id", BYTES + 1)
                .put("tokenizer.ggml.fim_pre_token_id", BYTES + 2)
                .put("tokenizer.ggml.fim_suf_token_id", BYTES + 3)
                .put("tokenizer.ggml.fim_mid_token_id", BYTES + 4)
                .put("tokenizer.chat_template", TEMPLATE);
        embeddings(vocabulary);
        norm("output_norm");
        for (int i = 0; i < LAYERS; i++) {
            String block = "blk." + i + ".";
            norm(block + "attn_norm");
            matrix(block + "attn_q", WIDTH, WIDTH);
            matrix(block + "attn_k", WIDTH, WIDTH / 2);
            matrix(block + "attn_v", WIDTH, WIDTH / 2);
            matrix(block + "attn_output", WIDTH, WIDTH);
            norm(block + "ffn_norm");
            matrix(block + "ffn_gate", WIDTH, HIDDEN);
            matrix(block + "ffn_up", WIDTH, HIDDEN);
            matrix(block + "ffn_down", HIDDEN, WIDTH);
        }
        return file;
    }

    /** A token for each byte, in the letters of GPT-2's byte alphabet, and the marks. */
    private static String[] tokens() {
        String[] tokens = new String[BYTES + MARKS.length];
        int next = BYTES;
        for (int b = 0; b < BYTES; b++) {
            boolean shown = b > ' ' && b <= '~' || b >= 0xA1 && b != 0xAD;
            tokens[b] = Character.toString(shown ? b : next++);
        }
        System.arraycopy(MARKS, 0, tokens, BYTES, MARKS.length);
        return tokens;
    }

    private void norm(String name) {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        file.tensor(name + ".weight", ones, WIDTH);
    }

    /** Those of white space are zero: it is never the likeliest, or JSON would be indented until the answer's limit. */
    private void embeddings(int vocabulary) {
        float[] values = values(WIDTH, vocabulary);
        for (char c : new char[] {' ', '\t', '\n', '\r'}) Arrays.fill(values, c * WIDTH, (c + 1) * WIDTH, 0);
        file.tensor("token_embd.weight", values, WIDTH, vocabulary);
    }

    private void matrix(String name, int inputs, int outputs) {
        file.tensor(name + ".weight", values(inputs, outputs), inputs, outputs);
    }

    private float[] values(int inputs, int outputs) {
        float[] values = new float[inputs * outputs];
        for (int i = 0; i < values.length; i++) values[i] = (float) (random.nextGaussian() / Math.sqrt(inputs));
        return values;
    }
}

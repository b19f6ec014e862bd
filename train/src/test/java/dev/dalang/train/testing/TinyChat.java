package dev.dalang.train.testing;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** A tiny llama with seeded random weights, a token for each byte, some marks, and a chat template. */
public final class TinyChat {

    public static final String CHATML = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content "
            + "+ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private static final int BYTES = 256;
    private static final String[] MARKS = {"<|end|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"};
    private static final int[] KINDS = {3, 3, 3, 4, 4};

    private final int width;
    private final int hidden;
    private final BlockType type;
    private final Random random;

    private TinyChat(int width, int hidden, BlockType type, long seed) {
        this.width = width;
        this.hidden = hidden;
        this.type = type;
        this.random = new Random(seed);
    }

    /** Writes a model of two layers with four heads, two of keys and values. */
    public static Path write(Path file, String template, BlockType type) {
        return new TinyChat(64, 128, type, 1).write(file, template);
    }

    /** As {@link #write(Path, String, BlockType)}, with rows of whole blocks of 256. */
    public static Path wide(Path file, BlockType type) {
        return new TinyChat(256, 256, type, 1).write(file, CHATML);
    }

    private Path write(Path file, String template) {
        int vocabulary = BYTES + MARKS.length;
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "tiny")
                .put("llama.vocab_size", vocabulary)
                .put("llama.context_length", 512)
                .put("llama.embedding_length", width)
                .put("llama.block_count", 2)
                .put("llama.feed_forward_length", hidden)
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
                                .map(i -> i < BYTES ? 1 : KINDS[i - BYTES])
                                .toArray())
                .put("tokenizer.ggml.merges", new String[0])
                .put("tokenizer.ggml.eos_token_id", BYTES)
                .put("tokenizer.ggml.eot_token_id", BYTES + 2);
        if (!template.isEmpty()) writer.put("tokenizer.chat_template", template);
        matrix(writer, "token_embd", width, vocabulary);
        norm(writer, "output_norm");
        for (int i = 0; i < 2; i++) {
            String block = "blk." + i + ".";
            norm(writer, block + "attn_norm");
            matrix(writer, block + "attn_q", width, width);
            matrix(writer, block + "attn_k", width, width / 2);
            matrix(writer, block + "attn_v", width, width / 2);
            matrix(writer, block + "attn_output", width, width);
            norm(writer, block + "ffn_norm");
            matrix(writer, block + "ffn_gate", width, hidden);
            matrix(writer, block + "ffn_up", width, hidden);
            matrix(writer, block + "ffn_down", hidden, width);
        }
        writer.write(file);
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

    private void norm(GgufWriter writer, String name) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        writer.tensor(name + ".weight", ones, width);
    }

    private void matrix(GgufWriter writer, String name, int inputs, int outputs) {
        float[] values = new float[inputs * outputs];
        for (int i = 0; i < values.length; i++) values[i] = (float) (random.nextGaussian() / Math.sqrt(inputs));
        MemorySegment blocks = Arena.ofAuto().allocate(type.bytesFor(values.length));
        type.quantizer().quantize(values, 0, null, blocks, 0, values.length);
        writer.tensor(name + ".weight", type, new long[] {inputs, outputs}, TensorData.of(blocks));
    }
}

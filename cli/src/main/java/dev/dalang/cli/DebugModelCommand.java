package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code dalang debug model}: a tiny model of random weights that has what a real one has: for trying out an
 * installation, and for the launcher to rehearse a start with before any model is there.
 */
@Command(name = "model", description = "Write a tiny model of random weights, which answers nonsense.")
final class DebugModelCommand implements Callable<Integer> {

    private static final int WIDTH = 256;
    private static final int HIDDEN = 512;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int LAYERS = 2;
    private static final int BYTES = 256;
    private static final String END = "<|end|>";

    @Parameters(paramLabel = "FILE", description = "Where to write it.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    private final Random random = new Random(1);

    @Override
    public Integer call() {
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "nonsense")
                .put("llama.vocab_size", BYTES + 1)
                .put("llama.context_length", 1024)
                .put("llama.embedding_length", WIDTH)
                .put("llama.block_count", LAYERS)
                .put("llama.feed_forward_length", HIDDEN)
                .put("llama.attention.head_count", HEADS)
                .put("llama.attention.head_count_kv", KV_HEADS)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.freq_base", 10_000f)
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "gpt-2")
                .put("tokenizer.ggml.tokens", tokens())
                .put(
                        "tokenizer.ggml.token_type",
                        IntStream.rangeClosed(0, BYTES)
                                .map(i -> i < BYTES ? 1 : 3)
                                .toArray())
                .put("tokenizer.ggml.merges", new String[0])
                .put("tokenizer.ggml.eos_token_id", BYTES)
                .put(
                        "tokenizer.chat_template",
                        "{% for m in messages %}{{ m.role }}: {{ m.content }}<|end|>\n{% endfor %}"
                                + "{% if add_generation_prompt %}assistant: {% endif %}");
        matrix(writer, "token_embd", WIDTH, BYTES + 1);
        norm(writer, "output_norm");
        for (int i = 0; i < LAYERS; i++) {
            String block = "blk." + i + ".";
            norm(writer, block + "attn_norm");
            matrix(writer, block + "attn_q", WIDTH, WIDTH);
            matrix(writer, block + "attn_k", WIDTH, WIDTH * KV_HEADS / HEADS);
            matrix(writer, block + "attn_v", WIDTH, WIDTH * KV_HEADS / HEADS);
            matrix(writer, block + "attn_output", WIDTH, WIDTH);
            norm(writer, block + "ffn_norm");
            matrix(writer, block + "ffn_gate", WIDTH, HIDDEN);
            matrix(writer, block + "ffn_up", WIDTH, HIDDEN);
            matrix(writer, block + "ffn_down", HIDDEN, WIDTH);
        }
        writer.write(file);
        return ExitCode.DONE;
    }

    /** A token for each byte, in the letters of GPT-2's byte alphabet, and an end. */
    private static String[] tokens() {
        String[] tokens = new String[BYTES + 1];
        int next = BYTES;
        for (int b = 0; b < BYTES; b++) {
            boolean shown = b > ' ' && b <= '~' || b >= 0xA1 && b != 0xAD;
            tokens[b] = Character.toString(shown ? b : next++);
        }
        tokens[BYTES] = END;
        return tokens;
    }

    private static void norm(GgufWriter writer, String name) {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        writer.tensor(name + ".weight", ones, WIDTH);
    }

    private void matrix(GgufWriter writer, String name, int inputs, int outputs) {
        float[] values = new float[inputs * outputs];
        for (int i = 0; i < values.length; i++) values[i] = (float) (random.nextGaussian() / Math.sqrt(inputs));
        MemorySegment blocks = Arena.ofAuto().allocate((long) values.length / 32 * BlockType.Q8_0.blockBytes());
        BlockType.Q8_0.quantizer().quantize(values, 0, null, blocks, 0, values.length);
        writer.tensor(name + ".weight", BlockType.Q8_0, new long[] {inputs, outputs}, TensorData.of(blocks));
    }
}

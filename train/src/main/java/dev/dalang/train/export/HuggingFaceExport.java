package dev.dalang.train.export;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a model of the Llama family as a folder that Hugging Face's libraries read: {@code config.json},
 * {@code model.safetensors}, {@code generation_config.json}, beside the tokenizer's files.
 *
 * <p>GGUF's Llama rotates neighbours (elements 2i and 2i+1 of a head), the checkpoints of Hugging Face halves (i and
 * i + size/2), so the rows of the query and key matrices change places: row {@code half · size/2 + i} there is row
 * {@code 2i + half} here.
 */
public final class HuggingFaceExport {

    private static final Map<String, String> NAMES = Map.of(
            "attn_norm", "input_layernorm",
            "ffn_norm", "post_attention_layernorm",
            "attn_q", "self_attn.q_proj",
            "attn_k", "self_attn.k_proj",
            "attn_v", "self_attn.v_proj",
            "attn_output", "self_attn.o_proj",
            "ffn_gate", "mlp.gate_proj",
            "ffn_up", "mlp.up_proj",
            "ffn_down", "mlp.down_proj");

    private final ModelSource model;
    private final Metadata metadata;
    private final Dtype dtype;

    /**
     * @param model in GGUF's terms
     * @param dtype that the weights get: F32, F16 or BF16
     * @throws DalangException (unsupported) for a family other than Llama
     */
    public HuggingFaceExport(ModelSource model, Dtype dtype) {
        this.model = model;
        this.metadata = model.metadata();
        this.dtype = dtype;
        String family = metadata.string("general.architecture");
        if (!family.equals("llama")) {
            throw DalangException.unsupported(
                    model.name() + " is of the family " + family + ", and only llama is written as a folder",
                    "general.architecture=" + family);
        }
    }

    /**
     * Writes the model's files, and those of its tokenizer, into a folder that exists.
     *
     * @param tokenizerJson the text of {@code tokenizer.json}
     * @throws DalangException (storage) if a file cannot be written
     */
    public void write(Path folder, String tokenizerJson) {
        SafetensorsWriter writer = new SafetensorsWriter().put("format", "pt");
        for (TensorInfo t : model.tensors().values()) {
            long[] shape = new long[t.rank()];
            for (int d = 0; d < shape.length; d++) shape[d] = t.dim(shape.length - 1 - d);
            writer.tensor(name(t), dtype, shape, data(t));
        }
        writer.write(folder.resolve("model.safetensors"));
        put(folder.resolve("config.json"), JsonText.of(config()) + "\n");
        put(folder.resolve("generation_config.json"), JsonText.of(generation()) + "\n");
        put(folder.resolve("tokenizer.json"), tokenizerJson);
        put(folder.resolve("tokenizer_config.json"), JsonText.of(tokenizer()) + "\n");
    }

    private String name(TensorInfo tensor) {
        String name = tensor.name();
        switch (name) {
            case "token_embd.weight" -> {
                return "model.embed_tokens.weight";
            }
            case "output_norm.weight" -> {
                return "model.norm.weight";
            }
            case "output.weight" -> {
                return "lm_head.weight";
            }
            default -> {}
        }
        String[] parts = name.split("\\.");
        String known = parts.length == 4 && parts[0].equals("blk") ? NAMES.get(parts[2]) : null;
        if (known == null) {
            throw DalangException.unsupported(
                    model.name() + ": the tensor " + name + " has no name in a folder of the Llama family", name);
        }
        return "model.layers." + parts[1] + "." + known + "." + parts[3];
    }

    private TensorData data(TensorInfo t) {
        int heads = 0;
        if (t.name().contains(".attn_q.")) heads = number("attention.head_count");
        if (t.name().contains(".attn_k.")) heads = kvHeads();
        int rows = Math.toIntExact(t.rank() == 1 ? t.rowLength() : t.rows());
        int length = t.rank() == 1 ? 1 : Math.toIntExact(t.rowLength());
        int head = heads == 0 ? 0 : rows / heads;
        BlockType to = BlockType.valueOf(dtype.name());
        return out -> {
            float[] values = new float[Math.toIntExact(t.elements())];
            t.type().dequantizer().dequantize(model.data(t), 0, values, 0, values.length);
            byte[] row = new byte[Math.toIntExact(to.bytesFor(length))];
            for (int r = 0; r < rows; r++) {
                int from = head == 0 ? r : r - r % head + neighbour(r % head, head);
                to.quantizer().quantize(values, from * length, null, MemorySegment.ofArray(row), 0, length);
                out.write(row);
            }
        };
    }

    /** Where the row of a head lies in GGUF's order. */
    private static int neighbour(int row, int head) {
        return 2 * (row % (head / 2)) + row / (head / 2);
    }

    private int number(String suffix) {
        return metadata.integerIn("llama." + suffix, 1, Integer.MAX_VALUE);
    }

    private int kvHeads() {
        return metadata.integerIn(
                "llama.attention.head_count_kv", 1, Integer.MAX_VALUE, number("attention.head_count"));
    }

    private Map<String, Object> config() {
        int heads = number("attention.head_count");
        int width = number("embedding_length");
        Map<String, Object> c = new LinkedHashMap<>();
        c.put("architectures", List.of("LlamaForCausalLM"));
        c.put("model_type", "llama");
        c.put("hidden_size", width);
        c.put("intermediate_size", number("feed_forward_length"));
        c.put("num_hidden_layers", number("block_count"));
        c.put("num_attention_heads", heads);
        c.put("num_key_value_heads", kvHeads());
        c.put("head_dim", metadata.integerIn("llama.attention.key_length", 1, Integer.MAX_VALUE, width / heads));
        c.put("max_position_embeddings", number("context_length"));
        TensorInfo embeddings = model.tensors().get("token_embd.weight");
        c.put("vocab_size", embeddings == null ? number("vocab_size") : embeddings.rows());
        c.put("rms_norm_eps", decimal(metadata.real("llama.attention.layer_norm_rms_epsilon")));
        c.put("rope_theta", decimal(metadata.real("llama.rope.freq_base", 10000)));
        c.put("hidden_act", "silu");
        c.put("attention_bias", model.tensors().containsKey("blk.0.attn_q.bias"));
        c.put("mlp_bias", model.tensors().containsKey("blk.0.ffn_up.bias"));
        c.put("tie_word_embeddings", !model.tensors().containsKey("output.weight"));
        c.put("torch_dtype", torchName());
        roles(c);
        return c;
    }

    /** A number of a file's 32 bits, without the digits that 64 bits add. */
    private static double decimal(double value) {
        return Double.parseDouble(Float.toString((float) value));
    }

    private String torchName() {
        return switch (dtype) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
    }

    private Map<String, Object> generation() {
        Map<String, Object> g = new LinkedHashMap<>();
        roles(g);
        if (metadata.has("general.sampling.temp")) {
            double temperature = metadata.real("general.sampling.temp");
            g.put("do_sample", temperature > 0);
            if (temperature > 0) g.put("temperature", temperature);
        }
        return g;
    }

    private Map<String, Object> tokenizer() {
        Map<String, Object> t = new LinkedHashMap<>();
        t.put("tokenizer_class", "PreTrainedTokenizerFast");
        t.put("model_max_length", number("context_length"));
        t.put("clean_up_tokenization_spaces", false);
        String[] tokens = metadata.strings("tokenizer.ggml.tokens");
        for (String role : List.of("bos", "eos", "unknown", "padding")) {
            String key = "tokenizer.ggml." + role + "_token_id";
            if (!metadata.has(key)) continue;
            String name = role.equals("unknown") ? "unk" : role.equals("padding") ? "pad" : role;
            t.put(name + "_token", tokens[metadata.integerIn(key, 0, tokens.length - 1)]);
        }
        String template = metadata.stringOrNull("tokenizer.chat_template");
        if (template != null) t.put("chat_template", template);
        return t;
    }

    private void roles(Map<String, Object> fields) {
        role("bos", fields);
        List<Long> ends = new ArrayList<>();
        for (String role : List.of("eos", "eot")) {
            String key = "tokenizer.ggml." + role + "_token_id";
            if (metadata.has(key) && !ends.contains(metadata.integer(key))) ends.add(metadata.integer(key));
        }
        if (!ends.isEmpty()) fields.put("eos_token_id", ends.size() == 1 ? ends.getFirst() : ends);
        if (metadata.has("tokenizer.ggml.padding_token_id")) {
            fields.put("pad_token_id", metadata.integer("tokenizer.ggml.padding_token_id"));
        }
    }

    private void role(String name, Map<String, Object> fields) {
        String key = "tokenizer.ggml." + name + "_token_id";
        if (metadata.has(key)) fields.put(name + "_token_id", metadata.integer(key));
    }

    private static void put(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be written: " + e.getMessage(), file.toString()), e);
        }
    }
}

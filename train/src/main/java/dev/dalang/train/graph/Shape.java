package dev.dalang.train.graph;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a new model of the llama family: norms by root mean square before each sublayer, grouped-query attention
 * with rotation of adjacent pairs, SwiGLU (Touvron et al. 2023, arXiv:2302.13971).
 *
 * @param vocabulary tokens
 * @param embedding width of the residual stream
 * @param layers how many
 * @param heads query heads of each layer
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim elements of a head; even
 * @param hidden width of the feed-forward network
 * @param context positions that the model is made for
 * @param tied whether the output matrix is the token embeddings'
 * @param ropeBase base of the rotation's frequencies
 * @param epsilon in the norms
 */
public record Shape(
        int vocabulary,
        int embedding,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int hidden,
        int context,
        boolean tied,
        float ropeBase,
        float epsilon) {

    /** Enough for any model that can be trained on processors; keeps sizes within 32 bits. */
    private static final int LARGEST = 1 << 20;

    /** @throws DalangException if a number is out of range or two do not fit together */
    public Shape {
        check("vocabulary", vocabulary, 2);
        check("embedding", embedding, 1);
        check("layers", layers, 1);
        check("heads", heads, 1);
        check("kvHeads", kvHeads, 1);
        check("headDim", headDim, 2);
        check("hidden", hidden, 1);
        check("context", context, 1);
        if (heads % kvHeads != 0) throw bad("kvHeads", heads + " heads do not divide into " + kvHeads + " groups");
        if (headDim % 2 != 0) throw bad("headDim", "is " + headDim + ", and the rotation needs pairs");
        if (!(ropeBase > 0) || Float.isInfinite(ropeBase)) throw bad("ropeBase", "is " + ropeBase);
        if (!(epsilon > 0 && epsilon < 1)) throw bad("epsilon", "is " + epsilon);
        long largest = (long) Math.max(embedding, heads * headDim) * Math.max(vocabulary, Math.max(hidden, embedding));
        if (largest > Integer.MAX_VALUE / 4) throw bad("embedding", "makes a matrix of " + largest + " numbers");
    }

    /**
     * The shape of a model that exists.
     *
     * @throws DalangException if the model is of another kind, or has a part that this one lacks
     */
    public static Shape of(ModelSource model) {
        Metadata keys = model.metadata();
        String architecture = keys.string("general.architecture");
        if (!architecture.equals("llama")) throw another(model, "its architecture is " + architecture);
        if (!keys.string("llama.rope.scaling.type", "none").equals("none")) {
            throw another(model, "its rotation is scaled");
        }
        int embedding = keys.integerIn("llama.embedding_length", 1, LARGEST);
        int heads = keys.integerIn("llama.attention.head_count", 1, LARGEST);
        int headDim = keys.integerIn("llama.attention.key_length", 2, LARGEST, Math.max(2, embedding / heads));
        TensorInfo table = model.tensors().get("token_embd.weight");
        Shape shape = new Shape(
                table == null ? 0 : (int) Math.min(LARGEST + 1L, table.elements() / embedding),
                embedding,
                keys.integerIn("llama.block_count", 1, LARGEST),
                heads,
                keys.integerIn("llama.attention.head_count_kv", 1, LARGEST, heads),
                headDim,
                keys.integerIn("llama.feed_forward_length", 1, LARGEST),
                keys.integerIn("llama.context_length", 1, LARGEST),
                !model.tensors().containsKey("output.weight"),
                (float) keys.real("llama.rope.freq_base", 10000),
                (float) keys.real("llama.attention.layer_norm_rms_epsilon"));
        shape.check(model);
        return shape;
    }

    private void check(ModelSource model) {
        int rotated = model.metadata().integerIn("llama.rope.dimension_count", 2, LARGEST, headDim);
        int values = model.metadata().integerIn("llama.attention.value_length", 1, LARGEST, headDim);
        if (rotated != headDim || values != headDim) throw another(model, "parts of its heads differ in length");
        Map<String, List<Integer>> expected = tensors();
        model.tensors().forEach((name, tensor) -> {
            List<Integer> lengths = expected.get(name);
            if (lengths == null) throw another(model, "it has a tensor " + name);
            List<Long> there = Arrays.stream(tensor.shape()).boxed().toList().reversed();
            if (!there.equals(lengths.stream().map(Integer::longValue).toList())) {
                throw another(model, name + " is " + there + ", not " + lengths);
            }
        });
        for (String name : expected.keySet()) {
            if (!model.tensors().containsKey(name)) throw another(model, "it has no tensor " + name);
        }
    }

    private static DalangException another(ModelSource model, String why) {
        return DalangException.invalidRequest(
                model.name() + " is no plain decoder of the Llama family, which is what a recipe trains: " + why,
                "model");
    }

    private static void check(String name, int value, int least) {
        if (value < least || value > LARGEST) {
            throw bad(name, "is " + value + ", outside " + least + ".." + LARGEST);
        }
    }

    private static DalangException bad(String name, String what) {
        return DalangException.invalidRequest("shape: " + name + " " + what, name);
    }

    /** How many numbers learn. */
    public long parameterCount() {
        return tensors().values().stream()
                .mapToLong(shape -> shape.stream().mapToLong(d -> d).reduce(1, (a, b) -> a * b))
                .sum();
    }

    /** The tensors' shapes by name, slowest dimension first. */
    Map<String, List<Integer>> tensors() {
        Map<String, List<Integer>> all = new LinkedHashMap<>();
        all.put("token_embd.weight", List.of(vocabulary, embedding));
        for (int i = 0; i < layers; i++) {
            String blk = "blk." + i + ".";
            all.put(blk + "attn_norm.weight", List.of(embedding));
            all.put(blk + "attn_q.weight", List.of(heads * headDim, embedding));
            all.put(blk + "attn_k.weight", List.of(kvHeads * headDim, embedding));
            all.put(blk + "attn_v.weight", List.of(kvHeads * headDim, embedding));
            all.put(blk + "attn_output.weight", List.of(embedding, heads * headDim));
            all.put(blk + "ffn_norm.weight", List.of(embedding));
            all.put(blk + "ffn_gate.weight", List.of(hidden, embedding));
            all.put(blk + "ffn_up.weight", List.of(hidden, embedding));
            all.put(blk + "ffn_down.weight", List.of(embedding, hidden));
        }
        all.put("output_norm.weight", List.of(embedding));
        if (!tied) all.put("output.weight", List.of(vocabulary, embedding));
        return all;
    }

    /** The keys that describe such a model in a GGUF file, without name and tokenizer. */
    public Metadata metadata() {
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        keys.put("general.architecture", new Metadata.Value(Metadata.Type.STRING, null, "llama"));
        put(keys, "vocab_size", vocabulary);
        put(keys, "context_length", context);
        put(keys, "embedding_length", embedding);
        put(keys, "block_count", layers);
        put(keys, "feed_forward_length", hidden);
        put(keys, "attention.head_count", heads);
        put(keys, "attention.head_count_kv", kvHeads);
        put(keys, "attention.key_length", headDim);
        put(keys, "attention.value_length", headDim);
        put(keys, "rope.dimension_count", headDim);
        put(keys, "rope.freq_base", ropeBase);
        put(keys, "attention.layer_norm_rms_epsilon", epsilon);
        return new Metadata(null, keys);
    }

    private static void put(Map<String, Metadata.Value> keys, String key, long value) {
        keys.put("llama." + key, new Metadata.Value(Metadata.Type.UINT32, null, value));
    }

    private static void put(Map<String, Metadata.Value> keys, String key, float value) {
        keys.put("llama." + key, new Metadata.Value(Metadata.Type.FLOAT32, null, (double) value));
    }
}

package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A model of some layers with random weights, in memory: to see how fast the engine is, not what it says. */
final class ProbeModel implements ModelSource {

    /** Of models of a billion parameters and more: what a token costs beside the products weighs as it does there. */
    static final int WIDE = 2048;

    /** Of a model whose weights are read so fast that looking back shows. */
    static final int NARROW = 1024;

    static final int CONTEXT = 4096;
    private static final int HEADS = 16;
    private static final int KV_HEADS = 4;
    private static final int VOCABULARY = 256;

    private final int layers;
    private final int width;
    private final Arena arena = Arena.ofShared();
    private final Metadata metadata;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, MemorySegment> data = new LinkedHashMap<>();

    /** All layers have the same weights in the same place; machine code packs a copy for each. */
    ProbeModel(BlockType type, int layers, int width) {
        this.layers = layers;
        this.width = width;
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        keys.put("general.architecture", new Metadata.Value(Metadata.Type.STRING, null, "llama"));
        put(keys, "vocab_size", VOCABULARY);
        put(keys, "context_length", CONTEXT);
        put(keys, "embedding_length", width);
        put(keys, "block_count", layers);
        put(keys, "feed_forward_length", feedForward(width));
        put(keys, "attention.head_count", HEADS);
        put(keys, "attention.head_count_kv", KV_HEADS);
        keys.put("llama.rope.freq_base", new Metadata.Value(Metadata.Type.FLOAT32, null, 10_000.0));
        keys.put("llama.attention.layer_norm_rms_epsilon", new Metadata.Value(Metadata.Type.FLOAT32, null, 1e-5));
        metadata = new Metadata(name(), keys);
        float[] pattern = new float[width];
        Random random = new Random(1);
        for (int i = 0; i < pattern.length; i++) pattern[i] = (random.nextFloat() - 0.5f) / 16;
        matrix("token_embd.weight", type, width, VOCABULARY, pattern);
        matrix("output_norm.weight", BlockType.F32, width, 1, pattern);
        int kv = width / HEADS * KV_HEADS;
        matrix("attn_q.weight", type, width, width, pattern);
        matrix("attn_k.weight", type, width, kv, pattern);
        matrix("attn_v.weight", type, width, kv, pattern);
        matrix("attn_output.weight", type, width, width, pattern);
        matrix("ffn_gate.weight", type, width, feedForward(width), pattern);
        matrix("ffn_up.weight", type, width, feedForward(width), pattern);
        matrix("ffn_down.weight", type, feedForward(width), width, pattern);
        matrix("attn_norm.weight", BlockType.F32, width, 1, pattern);
        matrix("ffn_norm.weight", BlockType.F32, width, 1, pattern);
    }

    private static int feedForward(int width) {
        return 3 * width;
    }

    private static void put(Map<String, Metadata.Value> keys, String name, long value) {
        keys.put("llama." + name, new Metadata.Value(Metadata.Type.UINT32, null, value));
    }

    private void matrix(String name, BlockType type, int columns, int rows, float[] pattern) {
        long bytes = type.bytesFor((long) columns * rows);
        MemorySegment all = arena.allocate(bytes, 64);
        long run = type.bytesFor(pattern.length);
        type.quantizer().quantize(pattern, 0, null, all, 0, pattern.length);
        for (long at = run; at < bytes; at += run) MemorySegment.copy(all, 0, all, at, Math.min(run, bytes - at));
        long[] shape = rows == 1 ? new long[] {columns} : new long[] {columns, rows};
        boolean ofLayers = !name.startsWith("token") && !name.startsWith("output");
        for (int i = 0; i < (ofLayers ? layers : 1); i++) {
            String full = ofLayers ? "blk." + i + "." + name : name;
            tensors.put(full, new TensorInfo(full, type, shape, 0, 0, bytes));
            data.put(full, all);
        }
    }

    /** Multiply-adds of one token in the matrices of the layers, which are all that a token costs but attention. */
    long elements() {
        return layers * layerElements(width);
    }

    private static long layerElements(long width) {
        long attention = 2 * width * width + 2 * width * width / HEADS * KV_HEADS;
        return attention + 3 * width * feedForward((int) width);
    }

    /** As many layers as make {@code bytes} of weights of this type, one at least. */
    static int layers(BlockType type, int width, long bytes) {
        return (int) Math.max(1, Math.ceilDiv(bytes, type.bytesFor(layerElements(width))));
    }

    /** Multiply-adds of attention for each position that a token looks back at. */
    long lookBack() {
        return 2L * layers * width;
    }

    @Override
    public String name() {
        return "probe";
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment data(TensorInfo tensor) {
        MemorySegment segment = data.get(tensor.name());
        if (segment == null) throw new IllegalArgumentException(tensor.name());
        return segment;
    }

    @Override
    public void close() {
        arena.close();
    }
}

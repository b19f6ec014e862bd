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

    static final int WIDTH = 1024;
    static final int FEED_FORWARD = 3072;
    static final int HEADS = 16;
    static final int HEAD_DIM = WIDTH / HEADS;
    static final int CONTEXT = 4096;
    private static final int KV_HEADS = 4;
    private static final int VOCABULARY = 256;

    private final int layers;
    private final Arena arena = Arena.ofShared();
    private final Metadata metadata;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, MemorySegment> data = new LinkedHashMap<>();

    ProbeModel(BlockType type, int layers) {
        this.layers = layers;
        Map<String, Metadata.Value> keys = new LinkedHashMap<>();
        keys.put("general.architecture", new Metadata.Value(Metadata.Type.STRING, null, "llama"));
        put(keys, "vocab_size", VOCABULARY);
        put(keys, "context_length", CONTEXT);
        put(keys, "embedding_length", WIDTH);
        put(keys, "block_count", layers);
        put(keys, "feed_forward_length", FEED_FORWARD);
        put(keys, "attention.head_count", HEADS);
        put(keys, "attention.head_count_kv", KV_HEADS);
        keys.put("llama.rope.freq_base", new Metadata.Value(Metadata.Type.FLOAT32, null, 10_000.0));
        keys.put("llama.attention.layer_norm_rms_epsilon", new Metadata.Value(Metadata.Type.FLOAT32, null, 1e-5));
        metadata = new Metadata(name(), keys);
        float[] pattern = new float[WIDTH];
        Random random = new Random(1);
        for (int i = 0; i < pattern.length; i++) pattern[i] = (random.nextFloat() - 0.5f) / 16;
        matrix("token_embd.weight", type, WIDTH, VOCABULARY, pattern);
        for (int i = 0; i < layers; i++) {
            String block = "blk." + i + ".";
            int kv = KV_HEADS * HEAD_DIM;
            matrix(block + "attn_q.weight", type, WIDTH, WIDTH, pattern);
            matrix(block + "attn_k.weight", type, WIDTH, kv, pattern);
            matrix(block + "attn_v.weight", type, WIDTH, kv, pattern);
            matrix(block + "attn_output.weight", type, WIDTH, WIDTH, pattern);
            matrix(block + "ffn_gate.weight", type, WIDTH, FEED_FORWARD, pattern);
            matrix(block + "ffn_up.weight", type, WIDTH, FEED_FORWARD, pattern);
            matrix(block + "ffn_down.weight", type, FEED_FORWARD, WIDTH, pattern);
            matrix(block + "attn_norm.weight", BlockType.F32, WIDTH, 1, pattern);
            matrix(block + "ffn_norm.weight", BlockType.F32, WIDTH, 1, pattern);
        }
        matrix("output_norm.weight", BlockType.F32, WIDTH, 1, pattern);
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
        tensors.put(name, new TensorInfo(name, type, shape, 0, 0, bytes));
        data.put(name, all);
    }

    /** Multiply-adds of one token in the matrices of the layers, which are all that a token costs but attention. */
    long elements() {
        return layers * layerElements();
    }

    private static long layerElements() {
        long attention = 2L * WIDTH * WIDTH + 2L * WIDTH * KV_HEADS * HEAD_DIM;
        return attention + 3L * WIDTH * FEED_FORWARD;
    }

    /** As many layers as make {@code bytes} of weights of this type, two at least. */
    static int layers(BlockType type, long bytes) {
        return (int) Math.max(2, Math.ceilDiv(bytes, type.bytesFor(layerElements())));
    }

    /** Multiply-adds of attention for each position that a token looks back at. */
    long lookBack() {
        return 2L * layers * HEADS * HEAD_DIM;
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

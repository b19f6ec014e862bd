package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes GGUF files, version 3. Keys and tensors are declared first and appear in the order of their declaration; the
 * same declarations give the same bytes.
 *
 * <p>What a caller declares wrongly (an empty key, a name twice, a row that is no multiple of its block) is an
 * {@link IllegalArgumentException}.
 */
public final class GgufWriter {

    private record Tensor(TensorInfo info, TensorData data) {}

    private final Map<String, Metadata.Value> values = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Starts with no keys and no tensors. */
    public GgufWriter() {}

    /** Sets a key to a value of any type, replacing an earlier one. */
    public GgufWriter put(String key, Metadata.Value value) {
        if (key.isEmpty()) throw new IllegalArgumentException("a key has no name");
        GgufOutput.check(key, value);
        values.put(key, value);
        return this;
    }

    public GgufWriter putAll(Metadata metadata) {
        metadata.asMap().forEach(this::put);
        return this;
    }

    public GgufWriter put(String key, String value) {
        return put(key, new Metadata.Value(Metadata.Type.STRING, null, value));
    }

    public GgufWriter put(String key, boolean value) {
        return put(key, new Metadata.Value(Metadata.Type.BOOL, null, value));
    }

    /** A u32, the type that most numbers of a model have. */
    public GgufWriter put(String key, int value) {
        return put(key, new Metadata.Value(Metadata.Type.UINT32, null, (long) value));
    }

    public GgufWriter put(String key, float value) {
        return put(key, new Metadata.Value(Metadata.Type.FLOAT32, null, (double) value));
    }

    public GgufWriter put(String key, String[] values) {
        return put(key, new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.STRING, values.clone()));
    }

    /** An array of i32, the type of token types and of most other arrays. */
    public GgufWriter put(String key, int[] values) {
        long[] longs = new long[values.length];
        for (int i = 0; i < values.length; i++) longs[i] = values[i];
        return put(key, new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.INT32, longs));
    }

    /** An array of f32. */
    public GgufWriter put(String key, float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) doubles[i] = values[i];
        return put(key, new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.FLOAT32, doubles));
    }

    /**
     * Adds a tensor.
     *
     * @param shape lengths, fastest-varying first, at most four
     * @param data is asked for the bytes during {@link #write}
     */
    public GgufWriter tensor(String name, BlockType type, long[] shape, TensorData data) {
        if (shape.length > GgufHeader.MAX_DIMENSIONS) {
            throw new IllegalArgumentException("tensor '" + name + "' has " + shape.length + " dimensions");
        }
        long elements = 1;
        for (long length : shape) {
            if (length < 0) throw new IllegalArgumentException("tensor '" + name + "' has a negative length");
            elements = Math.multiplyExact(elements, length);
        }
        type.bytesFor(shape.length == 0 ? 1 : shape[0]); // a row is whole blocks
        TensorInfo info = new TensorInfo(name, type, shape, 0, 0, type.bytesFor(elements));
        if (tensors.putIfAbsent(name, new Tensor(info, data)) != null) {
            throw new IllegalArgumentException("tensor '" + name + "' is there already");
        }
        return this;
    }

    /** Adds a tensor of floats. */
    public GgufWriter tensor(String name, float[] values, long... shape) {
        return tensor(name, BlockType.F32, shape, TensorData.of(values));
    }

    /**
     * Writes the file, which appears under its name when it is complete.
     *
     * @throws DalangException (storage) if it cannot be written
     */
    public void write(Path file) {
        AtomicFile.write(file, this::writeTo);
    }

    private void writeTo(OutputStream stream) throws IOException {
        CountingOutput counter = new CountingOutput(stream);
        GgufOutput out = new GgufOutput(counter);
        long alignment = alignment();
        out.u32(GgufHeader.MAGIC);
        out.u32(3);
        out.u64(tensors.size());
        out.u64(values.size());
        for (var e : values.entrySet()) {
            out.string(e.getKey());
            out.value(e.getValue());
        }
        long offset = 0;
        for (Tensor t : tensors.values()) {
            out.string(t.info.name());
            out.u32(t.info.rank());
            for (int d = 0; d < t.info.rank(); d++) out.u64(t.info.dim(d));
            out.u32(t.info.type().number());
            out.u64(offset);
            offset = GgufHeader.roundUp(offset + t.info.bytes(), alignment);
        }
        for (Tensor t : tensors.values()) {
            counter.padTo(GgufHeader.roundUp(counter.count(), alignment));
            counter.write(t.info.name(), t.data, t.info.bytes());
        }
        // Other readers demand the padding after the last tensor too.
        counter.padTo(GgufHeader.roundUp(counter.count(), alignment));
        counter.flush();
    }

    private long alignment() {
        long alignment = new Metadata(null, values).integer(GgufHeader.ALIGNMENT_KEY, GgufHeader.DEFAULT_ALIGNMENT);
        if (alignment < 1 || Long.bitCount(alignment) != 1) {
            throw new IllegalArgumentException(GgufHeader.ALIGNMENT_KEY + " " + alignment + " is no power of two");
        }
        return alignment;
    }
}

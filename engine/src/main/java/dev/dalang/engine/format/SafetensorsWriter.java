package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes safetensors files. Tensors are declared first and lie in the order of their declaration; the same declarations
 * give the same bytes.
 */
public final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private record Entry(Safetensors.Tensor tensor, TensorData data) {}

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long dataBytes;

    /** Starts with no metadata and no tensors. */
    public SafetensorsWriter() {}

    /** Sets a string of the free-form metadata. */
    public SafetensorsWriter put(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param shape lengths, slowest-varying first
     * @param data is asked for the bytes during {@link #write}
     * @throws IllegalArgumentException if the name is taken or a length is negative
     */
    public SafetensorsWriter tensor(String name, Dtype dtype, long[] shape, TensorData data) {
        long bytes = dtype.bytes();
        for (long length : shape) {
            if (length < 0) throw new IllegalArgumentException("tensor '" + name + "' has a negative length");
            bytes = Math.multiplyExact(bytes, length);
        }
        if (name.equals(SafetensorsHeader.METADATA) || entries.containsKey(name)) {
            throw new IllegalArgumentException("the name '" + name + "' is taken");
        }
        entries.put(name, new Entry(new Safetensors.Tensor(name, dtype, shape, 0, dataBytes, bytes), data));
        dataBytes = Math.addExact(dataBytes, bytes);
        return this;
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
        byte[] header = header();
        CountingOutput out = new CountingOutput(stream);
        GgufOutput numbers = new GgufOutput(out);
        long padded = GgufHeader.roundUp(header.length, ALIGNMENT);
        numbers.u64(padded);
        out.write(header);
        for (long i = header.length; i < padded; i++) out.write(' ');
        for (Entry e : entries.values()) out.write(e.tensor.name(), e.data, e.tensor.bytes());
        out.flush();
    }

    private byte[] header() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart(SafetensorsHeader.METADATA);
                metadata.forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            for (Entry e : entries.values()) {
                Safetensors.Tensor t = e.tensor;
                json.writeObjectPropertyStart(t.name());
                json.writeStringProperty("dtype", t.dtype().name());
                json.writeName("shape");
                json.writeArray(t.shape(), 0, t.rank());
                json.writeName("data_offsets");
                json.writeArray(new long[] {t.offset(), t.offset() + t.bytes()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }
}

package dev.dalang.engine.format;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;

/** The stored bytes of a tensor on their way into a file, made or fetched only when it is their turn. */
@FunctionalInterface
public interface TensorData {

    /** Writes all bytes of the tensor, no more and no less. */
    void writeTo(OutputStream out) throws IOException;

    /** Bytes that lie in memory or in a mapped file. */
    static TensorData of(MemorySegment bytes) {
        return out -> AtomicFile.copy(bytes, out);
    }

    /** Floats, stored as {@link BlockType#F32}. */
    static TensorData of(float[] values) {
        return out -> {
            byte[] b = new byte[4 * Math.min(values.length, 4096)];
            for (int at = 0; at < values.length; at += 4096) {
                int n = Math.min(4096, values.length - at);
                MemorySegment.copy(values, at, MemorySegment.ofArray(b), LittleEndian.FLOAT, 0, n);
                out.write(b, 0, 4 * n);
            }
        };
    }
}

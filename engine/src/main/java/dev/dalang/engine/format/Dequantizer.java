package dev.dalang.engine.format;

import java.lang.foreign.MemorySegment;

/** Decodes stored blocks to floats. */
@FunctionalInterface
public interface Dequantizer {
    void dequantize(MemorySegment source, long byteOffset, float[] target, int targetOffset, int elements);
}

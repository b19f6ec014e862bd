package dev.dalang.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Turns stored blocks of one {@link BlockType} into the exact floats that the format defines. */
@FunctionalInterface
public interface Dequantizer {

    /**
     * Decodes a run of whole blocks.
     *
     * @param src the stored bytes, of any alignment
     * @param byteOffset where the first block starts in {@code src}
     * @param dst takes the floats
     * @param dstOffset index of the first one in {@code dst}
     * @param elements how many, a multiple of {@link BlockType#blockElements()}
     */
    void dequantize(MemorySegment src, long byteOffset, float[] dst, int dstOffset, int elements);

    /** Decodes one block from its bytes into consecutive floats. */
    @FunctionalInterface
    interface Block {
        void decode(byte[] block, float[] dst, int at);
    }

    /** Block by block. */
    static Dequantizer ofBlocks(int blockElements, int blockBytes, Block block) {
        return (src, byteOffset, dst, dstOffset, elements) -> {
            byte[] bytes = new byte[blockBytes];
            for (int i = 0; i < elements; i += blockElements) {
                MemorySegment.copy(src, ValueLayout.JAVA_BYTE, byteOffset, bytes, 0, blockBytes);
                block.decode(bytes, dst, dstOffset + i);
                byteOffset += blockBytes;
            }
        };
    }
}

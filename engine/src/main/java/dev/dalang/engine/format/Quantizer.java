package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns floats into stored blocks of one {@link BlockType}, choosing scales and codes for the least weighted squared
 * error that a search of bounded effort finds. The same input gives the same bytes.
 */
@FunctionalInterface
public interface Quantizer {

    /**
     * Encodes a run of whole blocks.
     *
     * @param src the floats
     * @param srcOffset index of the first one in {@code src}
     * @param importance weight of each element's squared error, in step with {@code src}; null for the same weight for all
     * @param dst takes the blocks
     * @param byteOffset where the first block starts in {@code dst}
     * @param elements how many, a multiple of {@link BlockType#blockElements()}
     * @throws DalangException (bad model file) if an element is infinite or not a number
     */
    void quantize(
            float[] src,
            int srcOffset,
            float @Nullable [] importance,
            MemorySegment dst,
            long byteOffset,
            int elements);

    /** Encodes the elements {@code x} with weights {@code w} into a block whose bytes are all zero before. */
    @FunctionalInterface
    interface Block {
        void encode(float[] x, float[] w, byte[] block);
    }

    /** Block by block. */
    static Quantizer ofBlocks(int blockElements, int blockBytes, Block block) {
        return (src, srcOffset, importance, dst, byteOffset, elements) -> {
            byte[] bytes = new byte[blockBytes];
            float[] x = new float[blockElements];
            float[] w = new float[blockElements];
            Arrays.fill(w, 1f);
            for (int i = 0; i < elements; i += blockElements) {
                System.arraycopy(src, srcOffset + i, x, 0, blockElements);
                if (importance != null) System.arraycopy(importance, srcOffset + i, w, 0, blockElements);
                checkFinite(x);
                Arrays.fill(bytes, (byte) 0);
                block.encode(x, w, bytes);
                MemorySegment.copy(bytes, 0, dst, ValueLayout.JAVA_BYTE, byteOffset, blockBytes);
                byteOffset += blockBytes;
            }
        };
    }

    private static void checkFinite(float[] x) {
        for (float v : x) {
            if (!Float.isFinite(v)) {
                throw DalangException.badModelFile("a weight is " + v + " and cannot be quantised", null, null);
            }
        }
    }
}

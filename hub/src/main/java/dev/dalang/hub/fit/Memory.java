package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import dev.dalang.hub.fit.ModelShape.CacheGroup;

/**
 * What a loaded model takes, in bytes.
 *
 * <p>Weights are mapped from the file and stay in memory only as they are read; since every token of an answer reads them,
 * they count in full. A tier that keeps a rearranged copy of the weights adds {@code copies} to them.
 *
 * @param weights mapped from the file
 * @param copies rearranged for the kernels
 * @param cache keys, values and states of all requests at full length
 * @param working buffers of a pass
 * @param runtime the JVM with its heap
 */
public record Memory(long weights, long copies, long cache, long working, long runtime) {

    /** Positions that a page of the cache holds, the unit in which it grows. */
    public static final int PAGE = 256;

    /**
     * Measured on JDK 25 with the launcher's options (serial collector, a heap that starts small): code, classes, heap and
     * threads, no model. The native kernels take a little more than the vector ones; this is between the two.
     */
    static final long JVM = 106L << 20;

    /** What is read of the launcher's cache of loaded classes (JEP 514), which the system counts to the process. */
    public static final long CLASS_CACHE = 28L << 20;

    /** A token's text and its entries in the tokenizer's tables. */
    static final long BYTES_PER_TOKEN = 500;

    public long total() {
        return weights + copies + cache + working + runtime;
    }

    /**
     * @param context positions of each request
     * @param parallel requests that are answered at the same time
     * @param cacheType of keys and values
     * @param batch tokens of a prompt that go through together
     * @param copies bytes of weights that the kernels rearrange
     */
    public static Memory of(ModelShape shape, int context, int parallel, BlockType cacheType, int batch, long copies) {
        int rows = Math.min(batch, context);
        long working = 4L * rows * shape.widths() + 8L * shape.vocabulary();
        return new Memory(
                shape.fileBytes(),
                copies,
                parallel * cacheBytes(shape, context, cacheType),
                working,
                JVM + CLASS_CACHE + BYTES_PER_TOKEN * shape.vocabulary());
    }

    /** What one request of this length keeps. */
    public static long cacheBytes(ModelShape shape, int context, BlockType type) {
        long positions = (context + PAGE - 1L) / PAGE * PAGE;
        long bytes = shape.stateBytes();
        for (CacheGroup g : shape.cache()) {
            bytes += positions * g.layers() * g.heads() * (rowBytes(g.keyDim(), type) + rowBytes(g.valueDim(), type));
        }
        return bytes;
    }

    private static long rowBytes(int elements, BlockType type) {
        // Rows that are no whole blocks stay in half precision, as the engine refuses the type for them.
        if (elements % type.blockElements() != 0) return 2L * elements;
        return (long) elements / type.blockElements() * type.blockBytes();
    }

    /** The longest context of at most {@code most} positions that fits into {@code available} bytes; 0 for none. */
    public static int contextThatFits(
            ModelShape shape, long available, int most, int parallel, BlockType type, int batch, long copies) {
        int low = 0;
        int high = most / PAGE;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            boolean fits =
                    of(shape, middle * PAGE, parallel, type, batch, copies).total() <= available;
            if (fits) low = middle;
            else high = middle - 1;
        }
        return low * PAGE;
    }
}

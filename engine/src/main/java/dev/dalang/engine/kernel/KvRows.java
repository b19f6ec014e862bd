package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import java.lang.foreign.MemorySegment;

/**
 * The cached keys, or values, of one layer of one sequence, as a kernel reads them.
 *
 * <p>Positions lie in pages of {@link #PAGE} each; inside a page the layout is {@code [kvHead][position][element]}, so
 * that one head's positions are one contiguous run.
 */
public interface KvRows {

    /** Positions in a page: enough for a head's run to be worth the processor's reading ahead. */
    int PAGE = 256;

    /** Positions that attention's running softmax takes together, which fixes its rounding; a page has several. */
    int STEP = 32;

    /** A type that {@link Kernels#isCacheType} names. */
    BlockType type();

    /** Elements of one head's row. */
    int rowElements();

    /** Bytes of one head's row. */
    default int rowBytes() {
        return rowElements() / type().blockElements() * type().blockBytes();
    }

    /** Bytes that can be read behind a page's rows, as kernels read whole registers. */
    int SLACK = 64;

    /** The page that holds positions {@code index * PAGE ..}, followed by {@link #SLACK}. */
    MemorySegment page(int index);

    /** The address of a head's row at a position. */
    default long address(int head, int position) {
        long offset = ((long) head * PAGE + position % PAGE) * rowBytes();
        return page(position / PAGE).asSlice(offset, rowBytes()).address();
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.Interleaving;
import java.lang.foreign.MemorySegment;

/**
 * A weight matrix as machine code reads it: the blocks of the file, unchanged, in the order of {@link Interleaving}.
 * Rows that a last group lacks repeat the matrix's last row; nobody looks at their results.
 */
final class PackedMatrix {

    private final Matrix source;
    private final Interleaving layout;
    private final MemorySegment data;
    private final long groupBytes;
    private final long oddRegion;

    /** @param data {@link #bytes} of native memory, which {@link #pack} fills */
    PackedMatrix(Matrix source, MemorySegment data) {
        this.source = source;
        this.layout = Interleaving.of(source.type());
        this.groupBytes = layout.groupBytes(source.columns());
        this.oddRegion = layout.oddRegion(source.columns());
        if (data.byteSize() < bytes(source)) throw new IllegalArgumentException("too little memory");
        this.data = data;
    }

    /** Bytes that a packed matrix takes. */
    static long bytes(Matrix m) {
        return Interleaving.of(m.type()).groupBytes(m.columns()) * Interleaving.groups(m.rows());
    }

    int groups() {
        return Interleaving.groups(source.rows());
    }

    long groupBytes() {
        return groupBytes;
    }

    long oddRegion() {
        return oddRegion;
    }

    int blocks() {
        return layout.blocks(source.columns());
    }

    long address(int group) {
        return data.address() + groupBytes * group;
    }

    /** Fills groups {@code from .. to-1}. */
    void pack(int from, int to) {
        for (int g = from; g < to; g++) pack(g);
    }

    private void pack(int group) {
        int rows = Interleaving.ROWS;
        int words = layout.words();
        int odd = layout.oddBytes();
        int oddAt = layout.oddAtEnd() ? 4 * words : 0;
        long oddTo = address(group);
        long wordsTo = oddTo + oddRegion;
        for (int r = 0; r < rows; r++) {
            long block = source.rowAddress(Math.min(group * rows + r, source.rows() - 1));
            for (int b = 0; b < blocks(); b++, block += layout.blockBytes()) {
                if (odd == 2) Memory.i16(oddTo + 2L * (b * rows + r), Memory.i16(block + oddAt));
                else if (odd == 1) Memory.i8(oddTo + (long) b * rows + r, Memory.i8(block + oddAt));
                long from = block + layout.firstWord();
                long to = wordsTo + 4L * (b * words * rows + r);
                for (int w = 0; w < words; w++) Memory.i32(to + 4L * rows * w, Memory.i32(from + 4L * w));
            }
        }
    }
}

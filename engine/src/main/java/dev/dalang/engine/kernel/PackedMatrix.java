package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PackKernel;
import java.lang.foreign.MemorySegment;

/**
 * A weight matrix as machine code reads it: the blocks of the file, unchanged, in the order of {@link Interleaving}.
 * Rows that a last group lacks repeat the matrix's last row; nobody looks at their results.
 */
final class PackedMatrix {

    /** Bytes of the file that are moved at once: what is written to again and again stays in the first cache. */
    private static final int STRIP = 16 << 10;

    private static final int ARGUMENTS = 8 * (PackKernel.Words.values().length + Interleaving.ROWS);

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

    /** What the file holds of groups {@code from .. to-1}. */
    MemorySegment source(int from, int to) {
        long start = source.rowBytes() * from * Interleaving.ROWS;
        long end = source.rowBytes() * Math.min((long) to * Interleaving.ROWS, source.rows());
        return source.data().asSlice(start, end - start);
    }

    long address(int group) {
        return data.address() + groupBytes * group;
    }

    /** Fills groups {@code from .. to-1}. */
    void pack(int from, int to, MachineKernels machine, Scratch scratch) {
        MemorySegment code = machine.get(layout, cpu -> PackKernel.assemble(layout));
        long words = scratch.floats(Scratch.Use.ARGUMENTS, ARGUMENTS / 4).address(0);
        long rows = words + 8L * PackKernel.Words.values().length;
        Memory.put(words, PackKernel.Words.ROWS, rows);
        int strip = Math.max(1, STRIP / (layout.blockBytes() * Interleaving.ROWS));
        for (int g = from; g < to; g++) {
            for (int r = 0; r < Interleaving.ROWS; r++) {
                int row = Math.min(g * Interleaving.ROWS + r, source.rows() - 1);
                Memory.i64(rows + 8L * r, source.rowAddress(row));
            }
            for (int b = 0; b < blocks(); b += strip) {
                Memory.put(words, PackKernel.Words.OFFSET, (long) b * layout.blockBytes());
                Memory.put(words, PackKernel.Words.ODD, address(g) + (long) b * layout.oddBytes() * Interleaving.ROWS);
                Memory.put(
                        words,
                        PackKernel.Words.WORDS,
                        address(g) + oddRegion + 4L * b * layout.words() * Interleaving.ROWS);
                Memory.put(words, PackKernel.Words.BLOCKS, Math.min(strip, blocks() - b));
                MachineKernels.call(code, words);
            }
        }
    }
}

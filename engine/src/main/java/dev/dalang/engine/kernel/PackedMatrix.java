package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.ArrangeKernel;
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
    private final long wordBytes;
    private final long oddBytes;

    /** @param data {@link #bytes} of native memory, which {@link #pack} fills */
    PackedMatrix(Matrix source, MemorySegment data) {
        this.source = source;
        this.layout = new Interleaving(source.type());
        this.wordBytes = layout.wordBytes(source.columns());
        this.oddBytes = layout.oddBytes(source.columns());
        if (data.byteSize() < bytes(source)) throw new IllegalArgumentException("too little memory");
        this.data = data;
    }

    /** Bytes that a packed matrix takes. */
    static long bytes(Matrix m) {
        Interleaving layout = new Interleaving(m.type());
        return (layout.wordBytes(m.columns()) + layout.oddBytes(m.columns())) * Interleaving.groups(m.rows());
    }

    long bytes() {
        return (wordBytes + oddBytes) * groups();
    }

    int groups() {
        return Interleaving.groups(source.rows());
    }

    Interleaving layout() {
        return layout;
    }

    /** Bytes from one group's {@link #weights} to the next. */
    long weightsStep() {
        return layout.words() > 0 ? wordBytes : oddBytes;
    }

    /** Bytes from one group's odd parts to the next. */
    long oddStep() {
        return oddBytes;
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

    /** Address of a group's words; of 16-bit numbers, of its first column. */
    long weights(int group) {
        return layout.words() > 0 ? words(group) : odd(group);
    }

    /** Address of a group's odd parts. */
    long odd(int group) {
        return data.address() + wordBytes * groups() + oddBytes * group;
    }

    private long words(int group) {
        return data.address() + wordBytes * group;
    }

    /** Fills groups {@code from .. to-1}. */
    void pack(int from, int to, MachineKernels machine, Scratch scratch) {
        MemorySegment code = machine.get(layout, cpu -> PackKernel.assemble(layout));
        long words = scratch.floats(Scratch.Use.ARGUMENTS, ARGUMENTS / 4).address(0);
        long rows = words + 8L * PackKernel.Words.values().length;
        int blockBytes = layout.words() * 4 * Interleaving.ROWS;
        int strip = Math.max(1, STRIP / (layout.blockBytes() * Interleaving.ROWS));
        long waiting = layout.arranged()
                ? scratch.floats(Scratch.Use.STRIP, strip * blockBytes / 4).address(0)
                : 0;
        for (int g = from; g < to; g++) {
            for (int r = 0; r < Interleaving.ROWS; r++) {
                int row = Math.min(g * Interleaving.ROWS + r, source.rows() - 1);
                Memory.i64(rows + 8L * r, source.rowAddress(row));
            }
            for (int b = 0; b < blocks(); b += strip) {
                long target = words(g) + (long) b * blockBytes;
                int count = Math.min(strip, blocks() - b);
                Memory.put(words, PackKernel.Words.ROWS, rows);
                Memory.put(words, PackKernel.Words.OFFSET, (long) b * layout.blockBytes());
                Memory.put(words, PackKernel.Words.ODD, odd(g) + (long) b * layout.oddBytes() * Interleaving.ROWS);
                Memory.put(words, PackKernel.Words.WORDS, layout.arranged() ? waiting : target);
                Memory.put(words, PackKernel.Words.BLOCKS, count);
                MachineKernels.call(code, words);
                if (layout.arranged()) arrange(waiting, target, count, machine, words);
            }
        }
    }

    private static void arrange(long from, long to, int blocks, MachineKernels machine, long words) {
        Memory.put(words, ArrangeKernel.Words.SOURCE, from);
        Memory.put(words, ArrangeKernel.Words.TARGET, to);
        Memory.put(words, ArrangeKernel.Words.BLOCKS, blocks);
        MachineKernels.call(machine.get(ArrangeKernel.class, ArrangeKernel::assemble), words);
    }
}

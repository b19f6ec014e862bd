package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.WeightMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All the memory of a network, counted: what it keeps (parameters, their gradients, rotations), and two stacks for its
 * passes, whose content is undefined when taken.
 *
 * <p>A stack grows to the most that a pass ever needed and then stays, so that training allocates nothing. Its memory
 * comes from the system in large blocks that take room only where they have been written to.
 */
final class Workspace implements AutoCloseable {

    /** Runs start on cache lines. */
    private static final int LINE = 16;

    private final WeightMemory memory = new WeightMemory();
    private long keptBytes;
    private final Stack saved = new Stack();
    private final Stack temporary = new Stack();

    /** What a pass sets aside for its way back. */
    Stack saved() {
        return saved;
    }

    /** What an operator needs only while it runs. */
    Stack temporary() {
        return temporary;
    }

    /** Zeroed floats that stay until {@link #close}. */
    Floats keep(int length) {
        keptBytes += bytes(length);
        return allocate(length);
    }

    private Floats allocate(int length) {
        MemorySegment segment = memory.allocate(Math.max(4, 4L * length));
        return Floats.of(segment.asSlice(0, 4L * length));
    }

    /** Bytes in use at most so far. */
    long peakBytes() {
        return keptBytes + saved.peak + temporary.peak;
    }

    /** The bytes that so many floats take here. */
    static long bytes(long length) {
        return 4 * ((length + LINE - 1) / LINE * LINE);
    }

    @Override
    public void close() {
        memory.close();
    }

    /** Buffers that are given back in the reverse of the order in which they were taken. */
    final class Stack {

        /** Elements of a block, 256 MiB: pages of it that nobody writes to cost nothing. */
        private static final int BLOCK = 1 << 26;

        private final List<Floats> blocks = new ArrayList<>();
        private int block;
        private int used;
        private long below;
        private long peak;

        /** A place in the stack. */
        record Mark(int block, int used, long below) {}

        Floats take(int length) {
            int whole = (int) (bytes(length) / 4);
            if (blocks.isEmpty()) blocks.add(allocate(Math.max(BLOCK, whole)));
            while (blocks.get(block).length() - used < whole) {
                below += 4L * used;
                block++;
                used = 0;
                if (block == blocks.size()) blocks.add(allocate(Math.max(BLOCK, whole)));
            }
            Floats taken = blocks.get(block).slice(used, length);
            used += whole;
            peak = Math.max(peak, below + 4L * used);
            return taken;
        }

        Mark mark() {
            return new Mark(block, used, below);
        }

        /** Gives back everything taken since. */
        void release(Mark mark) {
            block = mark.block;
            used = mark.used;
            below = mark.below;
        }
    }
}

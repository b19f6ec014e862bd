package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.Arguments;
import dev.dalang.engine.kernel.machine.FloatDotKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import java.lang.foreign.MemorySegment;

/**
 * Products with weights of a type that no machine code reads: sixteen rows at a time are decoded by the reference into
 * floats, in the order of {@link Interleaving}, and multiplied as such.
 */
final class DecodedProducts {

    private record Name(int tokens) {}

    private final MachineKernels machine;

    DecodedProducts(MachineKernels machine) {
        this.machine = machine;
    }

    /** Some columns, whole blocks, of a group's rows: the address of {@code [column][row]}, until the next call. */
    static long decode(Matrix w, int group, int firstColumn, int columns, Scratch scratch) {
        float[] row = scratch.row(columns);
        long target =
                scratch.floats(Scratch.Use.WEIGHTS, columns * Interleaving.ROWS).address(0);
        BlockType type = w.type();
        long skip = (long) firstColumn / type.blockElements() * type.blockBytes();
        for (int r = 0; r < Interleaving.ROWS; r++) {
            // As in a packed matrix, the last row stands in for those that a last group lacks.
            int from = Math.min(group * Interleaving.ROWS + r, w.rows() - 1);
            type.dequantizer().dequantize(w.data(), from * w.rowBytes() + skip, row, 0, columns);
            for (int c = 0; c < columns; c++) Memory.f32(target + 4L * (c * Interleaving.ROWS + r), row[c]);
        }
        return target;
    }

    /** As {@link Kernels#multiply(Matrix, int, int, Floats, int, Floats, Scratch)}. */
    void multiply(Matrix w, int from, int to, Floats x, int tokens, Floats out, Scratch scratch) {
        int rows = Interleaving.ROWS;
        Floats results = scratch.floats(Scratch.Use.RESULTS, tokens * rows);
        int tile = FloatDotKernel.maxTokens(machine.cpu());
        for (int group = from / rows; group * rows < to; group++) {
            long weights = decode(w, group, 0, w.columns(), scratch);
            long words =
                    scratch.floats(Scratch.Use.ARGUMENTS, Arguments.BYTES / 4).address(0);
            Memory.put(words, Arguments.WEIGHTS, weights);
            Memory.put(words, Arguments.ACTIVATION_STRIDE, 4L * w.columns());
            Memory.put(words, Arguments.RESULT_STRIDE, 4L * rows);
            Memory.put(words, Arguments.BLOCKS, w.columns());
            Memory.put(words, Arguments.GROUPS, 1);
            for (int t = 0; t < tokens; t += tile) {
                int n = Math.min(tile, tokens - t);
                Memory.put(words, Arguments.ACTIVATIONS, x.address(t * w.columns()));
                Memory.put(words, Arguments.RESULTS, results.address(t * rows));
                MemorySegment code = machine.get(new Name(n), cpu -> FloatDotKernel.assemble(BlockType.F32, n, cpu));
                MachineKernels.call(code, words);
            }
            int first = Math.max(from, group * rows);
            int last = Math.min(to, (group + 1) * rows);
            for (int t = 0; t < tokens; t++) {
                out.copy(t * w.rows() + first, results, t * rows + first % rows, last - first);
            }
        }
    }
}

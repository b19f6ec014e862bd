package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.Activations;
import dev.dalang.engine.kernel.machine.BytePanelKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelDotKernel;
import java.lang.foreign.MemorySegment;

/**
 * Products of quantised weights with a prompt's many tokens in vector registers: pairs of groups of rows are taken apart
 * into panels that fit the second cache, and meet all tokens there.
 */
final class PanelProducts {

    /** From so many tokens on, taking weights apart into memory pays where a cycle loads two lines. */
    private static final int FROM = 48;

    /**
     * The same where it loads one and multiplies half a register at once, as Zen 4 does: measured there, panels are a fifth
     * slower than {@link dev.dalang.engine.kernel.machine.DotKernel} with 48 tokens, and as fast with 400.
     */
    private static final int FROM_NARROW = 384;

    /** Processors of the first kind (Zen 5; Intel from Ice Lake on) have a first cache of at least so many bytes. */
    private static final long FIRST_CACHE = 48 << 10;

    private static final int WORDS_BYTES =
            8 * Math.max(BytePanelKernel.Words.values().length, PanelDotKernel.Words.values().length);

    private record PanelName(BlockType type) {}

    private record DotName(BlockType type, int tokens) {}

    private final MachineKernels machine;
    private final int from;

    PanelProducts(MachineKernels machine) {
        this.machine = machine;
        this.from = machine.cpu().l1dBytes() >= FIRST_CACHE ? FROM : FROM_NARROW;
    }

    /** Whether so many tokens are better multiplied here. */
    boolean worthIt(BlockType type, int tokens) {
        return tokens >= from && PanelDotKernel.supported(type, machine.cpu());
    }

    /**
     * {@code pairs} pairs of groups from group {@code from} on with all tokens.
     *
     * @param quantised address of the tokens' activations, in tiles of {@link PanelDotKernel#TOKENS}
     * @param result address of the first token's result for the first row of {@code from}
     * @param resultStride floats from one token's results to the next
     */
    void multiply(
            Matrix w,
            PackedMatrix p,
            int from,
            int pairs,
            long quantised,
            int tokens,
            long result,
            int resultStride,
            Scratch scratch) {
        BlockType type = w.type();
        PanelSource source = new PanelSource(w, p);
        int bytes = BytePanelKernel.bytes(type, w.columns(), machine.cpu());
        long panel = scratch.floats(Scratch.Use.PANEL, PanelDotKernel.GROUPS * bytes / 4)
                .address(0);
        long words = scratch.floats(Scratch.Use.ARGUMENTS, WORDS_BYTES / 4).address(0);
        for (int pair = 0; pair < pairs; pair++) {
            int group = from + pair * PanelDotKernel.GROUPS;
            for (int g = 0; g < PanelDotKernel.GROUPS; g++) decode(source, group + g, panel + (long) g * bytes, words);
            long results = result + 4L * Interleaving.ROWS * PanelDotKernel.GROUPS * pair;
            put(words, PanelDotKernel.Words.PANEL, panel);
            put(words, PanelDotKernel.Words.PANEL_STEP, bytes);
            put(words, PanelDotKernel.Words.BLOCKS, w.columns() / Activations.ELEMENTS);
            put(words, PanelDotKernel.Words.RESULT_STRIDE, 4L * resultStride);
            int whole = tokens / PanelDotKernel.TOKENS;
            dot(w, 0, whole, PanelDotKernel.TOKENS, quantised, results, resultStride, words);
            int rest = tokens % PanelDotKernel.TOKENS;
            if (rest > 0) dot(w, tokens - rest, 1, rest, quantised, results, resultStride, words);
        }
    }

    private void decode(PanelSource source, int group, long panel, long words) {
        BlockType type = source.type();
        put(words, BytePanelKernel.Words.WEIGHTS, source.words(group, 0));
        put(words, BytePanelKernel.Words.ODD, source.odd(group, 0));
        put(words, BytePanelKernel.Words.PANEL, panel);
        put(words, BytePanelKernel.Words.BLOCKS, source.w().columns() / type.blockElements());
        MachineKernels.call(machine.get(new PanelName(type), cpu -> BytePanelKernel.assemble(type, cpu)), words);
    }

    /** {@code tiles} tiles of {@code tokens} tokens each, from token {@code first} on. */
    private void dot(
            Matrix w, int first, int tiles, int tokens, long quantised, long results, int resultStride, long words) {
        put(words, PanelDotKernel.Words.ACTIVATIONS, quantised + NativeKernels.quantisedBytes(w, first));
        put(words, PanelDotKernel.Words.RESULTS, results + 4L * first * resultStride);
        put(words, PanelDotKernel.Words.TILES, tiles);
        MemorySegment code =
                machine.get(new DotName(w.type(), tokens), cpu -> PanelDotKernel.assemble(w.type(), tokens, cpu));
        MachineKernels.call(code, words);
    }

    private static void put(long words, BytePanelKernel.Words which, long value) {
        Memory.i64(words + which.offset(), value);
    }

    private static void put(long words, PanelDotKernel.Words which, long value) {
        Memory.i64(words + which.offset(), value);
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.Activations;
import dev.dalang.engine.kernel.machine.BytePanelKernel;
import dev.dalang.engine.kernel.machine.DotKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import dev.dalang.engine.kernel.machine.PanelDotKernel;
import dev.dalang.engine.kernel.machine.Simd;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Products of quantised weights with a prompt's many tokens in vector registers: pairs of groups of rows are taken apart
 * into panels that fit the second cache, and meet all tokens there.
 */
final class PanelProducts {

    /** From so many tokens on, taking weights apart into memory pays where a cycle loads two lines. */
    private static final int FROM = 48;

    /**
     * The same where it loads one and multiplies half a register at once, as Zen 4 does: measured there, panels are a fifth
     * slower than {@link DotKernel} with 48 tokens, and as fast with 400.
     */
    private static final int FROM_HALVES = 384;

    /** The same with AVX2, measured on Zen 3, where {@link DotKernel} takes one or two tokens a pass. */
    private static final int FROM_FEW = 3;

    /** The same where it takes more, or weights are signed bytes, which makes products with panels dearer. */
    private static final int FROM_MORE = 16;

    /** With AVX2, columns of which two panels fit the second cache and a tile of tokens the first. */
    private static final int COLUMNS = 2048;

    /** Processors of the first kind (Zen 5; Intel from Ice Lake on) have a first cache of at least so many bytes. */
    private static final long FIRST_CACHE = 48 << 10;

    private static final int WORDS_BYTES =
            8 * Math.max(BytePanelKernel.Words.values().length, PanelDotKernel.Words.values().length);

    private record PanelName(BlockType type) {}

    private record DotName(BlockType type, int tokens, boolean goesOn) {}

    private final MachineKernels machine;
    private final boolean wide;

    private final Map<BlockType, Panels> types = new EnumMap<>(BlockType.class);

    PanelProducts(MachineKernels machine) {
        this.machine = machine;
        this.wide = Simd.wide(machine.cpu());
        for (BlockType type : BlockType.values()) {
            if (!DotKernel.supports(type)) continue;
            int tile = PanelDotKernel.maxTokens(type, machine.cpu());
            int blockBytes = BytePanelKernel.bytes(type, type.blockElements(), machine.cpu());
            types.put(type, new Panels(from(type), tile, blockBytes));
        }
    }

    /**
     * What there is to know of a type.
     *
     * @param from how many tokens make it worth it
     * @param tile how many go through together at most
     * @param blockBytes bytes of a block of a group's rows in a panel
     */
    private record Panels(int from, int tile, int blockBytes) {}

    private Panels of(BlockType type) {
        return Objects.requireNonNull(types.get(type), "no panels of this type");
    }

    private int from(BlockType type) {
        CpuFeatures cpu = machine.cpu();
        if (wide) return cpu.l1dBytes() >= FIRST_CACHE ? FROM : FROM_HALVES;
        return DotKernel.tokensWithAllRows(type, cpu) < FROM_FEW && !DotKernel.signed(type, cpu) ? FROM_FEW : FROM_MORE;
    }

    /** Whether so many tokens are better multiplied here. */
    boolean worthIt(BlockType type, int tokens) {
        return DotKernel.supports(type) && tokens >= of(type).from();
    }

    /** How many of so many tokens go through together, in shares as even as can be. */
    int tile(BlockType type, int tokens) {
        int most = of(type).tile();
        int tiles = (tokens + most - 1) / most;
        return (tokens + tiles - 1) / tiles;
    }

    /** How many of so many groups can be multiplied here: with AVX-512 pairs only. */
    int groups(int count) {
        return wide ? count / PanelDotKernel.GROUPS * PanelDotKernel.GROUPS : count;
    }

    /**
     * That many groups from group {@code from} on with all tokens.
     *
     * @param quantised address of the tokens' activations, in tiles of {@link #tile}
     * @param result address of the first token's result for the first row of {@code from}
     * @param resultStride floats from one token's results to the next
     */
    void multiply(
            Matrix w,
            PackedMatrix p,
            int from,
            int groups,
            long quantised,
            int tokens,
            long result,
            int resultStride,
            Scratch scratch) {
        PanelSource source = new PanelSource(w, p);
        int most = wide ? w.columns() : Math.min(COLUMNS, w.columns());
        int bytes = bytes(w.type(), most);
        long panel = scratch.floats(Scratch.Use.PANEL, PanelDotKernel.GROUPS * bytes / 4)
                .address(0);
        long words = scratch.floats(Scratch.Use.ARGUMENTS, WORDS_BYTES / 4).address(0);
        int tile = tile(w.type(), tokens);
        for (int done = 0, count; done < groups; done += count) {
            count = Math.min(PanelDotKernel.GROUPS, groups - done);
            long results = result + 4L * Interleaving.ROWS * done;
            for (int column = 0; column < w.columns(); column += most) {
                int width = Math.min(most, w.columns() - column);
                int step = bytes(w.type(), width);
                for (int g = 0; g < count; g++) {
                    decode(source, from + done + g, column, width, panel + (long) g * step, words);
                }
                Memory.put(words, PanelDotKernel.Words.GROUPS, count);
                Memory.put(words, PanelDotKernel.Words.PANEL, panel);
                Memory.put(words, PanelDotKernel.Words.PANEL_STEP, step);
                Memory.put(words, PanelDotKernel.Words.BLOCKS, width / Activations.ELEMENTS);
                Memory.put(words, PanelDotKernel.Words.RESULT_STRIDE, 4L * resultStride);
                dot(w, column, 0, tokens / tile, tile, quantised, results, resultStride, words);
                int rest = tokens % tile;
                if (rest > 0) dot(w, column, tokens - rest, 1, rest, quantised, results, resultStride, words);
            }
        }
    }

    /** Bytes of so many columns of a group in a panel. */
    private int bytes(BlockType type, int columns) {
        return columns / type.blockElements() * of(type).blockBytes();
    }

    private void decode(PanelSource source, int group, int column, int width, long panel, long words) {
        BlockType type = source.type();
        Memory.put(words, BytePanelKernel.Words.WEIGHTS, source.words(group, column));
        Memory.put(words, BytePanelKernel.Words.ODD, source.odd(group, column));
        Memory.put(words, BytePanelKernel.Words.PANEL, panel);
        Memory.put(words, BytePanelKernel.Words.HALF_STEP, bytes(type, width) / 2);
        Memory.put(words, BytePanelKernel.Words.BLOCKS, width / type.blockElements());
        MachineKernels.call(machine.get(new PanelName(type), cpu -> BytePanelKernel.assemble(type, cpu)), words);
    }

    /** {@code tiles} tiles of {@code tokens} tokens each, from token {@code first} on, with columns from one on. */
    private void dot(
            Matrix w,
            int column,
            int first,
            int tiles,
            int tokens,
            long quantised,
            long results,
            int resultStride,
            long words) {
        if (tiles == 0) return;
        long skip = (long) column / Activations.ELEMENTS * Activations.BYTES * tokens;
        Memory.put(words, PanelDotKernel.Words.ACTIVATIONS, quantised + NativeKernels.quantisedBytes(w, first) + skip);
        Memory.put(words, PanelDotKernel.Words.TILE_STEP, NativeKernels.quantisedBytes(w, tokens));
        Memory.put(words, PanelDotKernel.Words.RESULTS, results + 4L * first * resultStride);
        Memory.put(words, PanelDotKernel.Words.TILES, tiles);
        boolean goesOn = column > 0;
        MemorySegment code = machine.get(
                new DotName(w.type(), tokens, goesOn), cpu -> PanelDotKernel.assemble(w.type(), tokens, goesOn, cpu));
        MachineKernels.call(code, words);
    }
}

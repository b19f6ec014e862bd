package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.kernel.machine.PeakKernel;
import dev.dalang.engine.kernel.machine.Simd;
import dev.dalang.engine.kernel.machine.TileKernel;
import java.lang.foreign.MemorySegment;
import java.util.OptionalDouble;

/**
 * How fast this machine multiplies and adds: the roofline of prompts, whose many tokens reuse every weight (Williams et
 * al. 2009). Machine code that works on registers alone, by all threads at once.
 */
public final class ProductPeak {

    private static final int CHUNKS_PER_THREAD = 8;

    /** Multiplications and additions of a chunk: some milliseconds without tiles, less with them. */
    private static final long OPERATIONS = 1L << 30;

    private enum Unit {
        FLOATS,
        PAIRS,
        TILES
    }

    private ProductPeak() {}

    /**
     * The best of several readings with F32 in vector registers, in operations (a multiplication is one, an addition
     * another) per second; empty where machine code cannot run.
     */
    public static OptionalDouble ofFloats(int threads, int readings) {
        CpuFeatures cpu = KernelTier.processor();
        if (!Simd.supported(cpu)) return OptionalDouble.empty();
        return read(threads, readings, Unit.FLOATS, PeakKernel.floatOperations(cpu));
    }

    /** Likewise with BF16 in vector registers; empty where the processor does not multiply it there. */
    public static OptionalDouble ofPairs(int threads, int readings) {
        CpuFeatures cpu = KernelTier.processor();
        if (!TileKernel.multiplies(cpu)) return OptionalDouble.empty();
        return read(threads, readings, Unit.PAIRS, PeakKernel.pairOperations(cpu));
    }

    /** Likewise with BF16 in tile registers; empty where there are none. */
    public static OptionalDouble ofTiles(int threads, int readings) {
        if (!TileKernel.supported(KernelTier.processor())) return OptionalDouble.empty();
        return read(threads, readings, Unit.TILES, PeakKernel.tileOperations());
    }

    private static OptionalDouble read(int threads, int readings, Unit unit, long stepOperations) {
        MachineKernels machine = MachineKernels.of(KernelTier.processor());
        MemorySegment code = machine.get(unit, cpu -> switch (unit) {
            case FLOATS -> PeakKernel.floats(cpu);
            case PAIRS -> PeakKernel.pairs(cpu);
            case TILES -> PeakKernel.tiles(cpu);
        });
        long steps = OPERATIONS / stepOperations;
        int chunks = threads * CHUNKS_PER_THREAD;
        Scratch[] scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) scratch[i] = new Scratch();
        double best = 0;
        try (Team team = new Team(threads)) {
            for (int i = 0; i < readings; i++) {
                long start = System.nanoTime();
                team.run(chunks, (c, worker) -> {
                    long words =
                            scratch[worker].floats(Scratch.Use.ARGUMENTS, 2).address(0);
                    Memory.i64(words, steps);
                    MachineKernels.call(code, words);
                });
                best = Math.max(best, 1e9 * steps * stepOperations * chunks / (System.nanoTime() - start));
            }
        }
        return OptionalDouble.of(best);
    }
}

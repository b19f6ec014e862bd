package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.ReadKernel;
import dev.dalang.engine.kernel.machine.Simd;
import java.lang.foreign.MemorySegment;
import java.util.OptionalDouble;

/**
 * How fast this machine reads memory: the roofline of decoding, which reads every weight once for each token (Williams
 * et al. 2009). Plain loads in machine code with nothing else to do, by all threads at once.
 */
public final class MemoryBandwidth {

    private static final long LEAST = 1 << 20;

    /** Larger than the caches that one program can count on, in bytes. */
    private static final long MOST = 512L << 20;

    private static final int CHUNKS_PER_THREAD = 8;

    private MemoryBandwidth() {}

    /**
     * The best of several readings, in bytes per second; empty where machine code cannot run.
     *
     * @param bytes to read through again and again, as a model's weights are: what fits a cache is read faster. More
     *     than half a gigabyte counts as that much
     * @param threads that read, each its share
     * @param readings how many times to read it all; ten take about a second
     */
    public static OptionalDouble read(long bytes, int threads, int readings) {
        if (!Simd.supported(KernelTier.processor())) return OptionalDouble.empty();
        MachineKernels machine = MachineKernels.of(KernelTier.processor());
        MemorySegment code = machine.get(ReadKernel.class, ReadKernel::assemble);
        long all = Math.clamp(bytes, LEAST, MOST);
        WeightMemory memory = new WeightMemory();
        try (Team team = new Team(threads)) {
            MemorySegment buffer = memory.allocate(all);
            Scratch[] scratch = new Scratch[threads];
            for (int i = 0; i < threads; i++) scratch[i] = new Scratch();
            int chunks = threads * CHUNKS_PER_THREAD;
            long chunk = all / chunks / ReadKernel.STEP * ReadKernel.STEP;
            // Memory that was never written may be one page of zeros many times over.
            team.run(chunks, (c, worker) -> buffer.asSlice(c * chunk, chunk).fill((byte) 1));
            double best = 0;
            for (int i = 0; i < readings; i++) {
                long start = System.nanoTime();
                team.run(chunks, (c, worker) -> {
                    long words =
                            scratch[worker].floats(Scratch.Use.ARGUMENTS, 4).address(0);
                    Memory.i64(words, buffer.address() + c * chunk);
                    Memory.i64(words + 8, chunk / ReadKernel.STEP);
                    MachineKernels.call(code, words);
                });
                best = Math.max(best, 1e9 * chunk * chunks / (System.nanoTime() - start));
            }
            return OptionalDouble.of(best);
        } finally {
            memory.close();
        }
    }
}

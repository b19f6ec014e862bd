package dev.dalang.bench;

import java.util.function.DoubleSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The machine's own limits, as figures beside the others: read the columns, a call is some readings of which the best counts. */
@State(Scope.Benchmark)
@Warmup(iterations = 1, time = 1)
public class Rooflines extends Suite {

    /** Plain reading of memory. */
    @Benchmark
    public void memory(BytesRead work) {
        long start = System.nanoTime();
        work.gigabytes += gigasFor(() -> Roofline.memory(threads()), start);
        work.ofRoofline += seconds(start);
    }

    /** F32 in vector registers. */
    @Benchmark
    public void floats(Products work) {
        long start = System.nanoTime();
        work.gigaflops += gigasFor(() -> Roofline.floats(threads()), start);
        work.ofRoofline += seconds(start);
    }

    /** BF16 in tile registers. */
    @Benchmark
    public void tiles(Products work) {
        long start = System.nanoTime();
        work.gigaflops += gigasFor(() -> Roofline.tiles(threads()), start);
        work.ofRoofline += seconds(start);
    }

    /** What the best rate does in the time that finding it took, as JMH divides by that time. */
    private static double gigasFor(DoubleSupplier rate, long start) {
        double best = rate.getAsDouble();
        return 1e-9 * best * seconds(start);
    }

    private static double seconds(long start) {
        return 1e-9 * (System.nanoTime() - start);
    }
}

package dev.dalang.bench;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What all benchmarks have in common. JMH reports three figures for each: the calls a second; {@code :gigabytes} or
 * {@code :gigaflops} a second (10⁹ bytes that must be read, or multiplications and additions that must be made); and
 * {@code :ofRoofline}, the same as a share of what the machine did at best just before, in the same process.
 *
 * <p>A benchmark uses the engine's own threads; JMH's stay at one.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "-XX:+UseSerialGC",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0"
        })
@State(Scope.Benchmark)
public abstract class Suite {

    /** Of the engine; 0 for as many as the machine has processors. */
    @Param("0")
    int threads;

    int threads() {
        return Roofline.threads(threads);
    }

    /** What {@code @Setup} made. */
    static <T> T prepared(@Nullable T state) {
        return Objects.requireNonNull(state, "JMH calls setUp first");
    }
}

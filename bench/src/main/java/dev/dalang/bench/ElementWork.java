package dev.dalang.bench;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import java.lang.foreign.Arena;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a token's layers do between the products, on one thread, at the sizes of a model with a billion parameters;
 * beside reading memory with one thread, which what lies in a cache may exceed.
 */
@State(Scope.Benchmark)
public class ElementWork extends Suite {

    static final int WIDTH = 2048;
    static final int HIDDEN = 8192;
    static final int POSITIONS = 4096;
    static final int HEADS = 32;
    static final int PAIRS = 32;

    @Param({"scalar", "vector", "native"})
    String tier = "native";

    private @Nullable Buffers buffers;
    private double roofline;

    /** {@code in} and {@code up} are read, {@code out} is written. */
    record Buffers(Kernels kernels, Floats in, Floats up, Floats out, Floats cos, Floats sin) implements AutoCloseable {

        static Buffers of(Kernels kernels) {
            Arena arena = Arena.ofAuto();
            Random random = new Random(1);
            Floats cos = Floats.allocate(arena, PAIRS);
            Floats sin = Floats.allocate(arena, PAIRS);
            for (int i = 0; i < PAIRS; i++) {
                cos.set(i, (float) Math.cos(i));
                sin.set(i, (float) Math.sin(i));
            }
            Floats in = Inputs.floats(arena, HIDDEN, random);
            Floats up = Inputs.floats(arena, HIDDEN, random);
            return new Buffers(kernels, in, up, Floats.allocate(arena, HIDDEN), cos, sin);
        }

        Floats norm() {
            kernels.rmsNorm(in, 0, WIDTH, up, 1e-5f, out, 0);
            return out;
        }

        Floats rope() {
            out.copy(0, in, 0, 2 * HEADS * PAIRS);
            kernels.rotate(out, 0, HEADS, 2 * PAIRS, PAIRS, false, cos, sin, 0);
            return out;
        }

        Floats gate() {
            out.copy(0, in, 0, HIDDEN);
            kernels.gate(Activation.SILU, out, 0, up, 0, HIDDEN);
            return out;
        }

        Floats softmax() {
            out.copy(0, in, 0, POSITIONS);
            kernels.softmax(out, 0, POSITIONS);
            return out;
        }

        @Override
        public void close() {
            kernels.close();
        }
    }

    @Setup
    public void setUp() {
        roofline = Roofline.memory(1);
        buffers = Buffers.of(Roofline.kernels(tier));
    }

    @TearDown
    public void tearDown() {
        prepared(buffers).close();
    }

    /** Root mean square norm of 2,048 elements. */
    @Benchmark
    public Floats norm(BytesRead work) {
        work.add(4L * 2 * WIDTH, roofline);
        return prepared(buffers).norm();
    }

    /** 32 heads of 64 turned, after a copy. */
    @Benchmark
    public Floats rope(BytesRead work) {
        work.add(4L * 2 * HEADS * PAIRS, roofline);
        return prepared(buffers).rope();
    }

    /** SiLU of 8,192 elements times as many, after a copy. */
    @Benchmark
    public Floats gate(BytesRead work) {
        work.add(4L * 2 * HIDDEN, roofline);
        return prepared(buffers).gate();
    }

    /** Of 4,096 elements, after a copy. */
    @Benchmark
    public Floats softmax(BytesRead work) {
        work.add(4L * POSITIONS, roofline);
        return prepared(buffers).softmax();
    }
}

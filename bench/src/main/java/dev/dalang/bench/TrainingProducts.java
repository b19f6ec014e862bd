package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.FloatMatrix;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Gemm;
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
 * The three products of a layer that learns, all of floats: forward, and back to its input and to its weights; beside
 * the peak of products: of BF16 tiles where the tier uses them, else of F32 in vector registers.
 */
@State(Scope.Benchmark)
public class TrainingProducts extends Suite {

    /** Of a layer {@code y = x·Wᵀ}. */
    public enum Product {
        /** {@code y = x·Wᵀ}. */
        FORWARD,
        /** {@code dx = dy·W}. */
        INPUT,
        /** {@code dW += dyᵀ·x}. */
        WEIGHT
    }

    @Param({"vector", "native"})
    String tier = "native";

    @Param
    Product product = Product.FORWARD;

    @Param({"4096", "16384"})
    int tokens = 4096;

    @Param({"320", "896", "4096"})
    int in = 320;

    @Param({"320", "896", "4096"})
    int out = 320;

    private @Nullable Layer layer;
    private double roofline;

    /** A layer's matrices, and what multiplies them. */
    record Layer(
            Compute compute, Gemm gemm, FloatMatrix x, FloatMatrix w, FloatMatrix y, FloatMatrix dx, FloatMatrix dw)
            implements AutoCloseable {

        static Layer of(Kernels kernels, int threads, int tokens, int in, int out) {
            Arena arena = Arena.ofAuto();
            Random random = new Random(1);
            return new Layer(
                    new Compute(kernels, threads),
                    Gemm.of(kernels, false),
                    FloatMatrix.of(Inputs.floats(arena, tokens * in, random), tokens, in),
                    FloatMatrix.of(Inputs.floats(arena, out * in, random), out, in),
                    FloatMatrix.of(Inputs.floats(arena, tokens * out, random), tokens, out),
                    FloatMatrix.of(Floats.allocate(arena, tokens * in), tokens, in),
                    FloatMatrix.of(Floats.allocate(arena, out * in), out, in));
        }

        /** The result; y is dy as well. */
        FloatMatrix multiply(Product product) {
            switch (product) {
                case FORWARD -> gemm.multiply(compute, x, w.transpose(), y, false);
                case INPUT -> gemm.multiply(compute, y, w, dx, false);
                case WEIGHT -> gemm.multiply(compute, y.transpose(), x, dw, true);
            }
            return switch (product) {
                case FORWARD -> y;
                case INPUT -> dx;
                case WEIGHT -> dw;
            };
        }

        @Override
        public void close() {
            compute.close();
        }
    }

    @Setup
    public void setUp() {
        Kernels kernels = Roofline.kernels(tier);
        roofline = Roofline.products(kernels, BlockType.BF16, threads());
        layer = Layer.of(kernels, threads(), tokens, in, out);
    }

    @TearDown
    public void tearDown() {
        prepared(layer).close();
    }

    @Benchmark
    public FloatMatrix multiply(Products work) {
        work.add(2L * tokens * in * out, roofline);
        return prepared(layer).multiply(product);
    }
}

package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A prompt's tokens with matrices {@code [8192][2048]}, beside the peak of products: of BF16 tiles where the tier uses
 * them, else of F32 in vector registers, which products of whole numbers may exceed.
 */
@State(Scope.Benchmark)
public class PromptProducts extends Suite {

    @Param({"scalar", "vector", "native"})
    String tier = "native";

    /** Those with machine code of their own. */
    @Param({
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4",
        "F16", "BF16", "F32"
    })
    BlockType type = BlockType.Q4_0;

    @Param("512")
    int tokens = 512;

    private @Nullable MatrixSet set;
    private double roofline;

    @Setup
    public void setUp() {
        Kernels kernels = Roofline.kernels(tier);
        roofline = Roofline.products(kernels, type, threads());
        set = new MatrixSet(type, 8192, 2048, MatrixSet.BYTES, kernels, threads(), tokens);
    }

    @TearDown
    public void tearDown() {
        prepared(set).close();
    }

    @Benchmark
    public Floats multiply(Products work) {
        MatrixSet s = prepared(set);
        work.add(2L * tokens * s.matrix().rows() * s.matrix().columns(), roofline);
        return s.multiply(true);
    }
}

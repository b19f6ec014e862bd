package dev.dalang.bench;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Attention of an answer's token to 4,096 positions, 32 heads of 64 in groups of four, beside reading memory: every key
 * and value is read once.
 */
@State(Scope.Benchmark)
public class AnswerAttention extends Suite {

    private static final int POSITIONS = 4096;

    /** Of all layers together: more than the caches that one program can count on. */
    private static final long BYTES = 128L << 20;

    @Param({"scalar", "vector", "native"})
    String tier = "native";

    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0"})
    BlockType type = BlockType.F16;

    private @Nullable AttentionLayers layers;
    private double roofline;

    @Setup
    public void setUp() {
        roofline = Roofline.memory(threads());
        int count = (int) (BYTES / AttentionLayers.layerBytes(type, POSITIONS)) + 1;
        layers = new AttentionLayers(type, count, POSITIONS, Roofline.kernels(tier), threads());
    }

    @TearDown
    public void tearDown() {
        prepared(layers).close();
    }

    @Benchmark
    public Floats attend(BytesRead work) {
        AttentionLayers l = prepared(layers);
        work.add(l.layerBytes(), roofline);
        return l.attend();
    }
}

package dev.dalang.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.testing.Shared;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {

    static Stream<BlockType> encodable() {
        return Arrays.stream(BlockType.values()).filter(BlockType::canQuantize);
    }

    static Stream<BlockType> goldenAndEncodable() {
        return GoldenQuants.types().filter(BlockType::canQuantize);
    }

    /** On average over the rows at most a hundredth worse than the reference, and on none by more than a tenth. */
    @ParameterizedTest
    @MethodSource("goldenAndEncodable")
    void isAsCloseAsTheReference(BlockType type) {
        float[] source = GoldenQuants.source();
        float[] reference = GoldenQuants.dequantized(type);
        float[] ours = roundTrip(type, source, null);
        double sum = 0;
        for (int row = 0; row < GoldenQuants.ROWS; row++) {
            int from = row * GoldenQuants.COLUMNS;
            double ratio = distance(source, ours, from, GoldenQuants.COLUMNS)
                    / distance(source, reference, from, GoldenQuants.COLUMNS);
            assertThat(ratio).as("row %d", row).isLessThan(1.1);
            sum += ratio;
        }
        assertThat(sum / GoldenQuants.ROWS).isLessThan(1.01);
    }

    /** The reference's file of the same weights, tensor by tensor. */
    @ParameterizedTest
    @MethodSource("goldenAndEncodable")
    void isAsCloseAsTheReferenceOnAModel(BlockType type) {
        Path file = Shared.require("golden/models").resolve("tinyq-llama." + type + ".gguf");
        try (Gguf exact = Gguf.open(file.resolveSibling("tinyq-llama.f32.gguf"));
                Gguf reference = Gguf.open(file)) {
            for (TensorInfo t : exact.tensors().values()) {
                TensorInfo theirs = reference.tensors().get(t.name());
                if (theirs.type() != type) continue;
                float[] x = floats(exact, t);
                assertThat(distance(x, roundTrip(type, x, null), 0, x.length))
                        .as(t.name())
                        .isLessThan(distance(x, floats(reference, theirs), 0, x.length) * 1.001);
            }
        }
    }

    private static float[] floats(Gguf file, TensorInfo t) {
        float[] values = new float[(int) t.elements()];
        t.type().dequantizer().dequantize(file.data(t), 0, values, 0, values.length);
        return values;
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void keepsWhatTheTypeCanHold(BlockType type) {
        Random random = new Random(5);
        byte[] stored = new byte[type.blockBytes()];
        float[] exact = new float[type.blockElements()];
        for (int i = 0; i < exact.length; i++) exact[i] = random.nextInt(-1, 2); // all types have -1, 0 and 1
        exact[0] = 1;
        type.quantizer().quantize(exact, 0, null, MemorySegment.ofArray(stored), 0, exact.length);
        float[] back = new float[exact.length];
        type.dequantizer().dequantize(MemorySegment.ofArray(stored), 0, back, 0, back.length);
        // A search of bounded effort need not find it, least so with the four codes of Q2_K.
        double tolerance = type.blockElements() == 1 ? 0 : type == BlockType.Q2_K ? 0.3 : 0.1;
        for (int i = 0; i < back.length; i++) {
            assertThat((double) back[i]).isBetween(exact[i] - tolerance, exact[i] + tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void survivesExtremeBlocks(BlockType type) {
        int n = type.blockElements();
        for (float v : new float[] {0f, -0f, Float.MIN_VALUE, 1e-30f, -1e-8f, 6e4f, -6e4f}) {
            float[] x = new float[n];
            Arrays.fill(x, v);
            for (float back : roundTrip(type, x, null)) {
                assertThat(back).isFinite();
                assertThat(Math.abs(back - v)).isLessThanOrEqualTo(Math.abs(v) * 0.2f + 1e-7f);
            }
        }
        if (type == BlockType.F32) return;
        for (float v : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] x = new float[n];
            x[n - 1] = v;
            assertThatThrownBy(() -> roundTrip(type, x, null)).isInstanceOf(DalangException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("encodable")
    void sparesTheImportantElements(BlockType type) {
        if (type.blockElements() == 1) return;
        int n = type.blockElements() * 8;
        Random random = new Random(3);
        float[] x = new float[n];
        float[] importance = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
            importance[i] = i % 4 == 0 ? 50f : 1f;
        }
        float[] plain = roundTrip(type, x, null);
        float[] weighted = roundTrip(type, x, importance);
        double before = 0;
        double after = 0;
        for (int i = 0; i < n; i++) {
            before += importance[i] * Math.pow(x[i] - plain[i], 2);
            after += importance[i] * Math.pow(x[i] - weighted[i], 2);
        }
        // A power of two as scale leaves MXFP4 little choice.
        assertThat(after).isLessThanOrEqualTo(type == BlockType.MXFP4 ? before : before * 0.99);
    }

    @Test
    void encodesBlocksIndependentlyOfTheirNeighbours() {
        Random random = new Random(1);
        float[] x = new float[512];
        for (int i = 0; i < 512; i++) x[i] = (float) random.nextGaussian();
        byte[] together = new byte[(int) BlockType.Q4_K.bytesFor(512)];
        byte[] apart = new byte[together.length];
        BlockType.Q4_K.quantizer().quantize(x, 0, null, MemorySegment.ofArray(together), 0, 512);
        BlockType.Q4_K.quantizer().quantize(x, 256, null, MemorySegment.ofArray(apart), 144, 256);
        BlockType.Q4_K.quantizer().quantize(x, 0, null, MemorySegment.ofArray(apart), 0, 256);
        assertThat(apart).isEqualTo(together);
    }

    @Test
    void saysWhichTypesCanOnlyBeRead() {
        assertThat(BlockType.IQ2_XXS.canQuantize()).isFalse();
        assertThatThrownBy(BlockType.IQ2_XXS::quantizer).hasMessageContaining("IQ2_XXS; it can only be read");
        assertThatThrownBy(() -> roundTrip(BlockType.F16, new float[] {70000f}, null))
                .hasMessageContaining("70000.0, which F16 cannot hold");
    }

    private static float[] roundTrip(BlockType type, float[] x, float[] importance) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytesFor(x.length)]);
        type.quantizer().quantize(x, 0, importance, stored, 0, x.length);
        float[] back = new float[x.length];
        type.dequantizer().dequantize(stored, 0, back, 0, x.length);
        return back;
    }

    private static double distance(float[] a, float[] b, int from, int n) {
        double sum = 0;
        for (int i = from; i < from + n; i++) sum += Math.pow((double) a[i] - b[i], 2);
        return Math.sqrt(sum);
    }
}

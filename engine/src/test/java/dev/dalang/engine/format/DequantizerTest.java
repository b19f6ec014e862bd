package dev.dalang.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DequantizerTest {

    @ParameterizedTest
    @MethodSource("dev.dalang.engine.format.GoldenQuants#types")
    void equalsTheReferenceBitForBit(BlockType type) {
        float[] out = new float[GoldenQuants.ELEMENTS];
        MemorySegment src = GoldenQuants.quantized(type);
        assertThat(src.byteSize()).isEqualTo(type.bytesFor(GoldenQuants.ELEMENTS));
        type.dequantizer().dequantize(src, 0, out, 0, GoldenQuants.ELEMENTS);
        float[] expected = GoldenQuants.dequantized(type);
        for (int i = 0; i < out.length; i++) {
            assertThat(Float.floatToRawIntBits(out[i]))
                    .as("element %d: %s, expected %s", i, out[i], expected[i])
                    .isEqualTo(Float.floatToRawIntBits(expected[i]));
        }
    }

    @Test
    void goldenRowsCoverEveryQuantisedType() {
        assertThat(GoldenQuants.types())
                .contains(BlockType.Q4_0, BlockType.IQ1_M, BlockType.NVFP4)
                .hasSize(27);
    }

    /** Random bytes reach every code; block by block at odd offsets they must decode as they do in one run. */
    @ParameterizedTest
    @EnumSource(BlockType.class)
    void decodesAnyBytesAtAnyOffset(BlockType type) {
        int blocks = 64 / Math.min(type.blockBytes(), 16);
        int n = blocks * type.blockElements();
        byte[] bytes = new byte[1 + blocks * type.blockBytes()];
        new Random(type.number()).nextBytes(bytes);
        MemorySegment src = MemorySegment.ofArray(bytes);
        float[] all = new float[n];
        type.dequantizer().dequantize(src, 1, all, 0, n);
        float[] pieces = new float[n + 3];
        for (int b = blocks - 1; b >= 0; b--) {
            int from = b * type.blockElements();
            long at = 1 + (long) b * type.blockBytes();
            type.dequantizer().dequantize(src, at, pieces, 3 + from, type.blockElements());
        }
        for (int i = 0; i < n; i++)
            assertThat(Float.compare(pieces[3 + i], all[i])).isZero();
    }

    @Test
    void plainNumbersReadAsTheyAre() {
        assertThat(decode(BlockType.I8, 0xff, 2)).containsExactly(-1f, 2f);
        assertThat(decode(BlockType.I16, 0xfe, 0xff)).containsExactly(-2f);
        assertThat(decode(BlockType.I32, 0, 1, 0, 0)).containsExactly(256f);
        assertThat(decode(BlockType.I64, 0, 0, 1, 0, 0, 0, 0, 0)).containsExactly(65536f);
        assertThat(decode(BlockType.F64, 0, 0, 0, 0, 0, 0, 0xf8, 0xbf)).containsExactly(-1.5f);
        assertThat(decode(BlockType.F32, 0, 0, 0xc0, 0x3f)).containsExactly(1.5f);
        assertThat(decode(BlockType.BF16, 0xc0, 0x3f)).containsExactly(1.5f);
        assertThat(decode(BlockType.F16, 0, 0x3e, 1, 0)).containsExactly(1.5f, 0x1p-24f);
    }

    private static float[] decode(BlockType type, int... bytes) {
        byte[] b = new byte[bytes.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) bytes[i];
        float[] out = new float[b.length / type.blockBytes()];
        type.dequantizer().dequantize(MemorySegment.ofArray(b), 0, out, 0, out.length);
        return out;
    }
}

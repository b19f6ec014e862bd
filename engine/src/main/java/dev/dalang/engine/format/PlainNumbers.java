package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The types that store each element by itself, as a number that processors know. */
final class PlainNumbers {

    private PlainNumbers() {}

    static void f32(MemorySegment src, long at, float[] dst, int to, int n) {
        MemorySegment.copy(src, LittleEndian.FLOAT, at, dst, to, n);
    }

    /** IEEE 754 half precision. */
    static void f16(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = Float.float16ToFloat(src.get(LittleEndian.SHORT, at + 2L * i));
    }

    /** The upper half of a float. */
    static void bf16(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = Float.intBitsToFloat(src.get(LittleEndian.SHORT, at + 2L * i) << 16);
    }

    static void f64(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = (float) src.get(LittleEndian.DOUBLE, at + 8L * i);
    }

    static void i8(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(ValueLayout.JAVA_BYTE, at + i);
    }

    static void i16(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(LittleEndian.SHORT, at + 2L * i);
    }

    static void i32(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(LittleEndian.INT, at + 4L * i);
    }

    static void i64(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(LittleEndian.LONG, at + 8L * i);
    }

    static void toF32(float[] src, int from, float @Nullable [] importance, MemorySegment dst, long at, int n) {
        MemorySegment.copy(src, from, dst, LittleEndian.FLOAT, at, n);
    }

    /** Rounds to nearest; what is beyond the range would become infinite and is refused. */
    static void toF16(float[] src, int from, float @Nullable [] importance, MemorySegment dst, long at, int n) {
        for (int i = 0; i < n; i++) {
            float v = src[from + i];
            short half = Float.floatToFloat16(v);
            if ((half & 0x7c00) == 0x7c00) {
                throw DalangException.badModelFile(
                        "a weight is " + v + ", which F16 cannot hold; use BF16", null, null);
            }
            dst.set(LittleEndian.SHORT, at + 2L * i, half);
        }
    }

    /** Rounds to nearest, ties to even. */
    static void toBf16(float[] src, int from, float @Nullable [] importance, MemorySegment dst, long at, int n) {
        for (int i = 0; i < n; i++) {
            int bits = Float.floatToRawIntBits(src[from + i]);
            int rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
            if ((rounded & 0x7f80) == 0x7f80) {
                throw DalangException.badModelFile(
                        "a weight is " + src[from + i] + ", which BF16 cannot hold", null, null);
            }
            dst.set(LittleEndian.SHORT, at + 2L * i, (short) rounded);
        }
    }
}

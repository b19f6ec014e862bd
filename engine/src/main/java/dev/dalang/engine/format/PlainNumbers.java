package dev.dalang.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
}

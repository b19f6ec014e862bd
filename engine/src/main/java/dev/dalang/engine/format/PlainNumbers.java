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

    static void u8(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(ValueLayout.JAVA_BYTE, at + i) & 0xff;
    }

    static void u16(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = src.get(LittleEndian.SHORT, at + 2L * i) & 0xffff;
    }

    static void u32(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) dst[to + i] = Integer.toUnsignedLong(src.get(LittleEndian.INT, at + 4L * i));
    }

    static void u64(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) {
            long v = src.get(LittleEndian.LONG, at + 8L * i);
            // Of a number over 2^63 the lowest bit only serves to round the half of it correctly.
            dst[to + i] = v >= 0 ? v : 2f * ((v >>> 1) | (v & 1));
        }
    }

    /** Eight bits without infinities (E4M3FN): 4 exponent bits of bias 7, 3 fraction bits, NaN only with all bits set. */
    static void f8e4m3(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) {
            byte b = src.get(ValueLayout.JAVA_BYTE, at + i);
            int exponent = LittleEndian.bits(b, 3, 4);
            int fraction = LittleEndian.bits(b, 0, 3);
            float magnitude;
            if (exponent == 15 && fraction == 7) magnitude = Float.NaN;
            else if (exponent == 0) magnitude = Math.scalb((float) fraction, -9);
            else magnitude = Math.scalb(1 + fraction / 8f, exponent - 7);
            dst[to + i] = b < 0 ? -magnitude : magnitude;
        }
    }

    /** The upper half of a half-precision number. */
    static void f8e5m2(MemorySegment src, long at, float[] dst, int to, int n) {
        for (int i = 0; i < n; i++) {
            dst[to + i] = Float.float16ToFloat((short) (src.get(ValueLayout.JAVA_BYTE, at + i) << 8));
        }
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

package dev.dalang.engine.format;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in the bytes of a block or a file, which are little-endian and of any alignment. */
final class LittleEndian {

    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    static int u8(byte[] b, int at) {
        return b[at] & 0xff;
    }

    static int u16(byte[] b, int at) {
        return (short) SHORTS.get(b, at) & 0xffff;
    }

    /** The 32 bits, as an int whose sign means nothing. */
    static int u32(byte[] b, int at) {
        return (int) INTS.get(b, at);
    }

    /** The 64 bits, as a long whose sign means nothing. */
    static long u64(byte[] b, int at) {
        return (long) LONGS.get(b, at);
    }

    static float f16(byte[] b, int at) {
        return Float.float16ToFloat((short) SHORTS.get(b, at));
    }

    static float f32(byte[] b, int at) {
        return Float.intBitsToFloat(u32(b, at));
    }

    /** The number that {@code count} bits of {@code v} hold, the lowest of them bit {@code from}. */
    static int bits(int v, int from, int count) {
        return (v >>> from) & ((1 << count) - 1);
    }

    /** Sets bits of the byte at {@code at}, the lowest of them bit {@code from}, all of them zero before. */
    static void putBits(byte[] b, int at, int from, int v) {
        b[at] |= (byte) (v << from);
    }

    static void putU16(byte[] b, int at, int v) {
        SHORTS.set(b, at, (short) v);
    }

    static void putU32(byte[] b, int at, int v) {
        INTS.set(b, at, v);
    }

    /** Stores {@code v} rounded to half precision and returns what it was rounded to. */
    static float putF16(byte[] b, int at, float v) {
        short half = Float.floatToFloat16(v);
        SHORTS.set(b, at, half);
        return Float.float16ToFloat(half);
    }
}

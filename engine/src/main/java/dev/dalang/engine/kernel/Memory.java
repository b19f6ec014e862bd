package dev.dalang.engine.kernel;

import dev.dalang.engine.kernel.machine.Word;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Raw access to memory by absolute address: the only class that reaches past a segment's own bounds.
 *
 * <p>A kernel's inner loop reads weights that lie in a mapped file. Through the mapping's own segment every access
 * would be checked against its bounds and its liveness, which the JIT does not hoist out of vector loops. Through one
 * constant segment over the whole address space both checks fold away. The price is that nothing here is checked: the
 * callers in this package take addresses only from a {@link Matrix} or {@link Floats}, whose ranges were checked when
 * they were made, and whose owners outlive the call.
 */
final class Memory {

    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);

    private Memory() {}

    static byte i8(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    static void i8(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    static short i16(long address) {
        return ALL.get(SHORT, address);
    }

    static void i16(long address, short value) {
        ALL.set(SHORT, address, value);
    }

    static int i32(long address) {
        return ALL.get(INT, address);
    }

    static void i32(long address, int value) {
        ALL.set(INT, address, value);
    }

    static void i64(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /** Sets one of the words that a kernel takes; they begin at {@code words}. */
    static void put(long words, Word which, long value) {
        i64(words + which.offset(), value);
    }

    static float f32(long address) {
        return ALL.get(FLOAT, address);
    }

    static void f32(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    /** An IEEE half, widened. */
    static float f16(long address) {
        return Float.float16ToFloat(i16(address));
    }
}

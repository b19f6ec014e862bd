package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import dev.dalang.engine.format.BlockType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks to floats, a vector at a time. The same products and sums as the reference dequantisers of
 * {@code engine.format}, whose comments describe each layout; so the same bits.
 */
final class VectorDequant {

    private static final VectorSpecies<Integer> I = VectorMath.ints();
    // The narrow species with as many lanes as a float vector: 8-lane floats need 64-bit bytes, the narrowest there is.
    private static final boolean WIDE_ENOUGH = LANES >= 8;
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE_ENOUGH ? LANES * 8 : 64));
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, LANES * 16)));

    private VectorDequant() {}

    /** Whether {@link #dequantize} has a loop for the type on this machine. */
    static boolean supports(BlockType type) {
        if (!WIDE_ENOUGH) return false;
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
            default -> false;
        };
    }

    /** Decodes {@code count} elements, whole blocks, from {@code source} to floats at {@code target}. */
    static void dequantize(BlockType type, long source, long target, int count) {
        switch (type) {
            case F32 -> copy(source, target, count);
            case F16 -> f16(source, target, count);
            case BF16 -> bf16(source, target, count);
            case Q8_0 -> q8(source, target, count);
            case Q4_0 -> q4(source, target, count, false);
            case Q4_1 -> q4(source, target, count, true);
            case Q5_0 -> q5(source, target, count, false);
            case Q5_1 -> q5(source, target, count, true);
            case Q4_K -> q4k(source, target, count);
            case Q5_K -> q5k(source, target, count);
            case Q6_K -> q6k(source, target, count);
            default -> throw new IllegalArgumentException(type.toString());
        }
    }

    private static void copy(long source, long target, int count) {
        java.lang.foreign.MemorySegment.copy(ALL, source, ALL, target, 4L * count);
    }

    private static void f16(long source, long target, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            IntVector h = ints(ShortVector.fromMemorySegment(S, ALL, source + 2L * i, LITTLE));
            store(VectorMath.halves(h), target + 4L * i);
        }
        for (; i < count; i++) Memory.f32(target + 4L * i, Memory.f16(source + 2L * i));
    }

    private static void bf16(long source, long target, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            IntVector h = ints(ShortVector.fromMemorySegment(S, ALL, source + 2L * i, LITTLE));
            store(h.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), target + 4L * i);
        }
        for (; i < count; i++) {
            Memory.f32(target + 4L * i, Float.intBitsToFloat(Memory.i16(source + 2L * i) << 16));
        }
    }

    private static void q8(long source, long target, int count) {
        for (int b = 0; b < count / 32; b++, source += 34, target += 128) {
            float d = Memory.f16(source);
            for (int i = 0; i < 32; i += LANES)
                store(floats(bytes(source + 2 + i)).mul(d), target + 4L * i);
        }
    }

    /** Q4_0 (18 bytes, offset 8) and Q4_1 (20 bytes, with a minimum). */
    private static void q4(long source, long target, int count, boolean minimum) {
        int header = minimum ? 4 : 2;
        for (int b = 0; b < count / 32; b++, source += header + 16, target += 128) {
            float d = Memory.f16(source);
            float m = minimum ? Memory.f16(source + 2) : 0;
            for (int i = 0; i < 16; i += LANES) {
                IntVector q = bytes(source + header + i);
                IntVector low = q.and(0xF);
                IntVector high = q.lanewise(VectorOperators.LSHR, 4).and(0xF);
                store(scaled(low, 8, d, m, minimum), target + 4L * i);
                store(scaled(high, 8, d, m, minimum), target + 64 + 4L * i);
            }
        }
    }

    /** Q5_0 (22 bytes, offset 16) and Q5_1 (24 bytes): as Q4 with the fifth bits in a 32-bit word. */
    private static void q5(long source, long target, int count, boolean minimum) {
        int header = minimum ? 4 : 2;
        for (int b = 0; b < count / 32; b++, source += header + 20, target += 128) {
            float d = Memory.f16(source);
            float m = minimum ? Memory.f16(source + 2) : 0;
            IntVector fifth = IntVector.broadcast(I, Memory.i32(source + header));
            for (int i = 0; i < 16; i += LANES) {
                IntVector q = bytes(source + header + 4 + i);
                IntVector at = IntVector.zero(I).addIndex(1).add(i);
                IntVector low = q.and(0xF).or(bit(fifth, at));
                IntVector high = q.lanewise(VectorOperators.LSHR, 4).and(0xF).or(bit(fifth, at.add(16)));
                store(scaled(low, 16, d, m, minimum), target + 4L * i);
                store(scaled(high, 16, d, m, minimum), target + 64 + 4L * i);
            }
        }
    }

    /** Bit {@code at} of each lane, moved to bit 4. */
    private static IntVector bit(IntVector word, IntVector at) {
        return word.lanewise(VectorOperators.LSHR, at).and(1).lanewise(VectorOperators.LSHL, 4);
    }

    private static FloatVector scaled(IntVector q, int offset, float d, float m, boolean minimum) {
        return minimum
                ? ((FloatVector) q.convert(VectorOperators.I2F, 0)).mul(d).add(m)
                : ((FloatVector) q.sub(offset).convert(VectorOperators.I2F, 0)).mul(d);
    }

    /** 256 elements in 144 bytes: d, dmin, twelve bytes of 6-bit scales and minima, 128 bytes of nibbles. */
    private static void q4k(long source, long target, int count) {
        for (int b = 0; b < count / 256; b++, source += 144, target += 1024) {
            float d = Memory.f16(source);
            float dmin = Memory.f16(source + 2);
            for (int pair = 0; pair < 4; pair++) {
                float d1 = d * scale(source + 4, 2 * pair);
                float m1 = dmin * minimum(source + 4, 2 * pair);
                float d2 = d * scale(source + 4, 2 * pair + 1);
                float m2 = dmin * minimum(source + 4, 2 * pair + 1);
                long to = target + 256L * pair;
                for (int i = 0; i < 32; i += LANES) {
                    IntVector q = bytes(source + 16 + 32L * pair + i);
                    store(floats(q.and(0xF)).mul(d1).sub(m1), to + 4L * i);
                    IntVector high = q.lanewise(VectorOperators.LSHR, 4).and(0xF);
                    store(floats(high).mul(d2).sub(m2), to + 128 + 4L * i);
                }
            }
        }
    }

    /** As Q4_K, with 32 bytes of fifth bits before the nibbles. */
    private static void q5k(long source, long target, int count) {
        for (int b = 0; b < count / 256; b++, source += 176, target += 1024) {
            float d = Memory.f16(source);
            float dmin = Memory.f16(source + 2);
            for (int pair = 0; pair < 4; pair++) {
                float d1 = d * scale(source + 4, 2 * pair);
                float m1 = dmin * minimum(source + 4, 2 * pair);
                float d2 = d * scale(source + 4, 2 * pair + 1);
                float m2 = dmin * minimum(source + 4, 2 * pair + 1);
                long to = target + 256L * pair;
                for (int i = 0; i < 32; i += LANES) {
                    IntVector q = bytes(source + 48 + 32L * pair + i);
                    IntVector h = bytes(source + 16 + i).lanewise(VectorOperators.LSHR, 2 * pair);
                    IntVector low = q.and(0xF).add(h.and(1).lanewise(VectorOperators.LSHL, 4));
                    IntVector high = q.lanewise(VectorOperators.LSHR, 4)
                            .and(0xF)
                            .add(h.and(2).lanewise(VectorOperators.LSHL, 3));
                    store(floats(low).mul(d1).sub(m1), to + 4L * i);
                    store(floats(high).mul(d2).sub(m2), to + 128 + 4L * i);
                }
            }
        }
    }

    /** The 6-bit scale of sub-block {@code j} of a Q4_K or Q5_K block: twelve bytes hold eight scales, eight minima. */
    private static float scale(long packed, int j) {
        if (j < 4) return Memory.i8(packed + j) & 63;
        return (Memory.i8(packed + j + 4) & 0xF) | (((Memory.i8(packed + j - 4) & 0xFF) >> 6) << 4);
    }

    private static float minimum(long packed, int j) {
        if (j < 4) return Memory.i8(packed + j + 4) & 63;
        return ((Memory.i8(packed + j + 4) & 0xFF) >> 4) | (((Memory.i8(packed + j) & 0xFF) >> 6) << 4);
    }

    /** 256 elements in 210 bytes: 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales, d. */
    private static void q6k(long source, long target, int count) {
        for (int b = 0; b < count / 256; b++, source += 210, target += 1024) {
            float d = Memory.f16(source + 208);
            for (int half = 0; half < 2; half++) {
                long ql = source + 64L * half;
                long qh = source + 128 + 32L * half;
                long scales = source + 192 + 8L * half;
                long to = target + 512L * half;
                for (int i = 0; i < 32; i += LANES) {
                    IntVector a = bytes(ql + i);
                    IntVector c = bytes(ql + 32 + i);
                    IntVector h = bytes(qh + i);
                    int s = i / 16;
                    six(a.and(0xF), h, 0, d * Memory.i8(scales + s), to + 4L * i);
                    six(c.and(0xF), h, 2, d * Memory.i8(scales + s + 2), to + 128 + 4L * i);
                    six(
                            a.lanewise(VectorOperators.LSHR, 4).and(0xF),
                            h,
                            4,
                            d * Memory.i8(scales + s + 4),
                            to + 256 + 4L * i);
                    six(
                            c.lanewise(VectorOperators.LSHR, 4).and(0xF),
                            h,
                            6,
                            d * Memory.i8(scales + s + 6),
                            to + 384 + 4L * i);
                }
            }
        }
    }

    private static void six(IntVector low, IntVector high, int shift, float d, long target) {
        IntVector q = high.lanewise(VectorOperators.LSHR, shift)
                .and(3)
                .lanewise(VectorOperators.LSHL, 4)
                .or(low)
                .sub(32);
        store(floats(q).mul(d), target);
    }

    private static IntVector bytes(long address) {
        return (IntVector) ByteVector.fromMemorySegment(B, ALL, address, LITTLE).castShape(I, 0);
    }

    private static IntVector ints(ShortVector v) {
        return (IntVector) v.castShape(I, 0);
    }

    private static FloatVector floats(IntVector v) {
        return (FloatVector) v.convert(VectorOperators.I2F, 0);
    }

    private static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, LITTLE);
    }
}

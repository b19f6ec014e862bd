package dev.dalang.engine.format;

import static dev.dalang.engine.format.LittleEndian.bits;
import static dev.dalang.engine.format.LittleEndian.f16;
import static dev.dalang.engine.format.LittleEndian.putBits;
import static dev.dalang.engine.format.LittleEndian.putF16;
import static dev.dalang.engine.format.LittleEndian.u32;

/**
 * The block types with one scale a block: an element is {@code scale * code} plus a constant.
 *
 * <p>Layouts are given as fields in order with their bytes. "Halves" means that byte j has the codes of element j (low
 * bits) and of element j + 16 (high bits).
 */
final class LinearBlocks {

    private LinearBlocks() {}

    /** scale f16 (2), codes of 1 bit (16): element j is bit j, 0 for -scale and 1 for +scale. */
    static void q1(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 128; j++) y[at + j] = bits(b[2 + j / 8], j % 8, 1) != 0 ? scale : -scale;
    }

    /** scale f16 (2), codes of 2 bits (16): element j is the j-th pair of bits; codes mean -1, 0, 1, 2. */
    static void q2(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 64; j++) y[at + j] = (bits(b[2 + j / 4], 2 * (j % 4), 2) - 1) * scale;
    }

    /** scale f16 (2), codes of 4 bits (16, halves), less 8. */
    static void q40(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 32; j++) y[at + j] = (nibble(b, 2, j) - 8) * scale;
    }

    /** scale f16 (2), minimum f16 (2), codes of 4 bits (16, halves). */
    static void q41(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        float minimum = f16(b, 2);
        for (int j = 0; j < 32; j++) y[at + j] = nibble(b, 4, j) * scale + minimum;
    }

    /** scale f16 (2), fifth bits (4, bit j of element j), lower bits (16, halves), less 16. */
    static void q50(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        int fifth = u32(b, 2);
        for (int j = 0; j < 32; j++) y[at + j] = (nibble(b, 6, j) + 16 * bits(fifth, j, 1) - 16) * scale;
    }

    /** scale f16 (2), minimum f16 (2), fifth bits (4, bit j of element j), lower bits (16, halves). */
    static void q51(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        float minimum = f16(b, 2);
        int fifth = u32(b, 4);
        for (int j = 0; j < 32; j++) y[at + j] = (nibble(b, 8, j) + 16 * bits(fifth, j, 1)) * scale + minimum;
    }

    /** scale f16 (2), codes of 8 bits, signed (32). */
    static void q80(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 32; j++) y[at + j] = b[2 + j] * scale;
    }

    /** scale f16 (2), scale times the sum of the codes f16 (2), codes of 8 bits, signed (32). */
    static void q81(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 32; j++) y[at + j] = b[4 + j] * scale;
    }

    /**
     * Ternary, five elements a byte: bytes (48) for elements 0..239, bytes (4) for the last 16, scale f16 (2).
     *
     * <p>A byte holds the digits t of a number 0.ttttt in base three, scaled to 256 and rounded up, so that the top digit
     * is {@code 3 * byte / 256} and a multiplication by three drops it. Digit n of byte m is element 32 n + m in the
     * first 32 bytes, 160 + 16 n + m in the next 16, and 240 + 4 n + m in the last four.
     */
    static void tq1(byte[] b, float[] y, int at) {
        float scale = f16(b, 52);
        for (int i = 0; i < 160; i++) y[at + i] = (trit(b[i % 32], i / 32) - 1) * scale;
        for (int i = 0; i < 80; i++) y[at + 160 + i] = (trit(b[32 + i % 16], i / 16) - 1) * scale;
        for (int i = 0; i < 16; i++) y[at + 240 + i] = (trit(b[48 + i % 4], i / 4) - 1) * scale;
    }

    private static final int[] POWERS_OF_THREE = {1, 3, 9, 27, 81};

    private static int trit(byte b, int digit) {
        return (((b * POWERS_OF_THREE[digit]) & 0xff) * 3) >> 8;
    }

    /** Ternary, codes of 2 bits (64) less 1, scale f16 (2). A run of 128 elements takes 32 bytes, 32 elements a pair of bits. */
    static void tq2(byte[] b, float[] y, int at) {
        float scale = f16(b, 64);
        for (int i = 0; i < 256; i++) y[at + i] = (twoBits(b, 0, i) - 1) * scale;
    }

    /** Code of element j where byte j % 16 has that of j below 16 in its low four bits, else in its high ones. */
    static int nibble(byte[] b, int from, int j) {
        return bits(b[from + j % 16], 4 * (j / 16), 4);
    }

    /** Code of element i of 256 where each run of 128 takes 32 bytes: the run's k-th 32 elements the k-th pair of bits. */
    static int twoBits(byte[] b, int from, int i) {
        return bits(b[from + i / 128 * 32 + i % 32], 2 * (i / 32 % 4), 2);
    }

    private static final Levels TERNARY = Levels.range(-1, 1);
    private static final Levels FOUR_BITS = Levels.range(-8, 7);
    private static final Levels FIVE_BITS = Levels.range(-16, 15);
    private static final Levels EIGHT_BITS = Levels.range(-127, 127); // not -128: kernels negate codes

    static void encodeQ40(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 32, FOUR_BITS);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 0, scale);
        for (int j = 0; j < 32; j++) putNibble(b, 2, j, FOUR_BITS.code(x[j] * inverse));
    }

    static void encodeQ41(float[] x, float[] w, byte[] b) {
        AffineFit fit = AffineFit.block(x, w, 15);
        float inverse = ScaleFit.inverse(fit.scale());
        putF16(b, 0, fit.scale());
        putF16(b, 2, fit.offset());
        for (int j = 0; j < 32; j++) putNibble(b, 4, j, AffineFit.code(x[j], inverse, fit.offset(), 15));
    }

    static void encodeQ50(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 32, FIVE_BITS);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 0, scale);
        for (int j = 0; j < 32; j++) putFiveBits(b, 2, j, FIVE_BITS.code(x[j] * inverse));
    }

    static void encodeQ51(float[] x, float[] w, byte[] b) {
        AffineFit fit = AffineFit.block(x, w, 31);
        float inverse = ScaleFit.inverse(fit.scale());
        putF16(b, 0, fit.scale());
        putF16(b, 2, fit.offset());
        for (int j = 0; j < 32; j++) putFiveBits(b, 4, j, AffineFit.code(x[j], inverse, fit.offset(), 31));
    }

    static void encodeQ80(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 32, EIGHT_BITS);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 0, scale);
        for (int j = 0; j < 32; j++) b[2 + j] = (byte) (EIGHT_BITS.code(x[j] * inverse) - 127);
    }

    static void encodeTq1(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 256, TERNARY);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 52, scale);
        for (int m = 0; m < 32; m++) b[m] = trits(x, m, 32, 5, inverse);
        for (int m = 0; m < 16; m++) b[32 + m] = trits(x, 160 + m, 16, 5, inverse);
        for (int m = 0; m < 4; m++) b[48 + m] = trits(x, 240 + m, 4, 4, inverse);
    }

    private static byte trits(float[] x, int from, int stride, int digits, float inverse) {
        int number = 0;
        for (int n = 0; n < 5; n++) {
            number = 3 * number + (n < digits ? TERNARY.code(x[from + n * stride] * inverse) : 0);
        }
        return (byte) ((number * 256 + 242) / 243);
    }

    static void encodeTq2(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 256, TERNARY);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 64, scale);
        for (int i = 0; i < 256; i++) putTwoBits(b, 0, i, TERNARY.code(x[i] * inverse));
    }

    /** The counterpart of {@link #nibble}. */
    static void putNibble(byte[] b, int from, int j, int code) {
        putBits(b, from + j % 16, 4 * (j / 16), code);
    }

    /** The counterpart of {@link #twoBits}. */
    static void putTwoBits(byte[] b, int from, int i, int code) {
        putBits(b, from + i / 128 * 32 + i % 32, 2 * (i / 32 % 4), code);
    }

    private static void putFiveBits(byte[] b, int from, int j, int code) {
        putBits(b, from + j / 8, j % 8, code >> 4);
        putNibble(b, from + 4, j, code & 15);
    }
}

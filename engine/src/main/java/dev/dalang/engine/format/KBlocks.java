package dev.dalang.engine.format;

import static dev.dalang.engine.format.LinearBlocks.putTwoBits;
import static dev.dalang.engine.format.LinearBlocks.twoBits;
import static dev.dalang.engine.format.LittleEndian.bits;
import static dev.dalang.engine.format.LittleEndian.f16;
import static dev.dalang.engine.format.LittleEndian.f32;
import static dev.dalang.engine.format.LittleEndian.putBits;
import static dev.dalang.engine.format.LittleEndian.putF16;

/**
 * The "K" types: super-blocks of 256 elements in groups of 16 or 32, each group with a small integer scale (and minimum)
 * that multiplies the super-block's own.
 *
 * <p>Layouts are given as fields in order with their bytes; i is an element's index in the super-block.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/pull/1684">k-quants</a>
 */
final class KBlocks {

    private KBlocks() {}

    /**
     * Groups of 16: scales of 4 bits with minimums of 4 bits above them (16), codes of 2 bits (64), scale f16 (2),
     * minimum f16 (2).
     */
    static void q2(byte[] b, float[] y, int at) {
        float scale = f16(b, 80);
        float minimum = f16(b, 82);
        for (int i = 0; i < 256; i++) {
            int group = b[i / 16];
            y[at + i] = scale * bits(group, 0, 4) * twoBits(b, 16, i) - minimum * bits(group, 4, 4);
        }
    }

    /**
     * Groups of 16: third bits (32), lower two bits (64), scales of 6 bits less 32 (12), scale f16 (2). Codes are less 4.
     * The third bit of element i is bit i / 32 of byte i % 32.
     */
    static void q3(byte[] b, float[] y, int at) {
        float scale = f16(b, 108);
        for (int i = 0; i < 256; i++) {
            int third = bits(b[i % 32], i / 32, 1);
            y[at + i] = scale * (q3Scale(b, 96, i / 16) - 32) * (twoBits(b, 32, i) + 4 * third - 4);
        }
    }

    /**
     * The 6-bit scale of one of 16 groups in 12 bytes: the lower four bits of group g lie in byte g % 8 (the low half for
     * g below 8), the upper two in byte 8 + g % 4, at bit 2 (g / 4).
     */
    private static int q3Scale(byte[] b, int from, int g) {
        int low = bits(b[from + g % 8], 4 * (g / 8), 4);
        int high = bits(b[from + 8 + g % 4], 2 * (g / 4), 2);
        return low + 16 * high;
    }

    /**
     * Groups of 32: scale f16 (2), minimum f16 (2), scales and minimums of 6 bits (12), codes of 4 bits (128). A run of 64
     * elements takes 32 bytes: the first 32 the low halves.
     */
    static void q4(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        float minimum = f16(b, 2);
        for (int i = 0; i < 256; i++) {
            int g = i / 32;
            y[at + i] = scale * scale6(b, 4, g) * fourBits(b, 16, i) - minimum * minimum6(b, 4, g);
        }
    }

    /**
     * As {@link #q4} with a fifth bit: scale f16 (2), minimum f16 (2), scales and minimums of 6 bits (12), fifth bits (32),
     * lower four bits (128). The fifth bit of element i is bit i / 32 of byte i % 32.
     */
    static void q5(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        float minimum = f16(b, 2);
        for (int i = 0; i < 256; i++) {
            int g = i / 32;
            int fifth = bits(b[16 + i % 32], g, 1);
            y[at + i] = scale * scale6(b, 4, g) * (fourBits(b, 48, i) + 16 * fifth) - minimum * minimum6(b, 4, g);
        }
    }

    /**
     * Groups of 16: lower four bits (128), upper two bits (64), scales of 8 bits, signed (16), scale f16 (2). Codes are
     * less 32. A run of 128 elements takes 64 bytes of the lower bits: its first 64 elements the low halves.
     */
    static void q6(byte[] b, float[] y, int at) {
        float scale = f16(b, 208);
        for (int i = 0; i < 256; i++) {
            int low = bits(b[i / 128 * 64 + i % 64], 4 * (i / 64 % 2), 4);
            int code = low + 16 * twoBits(b, 128, i) - 32;
            y[at + i] = scale * b[192 + i / 16] * code;
        }
    }

    /** scale f32 (4), codes of 8 bits, signed (256), sums of 16 codes (32). Made of activations, not found in models. */
    static void q8(byte[] b, float[] y, int at) {
        float scale = f32(b, 0);
        for (int i = 0; i < 256; i++) y[at + i] = scale * b[4 + i];
    }

    private static int fourBits(byte[] b, int from, int i) {
        return bits(b[from + i / 64 * 32 + i % 32], 4 * (i / 32 % 2), 4);
    }

    /**
     * The 6-bit scale of one of 8 groups in 12 bytes: of groups 0..3 the lower six bits of bytes 0..3, of groups 4..7 the
     * low half of bytes 8..11 and, above, the upper two bits of bytes 0..3.
     */
    private static int scale6(byte[] b, int from, int g) {
        return g < 4 ? bits(b[from + g], 0, 6) : bits(b[from + g + 4], 0, 4) + 16 * bits(b[from + g - 4], 6, 2);
    }

    /** The 6-bit minimum of a group: as {@link #scale6} in bytes 4..7 and the high half of bytes 8..11. */
    private static int minimum6(byte[] b, int from, int g) {
        return g < 4 ? bits(b[from + g + 4], 0, 6) : bits(b[from + g + 4], 4, 4) + 16 * bits(b[from + g], 6, 2);
    }

    private static final Levels THREE_BITS = Levels.range(-4, 3);
    private static final Levels SIX_BITS = Levels.range(-32, 31);

    static void encodeQ2(float[] x, float[] w, byte[] b) {
        AffineFit fit = AffineFit.superBlock(x, w, 16, 3, 15);
        putF16(b, 80, fit.scale());
        putF16(b, 82, fit.offset());
        for (int g = 0; g < 16; g++) b[g] = (byte) (fit.multiplier(g) + 16 * fit.minimum(g));
        for (int i = 0; i < 256; i++) putTwoBits(b, 16, i, code(x, fit, i, i / 16, 3));
    }

    static void encodeQ3(float[] x, float[] w, byte[] b) {
        int[] multipliers = new int[16];
        float scale = ScaleFit.superBlock(x, w, 16, THREE_BITS, multipliers, -32, 31);
        putF16(b, 108, scale);
        for (int g = 0; g < 16; g++) {
            int stored = multipliers[g] + 32;
            putBits(b, 96 + g % 8, 4 * (g / 8), stored & 15);
            putBits(b, 104 + g % 4, 2 * (g / 4), stored >> 4);
        }
        for (int i = 0; i < 256; i++) {
            int code = THREE_BITS.code(x[i] * ScaleFit.inverse(scale * multipliers[i / 16]));
            putTwoBits(b, 32, i, code & 3);
            putBits(b, i % 32, i / 32, code >> 2);
        }
    }

    static void encodeQ4(float[] x, float[] w, byte[] b) {
        AffineFit fit = AffineFit.superBlock(x, w, 32, 15, 63);
        putScales6(b, fit);
        for (int i = 0; i < 256; i++) putFourBits(b, 16, i, code(x, fit, i, i / 32, 15));
    }

    static void encodeQ5(float[] x, float[] w, byte[] b) {
        AffineFit fit = AffineFit.superBlock(x, w, 32, 31, 63);
        putScales6(b, fit);
        for (int i = 0; i < 256; i++) {
            int code = code(x, fit, i, i / 32, 31);
            putBits(b, 16 + i % 32, i / 32, code >> 4);
            putFourBits(b, 48, i, code & 15);
        }
    }

    static void encodeQ6(float[] x, float[] w, byte[] b) {
        int[] multipliers = new int[16];
        float scale = ScaleFit.superBlock(x, w, 16, SIX_BITS, multipliers, -128, 127);
        putF16(b, 208, scale);
        for (int g = 0; g < 16; g++) b[192 + g] = (byte) multipliers[g];
        for (int i = 0; i < 256; i++) {
            int code = SIX_BITS.code(x[i] * ScaleFit.inverse(scale * multipliers[i / 16]));
            putBits(b, i / 128 * 64 + i % 64, 4 * (i / 64 % 2), code & 15);
            putTwoBits(b, 128, i, code >> 4);
        }
    }

    private static int code(float[] x, AffineFit fit, int i, int group, int greatest) {
        float inverse = ScaleFit.inverse(fit.scale() * fit.multiplier(group));
        return AffineFit.code(x[i], inverse, -fit.offset() * fit.minimum(group), greatest);
    }

    private static void putFourBits(byte[] b, int from, int i, int code) {
        putBits(b, from + i / 64 * 32 + i % 32, 4 * (i / 32 % 2), code);
    }

    /** Scale, minimum and the groups' 6-bit ones, as {@link #scale6} and {@link #minimum6} read them. */
    private static void putScales6(byte[] b, AffineFit fit) {
        putF16(b, 0, fit.scale());
        putF16(b, 2, fit.offset());
        for (int g = 0; g < 4; g++) {
            b[4 + g] = (byte) (fit.multiplier(g) + (fit.multiplier(g + 4) >> 4 << 6));
            b[8 + g] = (byte) (fit.minimum(g) + (fit.minimum(g + 4) >> 4 << 6));
            b[12 + g] = (byte) (fit.multiplier(g + 4) % 16 + fit.minimum(g + 4) % 16 * 16);
        }
    }
}

package dev.dalang.engine.format;

import static dev.dalang.engine.format.LinearBlocks.nibble;
import static dev.dalang.engine.format.LinearBlocks.putNibble;
import static dev.dalang.engine.format.LittleEndian.bits;
import static dev.dalang.engine.format.LittleEndian.f16;
import static dev.dalang.engine.format.LittleEndian.putBits;
import static dev.dalang.engine.format.LittleEndian.putF16;
import static dev.dalang.engine.format.LittleEndian.u16;
import static dev.dalang.engine.format.LittleEndian.u32;
import static dev.dalang.engine.format.LittleEndian.u8;

/**
 * The block types whose codes are looked up: 4-bit floats, a 4-bit table, and the lattices of IQ1 to IQ3, where one code
 * stands for four or eight elements at a time and signs are kept apart.
 *
 * <p>Layouts are given as fields in order with their bytes. Lattice super-blocks have 256 elements in 8 groups g of 32;
 * k counts the runs of 8 in a group.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/pull/4773">IQ2 and its lattice, after QuIP#</a>
 * @see <a href="https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf">MXFP4</a>
 */
final class CodebookBlocks {

    /** By how much the points of IQ1 are shifted, up or down. */
    private static final float IQ1_SHIFT = 0.125f;

    private CodebookBlocks() {}

    /** exponent (1, scale 2^(e - 127)), E2M1 codes (16, element j and j + 16 in byte j). */
    static void mxfp4(byte[] b, float[] y, int at) {
        float halfScale = Math.scalb(1f, u8(b, 0) - 128); // the table holds twice the values
        for (int j = 0; j < 32; j++) y[at + j] = Codebooks.FP4[nibble(b, 1, j)] * halfScale;
    }

    /** Groups of 16: scales in unsigned E4M3 (4), E2M1 codes (32, eight bytes a group, element j and j + 8 in byte j). */
    static void nvfp4(byte[] b, float[] y, int at) {
        for (int g = 0; g < 4; g++) {
            float halfScale = unsignedE4m3(u8(b, g)) * 0.5f; // the table holds twice the values
            for (int j = 0; j < 16; j++) {
                int code = bits(b[4 + 8 * g + j % 8], 4 * (j / 8), 4);
                y[at + 16 * g + j] = Codebooks.FP4[code] * halfScale;
            }
        }
    }

    /** A float of 4 exponent bits (bias 7) and 3 fraction bits; the pattern of NaN counts as zero. */
    private static float unsignedE4m3(int e4m3) {
        if (e4m3 == 0x7f) return 0;
        int exponent = bits(e4m3, 3, 4);
        int fraction = bits(e4m3, 0, 3);
        return exponent == 0 ? Math.scalb((float) fraction, -9) : Math.scalb(1 + fraction / 8f, exponent - 7);
    }

    /** scale f16 (2), codes of 4 bits (16, element j and j + 16 in byte j). */
    static void iq4Nl(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int j = 0; j < 32; j++) y[at + j] = scale * Codebooks.IQ4[nibble(b, 2, j)];
    }

    /**
     * scale f16 (2), upper two bits of the groups' scales (2), lower four bits (4), codes of 4 bits (128, of each group
     * as in {@link #iq4Nl}). A group's scale is less 32.
     */
    static void iq4Xs(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            int low = bits(b[4 + g / 2], 4 * (g % 2), 4);
            int high = bits(u16(b, 2), 2 * g, 2);
            float groupScale = scale * (low + 16 * high - 32);
            for (int j = 0; j < 32; j++) y[at + 32 * g + j] = groupScale * Codebooks.IQ4[nibble(b, 8 + 16 * g, j)];
        }
    }

    /** scale f16 (2), groups (8 each): four points of 8 bits, then four times seven signs and a scale of 4 bits. */
    static void iq2Xxs(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            int from = 2 + 8 * g;
            int signsAndScale = u32(b, from + 4);
            float groupScale = scale * (0.5f + (signsAndScale >>> 28)) * 0.25f;
            for (int k = 0; k < 4; k++) {
                int signs = Codebooks.evenSigns(bits(signsAndScale, 7 * k, 7));
                run(groupScale, Codebooks.IQ2_XXS, u8(b, from + k), 8, signs, y, at + 32 * g + 8 * k);
            }
        }
    }

    /** scale f16 (2), runs (64, two bytes each): point of 9 bits, seven signs; scales of 4 bits, two a group (8). */
    static void iq2Xs(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            for (int k = 0; k < 4; k++) {
                float runScale = scale * (0.5f + bits(b[66 + g], 4 * (k / 2), 4)) * 0.25f;
                int code = u16(b, 2 + 8 * g + 2 * k);
                int signs = Codebooks.evenSigns(code >> 9);
                run(runScale, Codebooks.IQ2_XS, code & 511, 8, signs, y, at + 32 * g + 8 * k);
            }
        }
    }

    /**
     * scale f16 (2), lower eight bits of the points (32), signs (32), upper two bits of the points (8), scales of 4 bits,
     * two a group (8).
     */
    static void iq2S(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            for (int k = 0; k < 4; k++) {
                float runScale = scale * (0.5f + bits(b[74 + g], 4 * (k / 2), 4)) * 0.25f;
                int point = u8(b, 2 + 4 * g + k) + 256 * bits(b[66 + g], 2 * k, 2);
                run(runScale, Codebooks.IQ2_S, point, 8, b[34 + 4 * g + k], y, at + 32 * g + 8 * k);
            }
        }
    }

    /** scale f16 (2), points of 8 bits for four elements each (64), groups' signs and scales as in {@link #iq2Xxs} (32). */
    static void iq3Xxs(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            int signsAndScale = u32(b, 66 + 4 * g);
            float groupScale = scale * (0.5f + (signsAndScale >>> 28)) * 0.5f;
            for (int k = 0; k < 8; k++) {
                int signs = Codebooks.evenSigns(bits(signsAndScale, 7 * (k / 2), 7)) >> (4 * (k % 2));
                run(groupScale, Codebooks.IQ3_XXS, u8(b, 2 + 8 * g + k), 4, signs, y, at + 32 * g + 4 * k);
            }
        }
    }

    /**
     * scale f16 (2), lower eight bits of the points for four elements each (64), ninth bits (8), signs (32), scales of 4
     * bits (4).
     */
    static void iq3S(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            float groupScale = scale * (1 + 2 * bits(b[106 + g / 2], 4 * (g % 2), 4));
            for (int k = 0; k < 8; k++) {
                int point = u8(b, 2 + 8 * g + k) + 256 * bits(b[66 + g], k, 1);
                int signs = bits(b[74 + 4 * g + k / 2], 4 * (k % 2), 4);
                run(groupScale, Codebooks.IQ3_S, point, 4, signs, y, at + 32 * g + 4 * k);
            }
        }
    }

    /**
     * scale f16 (2), lower eight bits of the points (32), groups (16, two bytes each): four times three upper bits, scale
     * of 3 bits, and whether the points shift down.
     */
    static void iq1S(byte[] b, float[] y, int at) {
        float scale = f16(b, 0);
        for (int g = 0; g < 8; g++) {
            int high = u16(b, 34 + 2 * g);
            float groupScale = scale * (2 * bits(high, 12, 3) + 1);
            for (int k = 0; k < 4; k++) {
                int point = u8(b, 2 + 4 * g + k) + 256 * bits(high, 3 * k, 3);
                shifted(groupScale, point, bits(high, 15, 1) != 0, y, at + 32 * g + 8 * k);
            }
        }
    }

    /**
     * lower eight bits of the points (32), a nibble a run (16): three upper bits and whether the point shifts down; scales
     * (8): in each u16 four of 3 bits, one for 16 elements, and above them a quarter of the f16 scale.
     */
    static void iq1M(byte[] b, float[] y, int at) {
        int half = 0;
        for (int q = 0; q < 4; q++) half |= bits(u16(b, 48 + 2 * q), 12, 4) << (4 * q);
        float scale = Float.float16ToFloat((short) half);
        for (int g = 0; g < 8; g++) {
            for (int k = 0; k < 4; k++) {
                int nibble = bits(b[32 + 2 * g + k / 2], 4 * (k % 2), 4);
                int runScale = bits(u16(b, 48 + g / 2 * 2), 6 * (g % 2) + 3 * (k / 2), 3);
                int point = u8(b, 4 * g + k) + 256 * bits(nibble, 0, 3);
                shifted(scale * (2 * runScale + 1), point, bits(nibble, 3, 1) != 0, y, at + 32 * g + 8 * k);
            }
        }
    }

    /** Scales a point of {@code n} coordinates, negating those whose bit in {@code signs} is set. */
    private static void run(float scale, byte[] book, int point, int n, int signs, float[] y, int at) {
        for (int j = 0; j < n; j++) {
            float v = scale * book[point * n + j];
            y[at + j] = bits(signs, j, 1) != 0 ? -v : v;
        }
    }

    private static void shifted(float scale, int point, boolean down, float[] y, int at) {
        float shift = down ? -IQ1_SHIFT : IQ1_SHIFT;
        for (int j = 0; j < 8; j++) y[at + j] = scale * (Codebooks.IQ1[point * 8 + j] + shift);
    }

    private static final Levels IQ4_LEVELS = Levels.of(Codebooks.IQ4);
    private static final Levels FP4_LEVELS =
            Levels.of(new byte[] {-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12});

    static void encodeMxfp4(float[] x, float[] w, byte[] b) {
        float largest = 0;
        for (float v : x) largest = Math.max(largest, Math.abs(v));
        // The largest element lies at 4 to 6, the last powers of two; half or twice that may suit the others better.
        int near = Math.clamp(Math.getExponent(largest) - 2 + 127, 1, 253);
        int best = 0;
        double bestError = Double.MAX_VALUE;
        for (int exponent = near - 1; exponent <= near + 1; exponent++) {
            double error = ScaleFit.error(x, w, 0, 32, FP4_LEVELS, Math.scalb(1f, exponent - 128));
            if (error < bestError) {
                bestError = error;
                best = exponent;
            }
        }
        b[0] = (byte) best;
        float inverse = ScaleFit.inverse(Math.scalb(1f, best - 128));
        for (int j = 0; j < 32; j++) {
            int level = FP4_LEVELS.code(x[j] * inverse);
            putNibble(b, 1, j, level >= 7 ? level - 7 : 15 - level);
        }
    }

    static void encodeIq4Nl(float[] x, float[] w, byte[] b) {
        float scale = ScaleFit.fitHalf(x, w, 0, 32, IQ4_LEVELS);
        float inverse = ScaleFit.inverse(scale);
        putF16(b, 0, scale);
        for (int j = 0; j < 32; j++) putNibble(b, 2, j, IQ4_LEVELS.code(x[j] * inverse));
    }

    static void encodeIq4Xs(float[] x, float[] w, byte[] b) {
        int[] multipliers = new int[8];
        float scale = ScaleFit.superBlock(x, w, 32, IQ4_LEVELS, multipliers, -32, 31);
        putF16(b, 0, scale);
        for (int g = 0; g < 8; g++) {
            int stored = multipliers[g] + 32;
            putBits(b, 4 + g / 2, 4 * (g % 2), stored & 15);
            putBits(b, 2 + g / 4, 2 * (g % 4), stored >> 4);
            float inverse = ScaleFit.inverse(scale * multipliers[g]);
            for (int j = 0; j < 32; j++) {
                putNibble(b, 8 + 16 * g, j, IQ4_LEVELS.code(x[32 * g + j] * inverse));
            }
        }
    }
}

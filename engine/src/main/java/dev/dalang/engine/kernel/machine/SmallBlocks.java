package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.assembler.Mask;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;

/**
 * Readers of the types with one scale for 32 elements: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL and MXFP4. A run is a whole
 * block. In those of 4 bits, byte {@code j} of a block holds element {@code j} below and {@code j + 16} above; a fifth
 * bit of element {@code j} is bit {@code j} of a word of its own.
 */
final class SmallBlocks {

    /** The sixteen values of IQ4_NL: constants of the format. */
    private static final int[] IQ4_NL = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Twice the sixteen values of FP4 (E2M1; OCP Microscaling Formats 1.0). */
    private static final int[] MXFP4 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private SmallBlocks() {}

    /** The sixteen values of IQ4_NL or MXFP4 in every 128 bits, plus an offset. */
    static void codebook(Simd simd, Vec d, boolean exponent, int offset) {
        int[] values = exponent ? MXFP4 : IQ4_NL;
        int[] words = new int[4];
        for (int i = 0; i < 16; i++) words[i / 4] |= (values[i] + offset & 0xFF) << 8 * (i % 4);
        simd.broadcast(d, words[0], words[1], words[2], words[3]);
    }

    /** What all of them share: one run a block. */
    abstract static class Reader extends BlockReader {
        Reader(Simd simd, BlockType type, int firstRegister) {
            super(simd, type, firstRegister);
        }

        @Override
        int runElements() {
            return 32;
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            simd.halves(d, odd());
        }
    }

    static final class Q80 extends Reader {
        Q80(Simd simd, int firstRegister) {
            super(simd, BlockType.Q8_0, firstRegister);
        }

        @Override
        int registers() {
            return 1;
        }

        @Override
        int offset() {
            return signed() ? 0 : 128;
        }

        @Override
        int largest() {
            return 255;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x80808080);
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            // int8 x plus 128 is x with its sign bit turned over.
            if (signed()) simd.load(d, word(i));
            else simd.xor(d, own(0), word(i));
        }
    }

    /** Four bits, with a scale alone (Q4_0) or a minimum too (Q4_1). */
    static final class Q4 extends Reader {
        private final boolean minimum;

        Q4(Simd simd, boolean minimum, int firstRegister) {
            super(simd, minimum ? BlockType.Q4_1 : BlockType.Q4_0, firstRegister);
            this.minimum = minimum;
        }

        @Override
        int registers() {
            return 1;
        }

        @Override
        int offset() {
            return minimum ? 0 : 8;
        }

        @Override
        int largest() {
            return 15;
        }

        @Override
        boolean hasMinimum() {
            return minimum;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x0F0F0F0F);
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            if (!minimum) {
                super.scale(run, d, spare);
                return;
            }
            simd.load(spare, word(0));
            simd.lowHalves(d, spare);
        }

        @Override
        void minimum(int run, Vec d, Vec spare) {
            simd.load(spare, word(0));
            simd.highHalves(d, spare);
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            nibbles(i, (minimum ? 1 : 0), d, own(0));
        }
    }

    /** Five bits, with a scale alone (Q5_0) or a minimum too (Q5_1). */
    static final class Q5 extends Reader {
        private final boolean minimum;

        Q5(Simd simd, boolean minimum, int firstRegister) {
            super(simd, minimum ? BlockType.Q5_1 : BlockType.Q5_0, firstRegister);
            this.minimum = minimum;
        }

        @Override
        int registers() {
            return 3;
        }

        @Override
        int offset() {
            return minimum ? 0 : 16;
        }

        @Override
        int largest() {
            return 31;
        }

        @Override
        boolean hasMinimum() {
            return minimum;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x0F0F0F0F);
            simd.broadcast(own(1), 0x10101010);
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            if (!minimum) {
                super.scale(run, d, spare);
                return;
            }
            simd.load(spare, word(0));
            simd.lowHalves(d, spare);
        }

        @Override
        void minimum(int run, Vec d, Vec spare) {
            simd.load(spare, word(0));
            simd.highHalves(d, spare);
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            int fifth = minimum ? 1 : 0;
            nibbles(i, fifth + 1, d, own(0));
            // The byte of the fifth bits that has those of this word, to all four bytes; then each byte's own bit.
            int from = i / 2;
            simd.load(spare, word(fifth));
            a.vpshufb(
                    spare,
                    spare,
                    simd.lines(
                            0x01010101 * from,
                            0x01010101 * from + 0x04040404,
                            0x01010101 * from + 0x08080808,
                            0x01010101 * from + 0x0C0C0C0C));
            int bits = i % 2 == 0 ? 0x08040201 : 0x80402010;
            if (simd.wide()) {
                a.vptestmb(Mask.K1, spare, simd.lines(bits, bits, bits, bits));
                a.vpaddb(d.merge(Mask.K1), d, own(1));
            } else {
                a.vpand(spare, spare, simd.lines(bits, bits, bits, bits));
                a.vpcmpeqb(spare, spare, simd.lines(bits, bits, bits, bits));
                a.vpand(spare, spare, own(1));
                a.vpor(d, d, spare);
            }
        }
    }

    /** Four bits that choose from a table: IQ4_NL, with a half for a scale, and MXFP4, with an exponent. */
    static final class Codebook extends Reader {
        private final boolean exponent;

        Codebook(Simd simd, boolean exponent, int firstRegister) {
            super(simd, exponent ? BlockType.MXFP4 : BlockType.IQ4_NL, firstRegister);
            this.exponent = exponent;
        }

        @Override
        int registers() {
            return 2;
        }

        @Override
        int offset() {
            return signed() ? 0 : 128;
        }

        @Override
        int largest() {
            return 255;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x0F0F0F0F);
            codebook(simd, own(1), exponent, offset());
        }

        /**
         * MXFP4's scale is half of 2^(e-127), as its table is doubled: the float (e-1) &lt;&lt; 23, but for the two
         * subnormal ones of e = 0 and 1, which are 2^21 and 2^22 as integers and larger than what the formula gives.
         */
        @Override
        void scale(int run, Vec d, Vec spare) {
            if (!exponent) {
                super.scale(run, d, spare);
                return;
            }
            a.vpmovzxbd(d, odd());
            simd.broadcast(spare, 0x00200000);
            a.vpsllvd(spare, spare, d);
            a.vpminsd(spare, spare, simd.lanesOf(0x00400000));
            a.vpslld(d, d, 23);
            a.vpsubd(d, d, simd.lanesOf(0x00800000));
            a.vpmaxsd(d, d, spare);
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            nibbles(i, 0, d, own(0));
            a.vpshufb(d, own(1), d);
        }
    }
}

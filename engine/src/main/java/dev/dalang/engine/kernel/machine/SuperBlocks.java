package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;

/**
 * Readers of the types with blocks of 256 elements and a scale for every 16 or 32 of them: Q2_K to Q6_K and IQ4_XS. A
 * block's own factors and its packed scales are unpacked once, and kept in registers while its runs go by.
 */
final class SuperBlocks {

    private SuperBlocks() {}

    /**
     * Q4_K and Q5_K: 8 runs of 32, each with a scale and a minimum of 6 bits. Words: factors of both (two halves); 12
     * bytes of scales and minima; with five bits, 32 bytes of fifth bits; 128 bytes of four bits, of which a run takes
     * the lower or upper halves of 32.
     */
    static final class Q45 extends BlockReader {
        private final boolean fifth;

        Q45(Simd simd, boolean fifth, int firstRegister) {
            super(simd, fifth ? BlockType.Q5_K : BlockType.Q4_K, firstRegister);
            this.fifth = fifth;
        }

        @Override
        int registers() {
            return 7;
        }

        @Override
        int runElements() {
            return 32;
        }

        @Override
        int offset() {
            return 0;
        }

        @Override
        int largest() {
            return fifth ? 31 : 15;
        }

        @Override
        boolean hasMinimum() {
            return true;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x0F0F0F0F);
        }

        /**
         * Scale and minimum of run r, byte r mod 4 of a word: of the first four runs the lower six bits of words 1 and
         * 2; of the last four, four bits of word 3 below and the upper two bits of words 1 and 2 above.
         */
        @Override
        void block() {
            Vec d = own(1);
            Vec least = own(2);
            simd.load(least, word(0));
            simd.move(own(3), least);
            simd.lowHalves(d, own(3));
            simd.move(own(3), least);
            simd.highHalves(least, own(3));
            for (int kind = 0; kind < 2; kind++) {
                Vec first = own(3 + 2 * kind);
                Vec last = own(4 + 2 * kind);
                simd.load(first, word(1 + kind));
                a.vpsrld(last, first, 2);
                simd.and(last, last, simd.lanesOf(0x30303030));
                simd.and(first, first, simd.lanesOf(0x3F3F3F3F));
                // A word of memory through a register that is free until the runs begin.
                Vec low = scratch();
                simd.shiftRight(low, word(3), 4 * kind);
                simd.and(low, low, own(0));
                simd.or(last, last, low);
            }
            // Minima are subtracted.
            simd.negate(least);
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            byteAsFloat(d, own(run < 4 ? 3 : 4), run % 4);
            a.vmulps(d, d, own(1));
        }

        @Override
        void minimum(int run, Vec d, Vec spare) {
            byteAsFloat(d, own(run < 4 ? 5 : 6), run % 4);
            a.vmulps(d, d, own(2));
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            int at = (fifth ? 12 : 4) + 8 * (run / 2) + i;
            if (!fifth) {
                simd.shiftRight(d, word(at), run % 2 == 0 ? 0 : 4);
                simd.and(d, d, own(0));
                return;
            }
            // Bit `run` of the fifth bits' byte to bit 4; above it there may be others, which the mask takes away.
            simd.shiftRight(spare, word(4 + i), run - 4);
            simd.shiftRight(d, word(at), run % 2 == 0 ? 0 : 4);
            simd.select(d, own(0), spare);
            simd.and(d, d, simd.lanesOf(0x1F1F1F1F));
        }
    }

    /** Q6_K: 16 runs of 16, each with a scale of 8 bits, as {@link ArrangeKernel} leaves them; the factor is the odd part. */
    static final class Q6 extends BlockReader {
        Q6(Simd simd, int firstRegister) {
            super(simd, BlockType.Q6_K, firstRegister);
        }

        @Override
        int registers() {
            return 2;
        }

        @Override
        int runElements() {
            return 16;
        }

        @Override
        int offset() {
            return 32;
        }

        @Override
        int largest() {
            return 63;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x3F3F3F3F);
        }

        @Override
        void block() {
            simd.halves(own(1), odd());
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            signedByteAsFloat(d, word(ArrangeKernel.scales(run)), run % 4);
            a.vmulps(d, d, own(1));
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            int first = ArrangeKernel.first(run);
            if (i < 3) {
                simd.and(d, own(0), word(first + i));
                return;
            }
            simd.shiftRight(d, word(first), 6);
            simd.and(d, d, simd.lanesOf(0x03030303));
            simd.shiftRight(spare, word(first + 1), 4);
            simd.orMasked(d, spare, simd.lanesOf(0x0C0C0C0C));
            simd.shiftRight(spare, word(first + 2), 2);
            simd.orMasked(d, spare, simd.lanesOf(0x30303030));
        }
    }

    /**
     * Q2_K: 16 runs of 16, each with a scale and a minimum of 4 bits in one byte. Words: 16 of these bytes, 64 bytes of
     * two bits, then the two factors. Each half of the block is 32 bytes, of which each two bits are 32 elements.
     */
    static final class Q2 extends BlockReader {
        Q2(Simd simd, int firstRegister) {
            super(simd, BlockType.Q2_K, firstRegister);
        }

        @Override
        int registers() {
            return 4;
        }

        @Override
        int runElements() {
            return 16;
        }

        @Override
        int offset() {
            return 0;
        }

        @Override
        int largest() {
            return 3;
        }

        @Override
        boolean hasMinimum() {
            return true;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x03030303);
        }

        @Override
        void block() {
            simd.load(own(2), word(20));
            simd.move(own(3), own(2));
            simd.lowHalves(own(1), own(3));
            simd.move(own(3), own(2));
            simd.highHalves(own(2), own(3));
            simd.negate(own(2));
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            nibbleAsFloat(d, word(run / 4), 2 * (run % 4));
            a.vmulps(d, d, own(1));
        }

        @Override
        void minimum(int run, Vec d, Vec spare) {
            nibbleAsFloat(d, word(run / 4), 2 * (run % 4) + 1);
            a.vmulps(d, d, own(2));
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            int half = run / 8;
            int quarter = run % 8 / 2;
            simd.shiftRight(d, word(4 + 8 * half + 4 * (run % 2) + i), 2 * quarter);
            simd.and(d, d, own(0));
        }
    }

    /**
     * Q3_K: 16 runs of 16, each with a signed scale of 6 bits. Words: 32 bytes of third bits, bit n for the n-th 32
     * elements; 64 bytes of two bits as in Q2_K; 12 bytes of scales; the factor is the odd part.
     */
    static final class Q3 extends BlockReader {
        Q3(Simd simd, int firstRegister) {
            super(simd, BlockType.Q3_K, firstRegister);
        }

        @Override
        int registers() {
            return 7;
        }

        @Override
        int runElements() {
            return 16;
        }

        @Override
        int offset() {
            return 4;
        }

        @Override
        int largest() {
            return 7;
        }

        @Override
        void constants() {
            simd.broadcast(own(0), 0x03030303);
            simd.broadcast(own(1), 0x07070707);
        }

        /** Four scales a word: lower four bits from the first eight bytes, upper two from the last four. */
        @Override
        void block() {
            simd.halves(own(2), odd());
            Vec low = scratch();
            for (int four = 0; four < 4; four++) {
                Vec s = own(3 + four);
                simd.shiftRight(s, word(26), 2 * four - 4);
                simd.and(s, s, simd.lanesOf(0x30303030));
                simd.shiftRight(low, word(24 + four % 2), four < 2 ? 0 : 4);
                simd.and(low, low, simd.lanesOf(0x0F0F0F0F));
                simd.or(s, s, low);
            }
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            byteAsFloat(d, own(3 + run / 4), run % 4);
            a.vsubps(d, d, simd.lanesOf(Float.floatToRawIntBits(32)));
            a.vmulps(d, d, own(2));
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            int half = run / 8;
            int quarter = run % 8 / 2;
            int at = 4 * (run % 2) + i;
            simd.shiftRight(spare, word(at), run / 2 - 2);
            simd.shiftRight(d, word(8 + 8 * half + at), 2 * quarter);
            simd.select(d, own(0), spare);
            simd.and(d, d, own(1));
        }
    }

    /**
     * IQ4_XS: 8 runs of 32 with a signed scale of 6 bits, and the table of IQ4_NL. Words: the factor and the upper two
     * bits of the scales; their lower four bits; 128 bytes of four bits, 16 a run, as in IQ4_NL.
     */
    static final class Iq4Xs extends BlockReader {
        Iq4Xs(Simd simd, int firstRegister) {
            super(simd, BlockType.IQ4_XS, firstRegister);
        }

        @Override
        int registers() {
            return 3;
        }

        @Override
        int runElements() {
            return 32;
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
            SmallBlocks.codebook(simd, own(1), false, offset());
        }

        @Override
        void block() {
            simd.load(scratch(), word(0));
            simd.lowHalves(own(2), scratch());
        }

        @Override
        void scale(int run, Vec d, Vec spare) {
            simd.shiftRight(spare, word(0), 16 + 2 * run - 4);
            simd.and(spare, spare, simd.lanesOf(0x30));
            simd.shiftRight(d, word(1), 4 * run);
            simd.and(d, d, simd.lanesOf(0x0F));
            simd.or(d, d, spare);
            a.vcvtdq2ps(d, d);
            a.vsubps(d, d, simd.lanesOf(Float.floatToRawIntBits(32)));
            a.vmulps(d, d, own(2));
        }

        @Override
        void weights(int run, int i, Vec d, Vec spare) {
            nibbles(i, 2 + 4 * run, d, own(0));
            a.vpshufb(d, own(1), d);
        }
    }
}

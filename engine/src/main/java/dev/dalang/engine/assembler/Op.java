package dev.dalang.engine.assembler;

/**
 * A vector instruction as the manual writes it down, for example {@code EVEX.512.66.0F38.W0 50 /r} with tuple type
 * "full": Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapters 2.3 (VEX) and 2.7 (EVEX).
 *
 * @param vex there is a VEX form (AVX, AVX2, FMA, F16C, AVX-VNNI)
 * @param evex there is an EVEX form (AVX-512)
 * @param masks whether EVEX lets a mask choose what is written
 * @param minBits shortest vector that the instruction knows
 * @param maxBits longest vector that the instruction knows
 */
record Op(
        boolean vex,
        boolean evex,
        Prefix prefix,
        OpMap map,
        W w,
        int opcode,
        Tuple tuple,
        boolean masks,
        int minBits,
        int maxBits) {

    /** The mandatory prefix; the ordinal is the field {@code pp}. */
    enum Prefix {
        NP,
        P66,
        PF3,
        PF2
    }

    /** The opcode map; the ordinal plus one is the field {@code mmm}. */
    enum OpMap {
        M0F,
        M0F38,
        M0F3A
    }

    /** The bit that widens elements. */
    enum W {
        W0,
        W1,
        /** Ignored by VEX, one in EVEX. */
        WIG1
    }

    /**
     * How much memory the instruction reaches, from which EVEX takes the unit of a displacement that fits one byte:
     * section 2.7.5 of the manual.
     */
    enum Tuple {
        /** A vector; or, broadcast, one element of it (4 bytes, with W 8). */
        FULL(0),
        /** Half a vector of elements half as wide; or, broadcast, one of these (4 bytes). */
        HALF(0),
        /** A vector, never broadcast. */
        FULL_MEM(0),
        HALF_MEM(0),
        QUARTER_MEM(0),
        EIGHTH_MEM(0),
        BYTE(1),
        WORD(2),
        DWORD(4),
        QWORD(8),
        M128(16),
        M256(32);

        private final int fixed;

        Tuple(int fixed) {
            this.fixed = fixed;
        }

        boolean broadcasts() {
            return this == FULL || this == HALF;
        }

        /** Bytes that are read or written, for vectors of {@code bits}. */
        int bytes(int bits) {
            return switch (this) {
                case FULL, FULL_MEM -> bits / 8;
                case HALF, HALF_MEM -> bits / 16;
                case QUARTER_MEM -> bits / 32;
                case EIGHTH_MEM -> bits / 64;
                default -> fixed;
            };
        }
    }

    /** VEX where it can be said that way, EVEX where it must. */
    static Op both(Prefix prefix, OpMap map, W w, int opcode, Tuple tuple) {
        return new Op(true, true, prefix, map, w, opcode, tuple, true, 128, 512);
    }

    /** AVX-512 alone. */
    static Op evex(Prefix prefix, OpMap map, W w, int opcode, Tuple tuple) {
        return new Op(false, true, prefix, map, w, opcode, tuple, true, 128, 512);
    }

    /** AVX and AVX2 alone: whole vectors of registers below 16. */
    static Op vex(Prefix prefix, OpMap map, W w, int opcode, Tuple tuple) {
        return new Op(true, false, prefix, map, w, opcode, tuple, false, 128, 256);
    }

    /** The same for vectors of at least {@code bits}. */
    Op from(int bits) {
        return new Op(vex, evex, prefix, map, w, opcode, tuple, masks, bits, maxBits);
    }

    /** The same for vectors of {@code bits} alone: 128 for instructions on one element. */
    Op only(int bits) {
        return new Op(vex, evex, prefix, map, w, opcode, tuple, masks, bits, bits);
    }

    /** The same, always writing all elements. */
    Op unmasked() {
        return new Op(vex, evex, prefix, map, w, opcode, tuple, false, minBits, maxBits);
    }

    /** The same without its VEX form. */
    Op evexOnly() {
        return new Op(false, evex, prefix, map, w, opcode, tuple, masks, minBits, maxBits);
    }
}

package dev.dalang.engine.assembler;

import java.util.Locale;

/** The mask registers of AVX-512: a bit an element. K0 can be computed with, but as a write mask it stands for none. */
public enum Mask implements Operand.Register {
    K0,
    K1,
    K2,
    K3,
    K4,
    K5,
    K6,
    K7;

    @Override
    public int number() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.dalang.engine.assembler;

import java.util.Locale;

/** The general registers: sixteen of 64 bits, and their lower halves. Writing a lower half clears the upper one. */
public enum Gp implements GpMem, Operand.Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    EAX,
    ECX,
    EDX,
    EBX,
    ESP,
    EBP,
    ESI,
    EDI,
    R8D,
    R9D,
    R10D,
    R11D,
    R12D,
    R13D,
    R14D,
    R15D;

    private static final Gp[] ALL = values();

    @Override
    public int number() {
        return ordinal() & 15;
    }

    /** Whether this is a register of 64 bits. */
    public boolean is64() {
        return ordinal() < 16;
    }

    /** The same register in 64 bits. */
    public Gp r64() {
        return ALL[number()];
    }

    /** The same register's lower 32 bits. */
    public Gp r32() {
        return ALL[number() + 16];
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.dalang.engine.assembler;

/** What a jump or a conditional move depends on, in the order of the encoding. Above/below compare unsigned, greater/less signed. */
public enum Cond {
    /** Overflow. */
    O,
    NO,
    /** Below, carry. */
    B,
    AE,
    /** Equal, zero. */
    E,
    NE,
    BE,
    A,
    /** Sign. */
    S,
    NS,
    /** Parity: after a comparison of floats, unordered. */
    P,
    NP,
    /** Less. */
    L,
    GE,
    LE,
    /** Greater. */
    G
}

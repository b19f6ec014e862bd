package dev.dalang.engine.assembler;

/** A vector register or memory. */
public sealed interface VecMem extends Operand permits Vec, Mem {}

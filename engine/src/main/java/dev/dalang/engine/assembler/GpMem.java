package dev.dalang.engine.assembler;

/** A general register or memory. */
public sealed interface GpMem extends Operand permits Gp, Mem {}

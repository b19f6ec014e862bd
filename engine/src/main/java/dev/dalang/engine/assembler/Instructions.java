package dev.dalang.engine.assembler;

/** A group of instructions; each method is named after the mnemonic and appends one instruction. */
interface Instructions {

    Encoder encoder();
}

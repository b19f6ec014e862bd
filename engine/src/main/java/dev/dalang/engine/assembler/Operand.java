package dev.dalang.engine.assembler;

/** What an instruction works on. {@code toString} is the operand in Intel syntax. */
public sealed interface Operand permits Operand.Register, VecMem, GpMem {

    /** An operand that is a number in the encoding. */
    sealed interface Register extends Operand permits Gp, Vec, Mask, Tile {

        /** The register's number, as the encoding counts. */
        int number();
    }
}

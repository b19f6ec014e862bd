package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.assembler.Gp;
import dev.dalang.engine.assembler.Mem;

/** One of the 64-bit words that a kernel takes: an enum has them in their order in memory. */
public interface Word {

    int ordinal();

    /** Where it is, seen from the register that holds the words' address. */
    default Mem at(Gp base) {
        return Mem.mem(base, Long.BYTES * ordinal());
    }

    /** Where it is in memory, in bytes from the first. */
    default long offset() {
        return (long) Long.BYTES * ordinal();
    }
}

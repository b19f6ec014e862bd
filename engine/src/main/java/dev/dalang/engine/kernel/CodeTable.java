package dev.dalang.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Codes by number, each made when it is first run: a model uses a few of many, and a start should not wait for the rest.
 * Any thread may ask; two that ask first get the same code from {@link MachineKernels}.
 */
final class CodeTable {
    private final @Nullable MemorySegment[] codes;
    private final IntFunction<MemorySegment> maker;

    /** @param maker gives the same code each time */
    CodeTable(int size, IntFunction<MemorySegment> maker) {
        codes = new MemorySegment[size];
        this.maker = maker;
    }

    int size() {
        return codes.length;
    }

    MemorySegment get(int number) {
        MemorySegment code = codes[number];
        if (code == null) codes[number] = code = maker.apply(number);
        return code;
    }
}

package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Mem.mem;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The instructions CPUID and XGETBV, called. */
final class Cpuid {

    private static final int EXTENDED = 0x8000_0000;

    private final MemorySegment cpuid;
    private final MemorySegment xgetbv;
    private final MemorySegment answer;

    /** @param arena keeps the code; only its thread may call when it is confined */
    Cpuid(Arena arena) throws MachineCodeException {
        Assembler a = new Assembler();
        Label leaf = a.here();
        a.push(Gp.RBX); // CPUID writes it, and the caller expects it back
        a.mov(Gp.EAX, Gp.EDI);
        a.mov(Gp.ECX, Gp.ESI);
        a.mov(Gp.R8, Gp.RDX);
        a.cpuid();
        a.mov(mem(Gp.R8), Gp.EAX);
        a.mov(mem(Gp.R8, 4), Gp.EBX);
        a.mov(mem(Gp.R8, 8), Gp.ECX);
        a.mov(mem(Gp.R8, 12), Gp.EDX);
        a.pop(Gp.RBX);
        a.ret();
        a.align(16);
        Label state = a.here();
        a.xor(Gp.ECX, Gp.ECX);
        a.xgetbv();
        a.shl(Gp.RDX, 32);
        a.or(Gp.RAX, Gp.RDX);
        a.ret();
        MachineCode code = MachineCode.load(a, arena);
        cpuid = code.entry(leaf);
        xgetbv = code.entry(state);
        answer = arena.allocate(16, 4);
    }

    /** EAX, EBX, ECX and EDX; zeros when the processor does not know the leaf. */
    int[] leaf(int leaf, int subleaf) {
        int[] highest = ask(leaf & EXTENDED, 0);
        if (Integer.compareUnsigned(leaf, highest[0]) > 0) return new int[4];
        return ask(leaf, subleaf);
    }

    private int[] ask(int leaf, int subleaf) {
        NativeCall.call(cpuid, leaf, subleaf, answer.address(), 0, 0, 0);
        return answer.toArray(ValueLayout.JAVA_INT);
    }

    /** XCR0: which parts of the registers the system saves. To be asked only when OSXSAVE is announced. */
    long savedState() {
        return NativeCall.call(xgetbv, 0);
    }
}

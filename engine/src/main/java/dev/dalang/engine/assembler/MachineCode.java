package dev.dalang.engine.assembler;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * Assembled code in memory that can be executed. It is written first and made executable then, never both at once.
 *
 * <p>Functions follow the System V calling convention, as C does on Linux and macOS: integers and pointers come in RDI,
 * RSI, RDX, RCX, R8, R9 (from the seventh on at [rsp + 8], [rsp + 16], …), floats in XMM0 to XMM7; the result goes in
 * RAX or XMM0. RBX, RBP, R12 to R15 and RSP must be as they were on return; all vector and mask registers may be
 * changed. A function that touched upper halves ends with {@code vzeroupper}, one that configured tiles with
 * {@code tilerelease}.
 *
 * <p>The code checks nothing: a handle made from it must be called with memory that is there.
 */
public final class MachineCode {

    /** Size of a page; larger ones are multiples of it where the system has them. */
    private static final long PAGE = 4096;

    private static final byte BREAKPOINT = (byte) 0xCC;

    private final MemorySegment code;
    private final int size;

    private MachineCode(MemorySegment code, int size) {
        this.code = code;
        this.size = size;
    }

    /**
     * Makes what was assembled executable.
     *
     * @param arena frees it when closed, which fails while a call is running. Kernels that live as long as the process
     *     take {@link Arena#global()}: a call then need not hold on to the arena. A confined arena confines the calls.
     * @throws MachineCodeException when this system or JVM does not allow it
     */
    public static MachineCode load(Assembler assembler, Arena arena) throws MachineCodeException {
        byte[] bytes = assembler.toBytes();
        if (bytes.length == 0) throw new IllegalArgumentException("no code");
        SystemCalls system = SystemCalls.open();
        MemorySegment pages = system.map((bytes.length + PAGE - 1) / PAGE * PAGE);
        try {
            byte[] whole = Arrays.copyOf(bytes, (int) pages.byteSize());
            Arrays.fill(whole, bytes.length, whole.length, BREAKPOINT);
            MemorySegment.copy(whole, 0, pages, ValueLayout.JAVA_BYTE, 0, whole.length);
            system.makeExecutable(pages);
        } catch (MachineCodeException e) {
            system.unmap(pages);
            throw e;
        }
        return new MachineCode(owned(pages, arena, system), bytes.length);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment owned(MemorySegment pages, Arena arena, SystemCalls system) {
        return pages.reinterpret(arena, system::unmap);
    }

    /** Bytes of code. */
    public int size() {
        return size;
    }

    /**
     * Where the code starts, for a handle that takes the function's address as its first argument: one such handle in
     * a constant calls any number of functions of its type, and the JIT compiles each call in place.
     */
    public MemorySegment entry() {
        return code;
    }

    /**
     * The function that starts at the label.
     *
     * @param type arguments and result, values of the JDK's {@code ValueLayout}s
     * @param options {@code Linker.Option.critical(false)} saves some nanoseconds of a call and holds up the garbage
     *     collector while it runs: for calls of a few microseconds at most
     */
    public MethodHandle function(Label entry, FunctionDescriptor type, Linker.Option... options)
            throws MachineCodeException {
        return SystemCalls.function(entry(entry), type, options);
    }

    /** Where the code after the label lies. */
    MemorySegment entry(Label label) {
        return code.asSlice(label.position());
    }

    /** The function at the start of the code. */
    public MethodHandle function(FunctionDescriptor type, Linker.Option... options) throws MachineCodeException {
        return SystemCalls.function(code, type, options);
    }
}

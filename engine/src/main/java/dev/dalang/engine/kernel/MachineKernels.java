package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.MachineCode;
import dev.dalang.engine.assembler.MachineCodeException;
import dev.dalang.engine.assembler.NativeCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The kernels of machine code of one processor, made when first asked for and kept as long as the process. */
final class MachineKernels {

    /**
     * Calls code that is done within microseconds, with what it works on in registers; the first two integers after the
     * sixth lie on the stack. Critical, as the call would else cost more than the work.
     */
    @SuppressWarnings("restricted")
    private static final MethodHandle SHORT = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_FLOAT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_FLOAT,
                            ValueLayout.JAVA_FLOAT),
                    Linker.Option.critical(false));

    private static final Map<CpuFeatures, MachineKernels> ALL = new ConcurrentHashMap<>();

    private final CpuFeatures cpu;
    private final Map<Object, MemorySegment> code = new ConcurrentHashMap<>();

    private MachineKernels(CpuFeatures cpu) {
        this.cpu = cpu;
    }

    static MachineKernels of(CpuFeatures cpu) {
        return ALL.computeIfAbsent(cpu, MachineKernels::new);
    }

    CpuFeatures cpu() {
        return cpu;
    }

    /** The code of that name, assembled by {@code maker} when it is not there yet. */
    MemorySegment get(Object name, Function<CpuFeatures, Assembler> maker) {
        MemorySegment known = code.get(name);
        return known != null ? known : code.computeIfAbsent(name, n -> load(maker.apply(cpu)));
    }

    private static MemorySegment load(Assembler assembler) {
        try {
            return MachineCode.load(assembler, Arena.global()).entry();
        } catch (MachineCodeException e) {
            // The tier was chosen after code had been loaded once.
            throw new IllegalStateException("machine code cannot be loaded any more: " + e.getMessage(), e);
        }
    }

    /** Runs code that takes the address of its arguments. Not a critical call: a product may take milliseconds. */
    static void call(MemorySegment code, long arguments) {
        long _ = NativeCall.call(code, arguments);
    }

    /** Runs code that is done within microseconds. */
    static void callShort(MemorySegment code, long a, long b, long c, long d, long e, float f, float g) {
        callShort(code, a, b, c, d, e, 0, 0, 0, f, g);
    }

    /** Runs code that is done within microseconds; the result means something only where the code says so. */
    static float callShort(
            MemorySegment code, long a, long b, long c, long d, long e, long f, long g, long h, float x, float y) {
        try {
            return (float) SHORT.invokeExact(code, a, b, c, d, e, f, g, h, x, y);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }
}

package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.MachineCode;
import dev.dalang.engine.assembler.MachineCodeException;
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

    /** Calls code that takes the address of its arguments. Not a critical call: a product may take milliseconds. */
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

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

    /** Runs code. */
    static void call(MemorySegment code, long arguments) {
        try {
            CALL.invokeExact(code, arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}

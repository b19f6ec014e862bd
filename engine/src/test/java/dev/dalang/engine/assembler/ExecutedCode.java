package dev.dalang.engine.assembler;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

/** What tests that run assembled code share: a page that goes after each test, and random operands. */
abstract class ExecutedCode {

    private static final CpuFeatures cpu = CpuFeatures.detect();

    final Arena arena = Arena.ofConfined();
    final Assembler a = new Assembler();
    final Random random = new Random(11);

    @BeforeAll
    static void detect() {
        Assumptions.assumeFalse(cpu.features().isEmpty(), () -> "no machine code here: " + cpu.notes());
    }

    @AfterEach
    void free() {
        arena.close();
    }

    static void require(CpuFeature... features) {
        Assumptions.assumeTrue(cpu.hasAll(features), () -> "this processor lacks one of " + List.of(features));
    }

    MethodHandle load(FunctionDescriptor type) throws MachineCodeException {
        return MachineCode.load(a, arena).function(type, Linker.Option.critical(false));
    }

    static FunctionDescriptor returning(MemoryLayout result, MemoryLayout... arguments) {
        return FunctionDescriptor.of(result, arguments);
    }

    MemorySegment bytes(int count) {
        MemorySegment s = arena.allocate(count, 64);
        for (int i = 0; i < count; i++) s.set(JAVA_BYTE, i, (byte) random.nextInt());
        return s;
    }
}

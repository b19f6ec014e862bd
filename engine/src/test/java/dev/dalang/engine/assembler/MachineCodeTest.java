package dev.dalang.engine.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where code lies, and with what rights. */
class MachineCodeTest {

    private static final Path MAPS = Path.of("/proc/self/maps");

    @BeforeAll
    static void runsHere() {
        CpuFeatures cpu = CpuFeatures.detect();
        Assumptions.assumeFalse(cpu.features().isEmpty(), () -> "no machine code here: " + cpu.notes());
    }

    /** A function that returns its own address. */
    private static MethodHandle self(Arena arena) throws MachineCodeException {
        Assembler a = new Assembler();
        Label start = a.here();
        a.lea(Gp.RAX, Mem.mem(start));
        a.ret();
        return MachineCode.load(a, arena).function(FunctionDescriptor.of(ValueLayout.JAVA_LONG));
    }

    /** The rights of the mapping at this address, for example r-xp. */
    private static Optional<String> rights(long address) throws IOException {
        Assumptions.assumeTrue(Files.exists(MAPS), "no " + MAPS);
        for (String line : Files.readAllLines(MAPS)) {
            String[] range = line.substring(0, line.indexOf(' ')).split("-");
            if (Long.parseUnsignedLong(range[0], 16) <= address && address < Long.parseUnsignedLong(range[1], 16)) {
                return Optional.of(line.split(" +")[1]);
            }
        }
        return Optional.empty();
    }

    @Test
    void codeCanBeExecutedAndNotWritten() throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(rights((long) self(arena).invokeExact())).contains("r-xp");
        }
    }

    @Test
    void pagesGoWithTheArena() throws Throwable {
        MethodHandle self;
        long address;
        try (Arena arena = Arena.ofShared()) {
            self = self(arena);
            address = (long) self.invokeExact();
        }
        assertThat(rights(address)).isNotEqualTo(Optional.of("r-xp"));
        assertThatThrownBy(() -> {
                    long unused = (long) self.invokeExact();
                })
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void longCodeFillsSeveralPages() throws Throwable {
        Assembler a = new Assembler();
        a.xor(Gp.EAX, Gp.EAX);
        for (int i = 0; i < 5000; i++) a.add(Gp.RAX, Gp.RDI);
        a.ret();
        assertThat(a.size()).isGreaterThan(3 * 4096);
        try (Arena arena = Arena.ofConfined()) {
            MachineCode code = MachineCode.load(a, arena);
            assertThat(code.size()).isEqualTo(a.size());
            MethodHandle handle = code.function(FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
            assertThat((long) handle.invokeExact(3L)).isEqualTo(15_000);
        }
    }

    @Test
    void noCodeIsNoFunction() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> MachineCode.load(new Assembler(), arena))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A JVM that denies native calls is no reason to fail: the features are empty and say why. */
    @Test
    void deniedAccessIsAReason() throws Exception {
        String classes = String.join(
                File.pathSeparator,
                List.of(where(MachineCode.class), where(MachineCodeTest.class), where(DalangException.class)));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--illegal-native-access=deny",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classes + File.pathSeparator + "target/test-classes",
                        Denied.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).startsWith("[] [").contains("--enable-native-access=dev.dalang.engine");
    }

    private static String where(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }

    /** What the child JVM runs. */
    static final class Denied {

        private Denied() {}

        public static void main(String[] args) {
            CpuFeatures cpu = CpuFeatures.detect();
            System.out.println(cpu.names() + " " + cpu.notes());
        }
    }
}

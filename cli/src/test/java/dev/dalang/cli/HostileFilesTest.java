package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every malformed GGUF of the shared collection, as a user meets it: one line, the exit code, and no heap for nothing. */
@Timeout(120)
class HostileFilesTest {

    /** More than a harmless file of the same size takes: what a count, a length or an offset of the file can have caused. */
    private static final long ALLOCATED_MAX_BYTES = 5 << 20;

    @TempDir
    Path home;

    private long usual;

    @TestFactory
    List<DynamicTest> commands() throws IOException {
        Path folder = Path.of(System.getProperty("dalang.shared", "../shared"), "external/hostile-files");
        assumeTrue(Files.exists(folder), folder + " is not here");
        List<?> cases = (List<?>) Json.parse(Files.readString(folder.resolve("manifest.json")), "manifest.json");
        List<DynamicTest> tests = new ArrayList<>();
        for (Object o : cases) {
            Map<?, ?> c = (Map<?, ?>) o;
            if (!c.get("format").equals("gguf")) continue;
            Path file = folder.resolve("files").resolve(String.valueOf(c.get("file")));
            String level = String.valueOf(c.get("level"));
            tests.add(DynamicTest.dynamicTest("show " + file.getFileName(), () -> show(file, level)));
            tests.add(DynamicTest.dynamicTest("run " + file.getFileName(), () -> run(file, level)));
        }
        assertThat(tests).hasSizeGreaterThan(150);
        // What a process allocates once, whatever the file, is not the files' affair.
        Path harmless = home.resolve("harmless.gguf");
        assertThat(new Shell(home).run("debug", "model", harmless).code()).isZero();
        assertThat(new Shell(home).run("run", harmless, "-n", "2", "hello").code())
                .isZero();
        // A file that was not used before is looked at more closely.
        Path other = Files.copy(harmless, home.resolve("other.gguf"));
        usual = allocated(() -> new Shell(home).run("run", other, "--raw", "-n", "2", "-t", "1", "hello"));
        return tests;
    }

    private void show(Path file, String level) {
        Shell.Result result = measured(file, "show", file);
        if (level.equals("structure")) assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        if (level.equals("valid")) assertThat(result.code()).isZero();
    }

    private void run(Path file, String level) {
        Shell.Result result = measured(file, "run", file, "--raw", "-n", "2", "-t", "1", "hello");
        if (level.equals("structure") || level.equals("model")) {
            assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        }
    }

    /** Bytes that this thread allocates. */
    private static long allocated(Runnable work) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        work.run();
        return thread.getCurrentThreadAllocatedBytes() - before;
    }

    private Shell.Result measured(Path file, Object... command) {
        Shell.Result[] results = new Shell.Result[1];
        long bytes = allocated(() -> results[0] = new Shell(home).run(command));
        Shell.Result result = results[0];
        assertThat(bytes).isLessThan(usual + ALLOCATED_MAX_BYTES);
        assertThat(result.code()).isIn(ExitCode.DONE, ExitCode.FAILED);
        assertThat(result.err()).doesNotContain("internal error", "Exception", "\tat ");
        if (result.code() != ExitCode.DONE) {
            assertThat(result.err().lines())
                    .singleElement()
                    .asString()
                    // What only shows in the numbers is said of the model.
                    .containsAnyOf(file.getFileName().toString(), "the model produced NaN logits");
        }
        return result;
    }
}

package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.KvRows;
import dev.dalang.hub.fit.Memory;
import dev.dalang.hub.fit.ModelShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The estimate of memory against loads of real files. */
class FitAgainstLoadTest {

    private static final Pattern HIGH_WATER = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    @TempDir
    Path folder;

    @Test
    void aPageIsTheEnginesPage() {
        assertThat(Memory.PAGE).isEqualTo(KvRows.PAGE);
    }

    /** What a sequence holds is known to the byte, in every type of cache. */
    @Test
    void theCacheIsExact() {
        Path file = folder.resolve("tiny.gguf");
        PullChecksTest.TinyLlama.write(file, "mit", 3, 256, 256, 300);
        for (BlockType type : List.of(BlockType.F32, BlockType.F16, BlockType.Q8_0)) {
            ModelSource source = ModelFiles.open(file);
            ModelShape shape = FileShape.of("tiny", source, 1);
            try (ModelRunner runner = Engine.runner(source, LoadOptions.DEFAULT.withCacheType(type));
                    Sequence s = runner.newSequence()) {
                runner.evaluate(s, new int[77], ModelRunner.Progress.NONE, Cancellation.NONE);
                assertThat(s.bytes()).as(type.name()).isEqualTo(Memory.cacheBytes(shape, 77, type));
            }
        }
    }

    /** Golden models of many families: what the header promises is what a sequence takes. */
    @Test
    void theCacheIsExactForEveryFamilyAtHand() throws IOException {
        Path golden = Path.of(System.getProperty("dalang.shared", "../shared"), "golden", "models");
        assumeTrue(Files.isDirectory(golden), "the shared golden models are not here");
        int checked = 0;
        try (var files = Files.list(golden)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".f32.gguf"))
                    .sorted()
                    .toList()) {
                ModelSource source = ModelFiles.open(file);
                ModelShape shape = FileShape.of("golden", source, 1);
                try (ModelRunner runner = Engine.runner(source, LoadOptions.DEFAULT)) {
                    if (runner.decoder().bidirectional()) continue;
                    try (Sequence s = runner.newSequence()) {
                        runner.evaluate(s, new int[33], ModelRunner.Progress.NONE, Cancellation.NONE);
                        assertThat(s.bytes())
                                .as(file.toString())
                                .isEqualTo(Memory.cacheBytes(shape, 33, BlockType.F16));
                    }
                }
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(10);
    }

    /** The whole process, as the system counts it, without the launcher's cache of classes: that needs jars. */
    @Test
    void theTotalIsWithinFivePercentOfAProcess() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "this system does not say what a process takes");
        Path file = folder.resolve("model.gguf");
        PullChecksTest.TinyLlama.write(file, "mit", 16, 1024, 4096, 8192);
        long estimate;
        try (ModelSource source = ModelFiles.open(file)) {
            ModelShape shape = FileShape.of("model", source, ModelFiles.tensorBytes(source));
            estimate = Memory.of(shape, 66, 1, BlockType.F16, LoadOptions.DEFAULT.batch(), 0)
                            .total()
                    - Memory.CLASS_CACHE;
        }
        // The middle of three: how much of its heap a JVM touches depends on when the system lets its collector run.
        long[] runs = new long[3];
        for (int i = 0; i < runs.length; i++) runs[i] = run("bench", file.toString(), "-p", "64", "-n", "2", "-r", "1");
        Arrays.sort(runs);
        long taken = runs[1];
        assertThat((double) estimate / taken)
                .as("estimated " + estimate + ", taken " + taken)
                .isBetween(0.95, 1.05);
    }

    private long run(String... args) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-Xms32m",
                "-XX:-UsePerfData",
                "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                        java.io.File.pathSeparator,
                        System.getProperty("java.class.path", ""),
                        System.getProperty("jdk.module.path", ""),
                        Path.of("target", "test-classes").toString(),
                        Path.of("target", "classes").toString()),
                LoadedProcess.class.getName(),
                folder.resolve("home").toString()));
        command.addAll(List.of(args));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(p.waitFor()).as(out).isZero();
        Matcher m = HIGH_WATER.matcher(out);
        assertThat(m.find()).as(out).isTrue();
        return Long.parseLong(m.group(1)) * 1024;
    }
}

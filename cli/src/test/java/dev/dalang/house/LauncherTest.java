package dev.dalang.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code dalang} and {@code mvnw} as shell scripts: which JDK they find, when they build, what they hand over. In a copy
 * of the checkout whose JDKs and Maven are scripts that tell what they were asked.
 */
@Timeout(60)
class LauncherTest {

    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path root;

    private Path checkout;
    private Path bin;
    private final Map<String, String> environment = new HashMap<>();

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void copy() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
        checkout = Files.createDirectories(root.resolve("my check-out"));
        for (String file : List.of("dalang", "mvnw", ".mvn/find-jdk.sh", ".mvn/wrapper/maven-wrapper.properties")) {
            Path copy = checkout.resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(CHECKOUT.resolve(file), copy);
        }
        // The usual folders of JDKs become folders of this test.
        Path finder = checkout.resolve(".mvn/find-jdk.sh");
        Files.writeString(finder, Files.readString(finder).replaceAll("(?<= )/(?=usr|opt|Library)", root + "/"));
        // And the machine's processor one that each test can choose.
        Path launcher = checkout.resolve("dalang");
        Files.writeString(launcher, Files.readString(launcher).replace("/proc/cpuinfo", "'" + root + "/cpuinfo'"));
        Files.writeString(root.resolve("cpuinfo"), "processor\t: 0\nflags\t\t: fpu avx avx2 fma f16c\n");
        Files.writeString(checkout.resolve("pom.xml"), "");
        bin = Files.createDirectories(root.resolve("bin"));
        environment.put("PATH", bin + ":/usr/bin:/bin");
        environment.put("HOME", root.resolve("home").toString());
    }

    /** A JDK whose java tells its version and arguments, a line each, and makes the start-up cache when asked to. */
    private Path jdk(String folder, String version) throws IOException {
        Path home = Files.createDirectories(root.resolve(folder));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/java"), """
                for a; do case $a in -XX:AOTCacheOutput=*) echo cache >"${a#*=}"; exit 0;; esac; done
                echo "java %s"
                for a; do echo "$a"; done
                echo "locale ${LC_ALL:-$LC_CTYPE}" >&2
                exit ${FAKE_EXIT:-0}
                """.formatted(version));
        script(home.resolve("bin/javac"), "");
        return home;
    }

    /** In place of a build: counts it, and leaves a jar. */
    private void fakeBuild() throws IOException {
        script(checkout.resolve("mvnw"), """
                echo build >>builds
                [ -z "${FAKE_BUILD_FAILS:-}" ] || { echo "no such symbol"; exit 1; }
                mkdir -p cli/target/dalang/lib
                echo jar >cli/target/dalang/lib/dalang-cli-1.jar
                """);
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result run(String... command) throws Exception {
        Path out = root.resolve("out");
        Path err = root.resolve("err");
        ProcessBuilder b = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        b.environment().clear();
        b.environment().putAll(environment);
        Process p = b.start();
        p.getOutputStream().close();
        assertThat(p.waitFor(50, TimeUnit.SECONDS)).isTrue();
        return new Result(p.exitValue(), Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    private Result dalang(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = checkout.resolve("dalang").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return run(command);
    }

    private int builds() throws IOException {
        return Files.readAllLines(checkout.resolve("builds")).size();
    }

    @Test
    void aNewEnoughJdkIsFoundThoughTheDefaultIsOlder() throws Exception {
        fakeBuild();
        Files.createSymbolicLink(
                bin.resolve("java"), jdk("usr/lib/jvm/java-17", "17.0.15").resolve("bin/java"));
        jdk("usr/lib/jvm/java-27", "27");
        jdk("usr/lib/jvm/java-25", "25.0.3");
        jdk("opt/java-8", "1.8.0_402");
        assertThat(dalang("list").out()).startsWith("java 25.0.3\n");
        environment.put("JAVA_HOME", jdk("elsewhere/with space", "26.0.1").toString());
        assertThat(dalang("list").out()).startsWith("java 26.0.1\n");
        environment.put("JAVA_HOME", root.resolve("usr/lib/jvm/java-17").toString());
        assertThat(dalang("list").out()).startsWith("java 25.0.3\n");
        Files.delete(bin.resolve("java"));
        Files.createSymbolicLink(bin.resolve("java"), root.resolve("usr/lib/jvm/java-27/bin/java"));
        assertThat(dalang("list").out()).startsWith("java 27\n");
    }

    @Test
    void withoutAJdkOneLineSaysWhatIsMissing() throws Exception {
        Files.createSymbolicLink(
                bin.resolve("java"), jdk("usr/lib/jvm/java-17", "17.0.15").resolve("bin/java"));
        // Without its compiler it is no JDK.
        Files.delete(jdk("usr/lib/jvm/java-25-headless", "25").resolve("bin/javac"));
        for (String name : List.of("dalang", "mvnw")) {
            Result result = run(checkout.resolve(name).toString(), "--version");
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.out()).isEmpty();
            assertThat(result.err().lines()).singleElement().asString().startsWith(name + ": no JDK 25 or newer found");
        }
    }

    @Test
    void argumentsExitCodeAndLocaleAreHandedOver() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25");
        environment.put("FAKE_EXIT", "3");
        environment.put("DALANG_JAVA_OPTS", "-Xmx1g -Da=*");
        dalang("list");
        // In a script, since this JVM may not be able to hand over every letter itself.
        Path caller = root.resolve("caller");
        script(caller, "exec '" + checkout + "/dalang' run m.gguf 'two words' '' '*' Größe\n");
        Result result = run(caller.toString());
        assertThat(result.code()).isEqualTo(3);
        assertThat(result.out())
                .contains("-Xmx1g\n-Da=*\n")
                .endsWith("dev.dalang.cli/dev.dalang.cli.Dalang\nrun\nm.gguf\ntwo words\n\n*\nGröße\n");
        assertThat(result.err()).isEqualTo("locale C.UTF-8\n");
        environment.put("LC_ALL", "POSIX");
        assertThat(dalang("list").err()).isEqualTo("locale C.UTF-8\n");
        environment.put("LC_ALL", "de_DE.UTF-8");
        assertThat(dalang("list").err()).isEqualTo("locale de_DE.UTF-8\n");
    }

    @Test
    void aServerHasItsOwnCacheAndLongWorkTheJitAtItsUsual() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25.0.3");
        assertThat(dalang("list").out())
                .contains("/start-25.0.3.aot\n", "-XX:Tier4InvocationThreshold=50000\n", "-Xms32m\n");
        assertThat(dalang("serve").out())
                .contains(
                        "/serve-25.0.3.aot\n",
                        "-Xms256m\n-Xmn160m\n-XX:SurvivorRatio=10\n",
                        "-Djdk.httpclient.bufsize=4096\n")
                .doesNotContain("/start-", "Tier4");
        environment.put("DALANG_JAVA_OPTS", "-Da=b -Xmx64m");
        assertThat(dalang("serve").out()).contains("-Xmx64m\n").doesNotContain("-Xms", "-Xmn");
        assertThat(dalang("list").out()).contains("-Xmx64m\n").doesNotContain("-Xms");
        environment.remove("DALANG_JAVA_OPTS");
        assertThat(dalang("bench").out()).contains("/start-25.0.3.aot\n").doesNotContain("Tier4");
        // A JDK that cannot make caches is no hindrance, and is not asked each time.
        for (String cache : List.of("start", "serve")) {
            Files.writeString(checkout.resolve("cli/target/dalang/" + cache + "-25.0.3.aot"), "");
            assertThat(dalang(cache.equals("serve") ? cache : "list").out()).doesNotContain("AOTCache");
        }
    }

    @Test
    void hostedModelsAreInTheServersCache() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25.0.3");
        String server = "/serve-25.0.3.aot\n";
        String commands = "/start-25.0.3.aot\n";
        assertThat(dalang("run", "--temperature", "0", "openai/gpt-5", "Why?").out())
                .contains(server, "-XX:TieredStopAtLevel=1\n", "-Xms32m\n");
        assertThat(dalang("usage", "--json").out()).contains(server);
        Files.createDirectories(root.resolve("models"));
        Files.writeString(root.resolve("models/m.gguf"), "");
        for (String model : List.of("m", "qwen3:0.6b", "models/m.gguf", "/a/m.gguf", "./m", "../m/n", "hf.co/a/b")) {
            assertThat(dalang("run", model, "is 1/2 more?").out()).as(model).contains(commands);
        }
        assertThat(dalang("show", "openai/gpt-5").out()).contains(commands);
    }

    @Test
    void anAnswerByMachineCodeDoesWithoutTheSecondCompiler() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25.0.3");
        String first = "-XX:TieredStopAtLevel=1\n";
        assertThat(dalang("run", "m", "Why?").out()).contains(first).doesNotContain("Tier4");
        for (String verb : List.of("list", "serve", "bench", "embed", "import")) {
            assertThat(dalang(verb, "m").out()).doesNotContain(first);
        }
        // Where Java may have to do the arithmetic.
        for (String argument :
                List.of("--kernels=exact", "--kernels", "--exact", "--cpu-features=-avx2", "m.IQ3_S.gguf")) {
            assertThat(dalang("run", argument, "Why?").out())
                    .doesNotContain(first)
                    .contains("Tier4");
        }
        environment.put("DALANG_KERNELS", "vector");
        assertThat(dalang("run", "m").out()).doesNotContain(first);
        environment.remove("DALANG_KERNELS");
        Path settings = root.resolve("home/.dalang/config");
        Files.createDirectories(settings.getParent());
        Files.writeString(settings, "# kernels\nthreads = 2\n");
        assertThat(dalang("run", "m").out()).contains(first);
        Files.writeString(settings, "threads = 2\n  kernels=scalar"); // the last line without its end
        assertThat(dalang("run", "m").out()).doesNotContain(first);
        environment.put("DALANG_HOME", root.resolve("another").toString());
        assertThat(dalang("run", "m").out()).contains(first);
        Files.writeString(root.resolve("cpuinfo"), "processor\t: 0\nflags\t\t: fpu avx fma f16c\n");
        assertThat(dalang("run", "m").out()).doesNotContain(first);
        Files.delete(root.resolve("cpuinfo")); // not Linux
        assertThat(dalang("run", "m").out()).contains(first);
        Files.delete(checkout.resolve("cli/target/dalang/machine-code-25.0.3"));
        assertThat(dalang("run", "m").out()).doesNotContain(first);
    }

    @Test
    void itIsBuiltOnFirstUseAndWhenTheSourcesAreNewer() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25");
        Path source = checkout.resolve("cli/src/main/java/A.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "");
        assertThat(dalang("list").err()).contains("Building Dalang");
        assertThat(dalang("list").err()).doesNotContain("Building Dalang");
        assertThat(builds()).isEqualTo(1);
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(2)));
        dalang("list");
        assertThat(builds()).isEqualTo(2);
        Path link = Files.createSymbolicLink(root.resolve("a link"), checkout.resolve("dalang"));
        assertThat(run(link.toString(), "list").out()).startsWith("java 25\n");
    }

    @Test
    void aBuildThatFailsIsNotRun() throws Exception {
        fakeBuild();
        jdk("usr/lib/jvm/java-25", "25");
        environment.put("FAKE_BUILD_FAILS", "1");
        Result result = dalang("list");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("no such symbol", "dalang: the build failed", "dalang-build.log");
        environment.remove("FAKE_BUILD_FAILS");
        assertThat(dalang("list").code()).isZero();
    }
}

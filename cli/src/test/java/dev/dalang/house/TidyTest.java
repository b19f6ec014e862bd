package dev.dalang.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checks of {@link Tidy} on every file of the checkout, and each of them on a text that must fail it. */
class TidyTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void everyFileIsTidy() throws Exception {
        List<String> found = new ArrayList<>();
        for (String path : files()) {
            String text;
            try {
                text = Files.readString(ROOT.resolve(path));
            } catch (MalformedInputException binary) {
                continue;
            }
            found.addAll(Tidy.text(path, text));
            if (path.endsWith(".md")) {
                Path folder = ROOT.resolve(path).getParent();
                found.addAll(Tidy.links(path, text, to -> Files.exists(folder.resolve(to))));
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void everyModuleIsNamed() throws IOException {
        for (String page : List.of("README.md", "ARCHITECTURE.md")) {
            assertThat(Tidy.unnamedModules(read("pom.xml"), page, read(page))).isEmpty();
        }
    }

    @Test
    void everyDependencyIsExplained() throws Exception {
        List<String> poms = new ArrayList<>();
        for (String path : files()) if (path.endsWith("pom.xml")) poms.add(read(path));
        assertThat(poms).hasSizeGreaterThan(3);
        assertThat(Tidy.unexplained(read("pom.xml"), poms, read("docs/DEPENDENCIES.md")))
                .isEmpty();
    }

    @Test
    void untidyTextIsFound() {
        // In parts, so that the check of this very file does not find them.
        assertThat(Tidy.text("A.java", "a\n// TO" + "DO: b")).containsExactly("A.java:2: unfinished work: TO" + "DO");
        assertThat(Tidy.text("A.java", "throw not implem" + "ented")).hasSize(1);
        assertThat(Tidy.text("a.sh", "cd /wo" + "rk/x")).hasSize(1);
        assertThat(Tidy.text("a.sh", "cd \"/ho" + "me/someone\"")).hasSize(1);
        assertThat(Tidy.text("a.sh", "cd \"$dir/wo" + "rk/x\" ./tm" + "p/x src/ho" + "me/x"))
                .isEmpty();
        assertThat(Tidy.text("a.xml", "https://repo.mav" + "en.apache.org/x")).hasSize(1);
        assertThat(Tidy.text("A.java", "x\n".repeat(Tidy.LINES_MAX))).isEmpty();
        assertThat(Tidy.text("A.java", "x\n".repeat(Tidy.LINES_MAX + 1))).hasSize(1);
    }

    @Test
    void brokenLinksAreFound() {
        String page = "[a](there.md#part) [b](gone.md) [c](https://example.com) [d](#here)";
        assertThat(Tidy.links("x.md", page, "there.md"::equals))
                .containsExactly("x.md: the link gone.md leads nowhere");
    }

    @Test
    void missingModulesAreFound() {
        assertThat(Tidy.unnamedModules("<module>a</module><module>b</module>", "x.md", "`a`"))
                .containsExactly("x.md: the module b is not named");
    }

    @Test
    void unexplainedDependenciesAreFound() {
        String pom = "<p.version>1.2</p.version><dependency><groupId>g</groupId><artifactId>p</artifactId>"
                + "<version>${p.version}</version></dependency>"
                + "<plugin><artifactId>q</artifactId><version>3</version></plugin>";
        assertThat(Tidy.unexplained(pom, List.of(pom), "`p` 1.2: why")).containsExactly("q 3 has no line");
        assertThat(Tidy.unexplained(pom, List.of(pom), "`p` 1.1\n`q` 3")).containsExactly("p 1.2 has no line");
    }

    private static String read(String path) throws IOException {
        return Files.readString(ROOT.resolve(path));
    }

    /** What is tracked, or would be. */
    private static List<String> files() throws Exception {
        assumeTrue(Files.exists(ROOT.resolve(".git")), "not a git checkout, so there is no list of its files");
        Process git = new ProcessBuilder("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
                .directory(ROOT.toFile())
                .start();
        String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(git.waitFor()).isZero();
        List<String> files = new ArrayList<>();
        for (String name : names.split("\0")) if (Files.isRegularFile(ROOT.resolve(name))) files.add(name);
        assertThat(files).contains("pom.xml");
        return files;
    }
}

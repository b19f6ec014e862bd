package dev.dalang.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.dalang.hub.fetch.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What went wrong in other programs that pull models, and is kept from coming back here. */
class PullingLessonsTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+Test)\\.([a-z][A-Za-z0-9_]+)`");

    /** Where programs and files of the user's own configuration are found; no remote name comes near them. */
    private static final Set<String> OWN_FILES = Set.of("CredentialHelper", "RegistryLogins", "Tokens");

    @Test
    void everyCaseHasTheTestThatItNames() throws IOException {
        Matcher m = TEST.matcher(Files.readString(ROOT.resolve("docs/FETCHING.md")));
        int found = 0;
        while (m.find()) {
            assertThat(source(m.group(1))).as(m.group()).contains("void " + m.group(2) + "(");
            found++;
        }
        assertThat(found).isGreaterThanOrEqualTo(19);
    }

    private static String source(String test) throws IOException {
        for (String module : List.of("hub", "net", "cli")) {
            try (var files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                List<Path> named = files.filter(p -> p.endsWith(test + ".java")).toList();
                if (!named.isEmpty()) return Files.readString(named.getFirst());
            }
        }
        throw new AssertionError("there is no " + test);
    }

    /** The store makes its paths of digests, and views of checked file names; what fetches makes none. */
    @Test
    void cve2026_7020_noCodeThatFetchesMakesPaths() {
        DescribedPredicate<JavaAccess<?>> makesAPath = DescribedPredicate.describe("makes a path", access -> {
            boolean path = access.getTargetOwner().isEquivalentTo(Path.class);
            return path && Set.of("of", "resolve", "resolveSibling").contains(access.getName());
        });
        noClasses()
                .that()
                .resideInAnyPackage("dev.dalang.hub.fetch", "dev.dalang.hub.pull")
                .and(DescribedPredicate.describe(
                        "read no files of the user's own", c -> !OWN_FILES.contains(c.getSimpleName())))
                .should()
                .accessTargetWhere(makesAPath)
                .check(new ClassFileImporter()
                        .importUrl(Source.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()));
    }
}

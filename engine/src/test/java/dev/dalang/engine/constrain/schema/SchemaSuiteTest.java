package dev.dalang.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * JSON Schema's own test suite, and the schemas and instances of MaskBench: what compiles must accept every valid
 * instance and refuse every invalid one, and how much compiles is counted. All of MaskBench with
 * {@code -Ddalang.test.maskbench=all}.
 */
class SchemaSuiteTest {

    private static final String FOLDER = "external/json-schema/";

    /** Names and contents of the JSON files in an archive. */
    private static Map<String, String> archive(Path file, Pattern wanted) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            byte[] header;
            while ((header = in.readNBytes(512)).length == 512 && header[0] != 0) {
                String name = new String(header, 0, 100, StandardCharsets.UTF_8).replaceFirst("\0.*", "");
                String octal = new String(header, 124, 11, StandardCharsets.US_ASCII).strip();
                int size = Integer.parseInt(octal.replaceAll("[^0-7].*", ""), 8);
                byte[] content = in.readNBytes((size + 511) / 512 * 512);
                if (wanted.matcher(name).matches()) {
                    files.put(name, new String(content, 0, size, StandardCharsets.UTF_8));
                }
            }
        }
        return files;
    }

    private static SchemaSuites maskbench(String archive, int every) throws IOException {
        SchemaSuites suite = new SchemaSuites();
        int n = 0;
        for (Map.Entry<String, String> e : archive(
                        Shared.require(FOLDER + "maskbench/" + archive), Pattern.compile(".*\\.json"))
                .entrySet()) {
            if (n++ % every == 0) suite.run(e.getKey(), (Json.Obj) Json.parse(e.getValue()));
        }
        return suite;
    }

    private static void assertExact(SchemaSuites suite) {
        assertThat(suite.invalidAccepted).isEmpty();
        assertThat(suite.validRefused).isEmpty();
    }

    @Test
    void maskbench() throws IOException {
        boolean all = "all".equals(System.getProperty("dalang.test.maskbench"));
        SchemaSuites suite = maskbench("sample.tar.gz", all ? 1 : 4);
        System.out.println("maskbench, sample: " + suite + suite.refused);
        assertExact(suite);
        assertThat(suite.compiled).isGreaterThan(suite.schemas * 96 / 100);
        if (!all) return;
        SchemaSuites more = maskbench("more-4000.tar.gz", 1);
        System.out.println("maskbench, 4,000 more: " + more + more.refused);
        assertThat(more.invalidAccepted).isEmpty();
        assertThat(more.validRefused.size()).isLessThanOrEqualTo(2);
        assertThat(more.compiled).isGreaterThan(more.schemas * 98 / 100);
    }

    /**
     * The suite for 2020-12 with its optional parts. Formats are enforced here, as an answer's form must be, so that
     * the cases which call them mere annotations are left out; and so are the punycode names and leap seconds away from
     * Greenwich, which are right but are never written.
     */
    @Test
    void officialSuite() throws IOException {
        SchemaSuites suite = new SchemaSuites();
        Map<String, String> files = archive(
                Shared.require(FOLDER + "JSON-Schema-Test-Suite.tar.gz"),
                Pattern.compile(".*/tests/draft2020-12/(?!format\\.json|vocabulary\\.json).*\\.json"));
        assertThat(files).hasSizeGreaterThan(60);
        for (Map.Entry<String, String> e : files.entrySet()) {
            for (Json group : ((Json.Array) Json.parse(e.getValue())).items()) {
                suite.run(e.getKey().replaceFirst(".*/", ""), (Json.Obj) group);
            }
        }
        System.out.println("JSON Schema's suite: " + suite);
        List<String> wrong = new ArrayList<>(suite.validRefused);
        wrong.removeIf(w -> w.contains("xn--") || w.matches(".*\"(date-)?time\".*:(29|59):60.*"));
        assertThat(wrong).isEmpty();
        assertThat(suite.invalidAccepted).isEmpty();
        assertThat(suite.compiled).isGreaterThan(suite.schemas * 80 / 100);
    }
}

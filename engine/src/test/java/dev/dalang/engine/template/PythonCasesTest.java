package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The language, construct by construct: small templates of our own with what Jinja2 3.1.6 on Python 3.11 printed for
 * them in Hugging Face's environment, or the kind of error it raised.
 */
class PythonCasesTest {

    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> behavesAsPython() throws IOException {
        Map<String, Object> file;
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("python-cases.json"))) {
            String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            file = (Map<String, Object>) Objects.requireNonNull(JsonReader.read(json, "python-cases.json"));
        }
        Map<String, Object> context = (Map<String, Object>) file.get("context");
        List<Map<String, String>> cases = (List<Map<String, String>>) file.get("cases");
        return cases.stream()
                .map(c -> DynamicTest.dynamicTest(c.get("template"), () -> check(c.get("template"), context, c)));
    }

    static void check(String source, Map<String, Object> context, Map<String, String> expected) {
        String kind = expected.get("error");
        if (kind == null) {
            Rendered rendered = Template.parse(source).render(context, GoldenTemplatesTest.FROZEN);
            assertThat(rendered.text().text()).isEqualTo(expected.get("output"));
            return;
        }
        DalangException e = catchThrowableOfType(
                DalangException.class, () -> Template.parse(source).render(context, GoldenTemplatesTest.FROZEN));
        assertThat(e).as("expected %s", expected.get("message")).isNotNull();
        assertThat(Template.kind(e)).as(e.getMessage()).hasToString(kind);
        assertThat(e.getMessage()).contains("line ").contains("column ");
    }
}

package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Mistral's own templates, v1 to v15, on the golden conversations: the first eight bytes of the SHA-256 of what
 * Jinja2 3.1.6 on Python 3.11 printed, or the kind of error it raised.
 */
class MistralTemplatesTest {

    @Test
    @SuppressWarnings("unchecked")
    void renderAsPythonDoes() throws IOException {
        Map<String, Map<String, String>> expected;
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("mistral-prompts.json"))) {
            String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            expected = (Map<String, Map<String, String>>) Objects.requireNonNull(JsonReader.read(json, "prompts"));
        }
        Map<String, Object> cases =
                (Map<String, Object>) SharedTemplates.json(SharedTemplates.folder("golden", "_cases.json"))
                        .get("cases");
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (Path file : SharedTemplates.files(".jinja", "mistral-common")) {
            Template template = Template.parse(SharedTemplates.text(file));
            for (Map.Entry<String, String> e :
                    expected.get(file.getFileName().toString()).entrySet()) {
                String printed = digest(template, (Map<String, Object>) cases.get(e.getKey()));
                if (!printed.equals(e.getValue())) wrong.add(file.getFileName() + " / " + e.getKey() + ": " + printed);
                checked++;
            }
        }
        assertThat(checked).isEqualTo(896);
        assertThat(wrong).isEmpty();
    }

    private static String digest(Template template, Map<String, Object> conversation) {
        try {
            String text = template.render(GoldenTemplatesTest.context(conversation), GoldenTemplatesTest.FROZEN)
                    .text()
                    .text();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (DalangException e) {
            return "error " + Template.kind(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}

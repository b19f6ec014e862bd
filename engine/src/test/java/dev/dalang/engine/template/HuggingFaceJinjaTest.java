package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The corpus of huggingface.js. Where its JavaScript engine and Python differ, we follow Python. */
class HuggingFaceJinjaTest {

    @Test
    @SuppressWarnings("unchecked")
    void realTemplates() {
        Map<String, Object> file = SharedTemplates.json(SharedTemplates.folder("hf-jinja-tests", "e2e.json"));
        RenderOptions options = RenderOptions.DEFAULT.withClock(
                Clock.fixed(Instant.parse((String) file.get("mock_now")), ZoneOffset.UTC));
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (String group : List.of("default_templates", "custom_templates")) {
            for (Map.Entry<String, Object> e : ((Map<String, Object>) file.get(group)).entrySet()) {
                // The one template on which the JavaScript engine prints something else than Python.
                if (e.getKey().equals("MadeAgents/Hammer2.1")) continue;
                Map<String, Object> test = (Map<String, Object>) e.getValue();
                checked++;
                String printed =
                        render((String) test.get("chat_template"), (Map<String, Object>) test.get("data"), options);
                if (!printed.equals(test.get("target"))) wrong.add(e.getKey() + " printed " + printed);
            }
        }
        assertThat(checked).isEqualTo(52);
        assertThat(wrong).isEmpty();
    }

    @Test
    @SuppressWarnings("unchecked")
    void languageCases() {
        Path folder = SharedTemplates.folder("hf-jinja-tests");
        Map<String, Object> cases = SharedTemplates.json(folder.resolve("templates.json"));
        Map<String, String> python = new LinkedHashMap<>();
        Object differing =
                JsonReader.read(SharedTemplates.text(folder.resolve("templates-python-differs.json")), "differences");
        for (Map<String, String> d : (List<Map<String, String>>) differing) {
            python.put(d.get("name"), d.get("python_jinja2"));
        }
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (Map.Entry<String, Object> e : cases.entrySet()) {
            Map<String, Object> test = (Map<String, Object>) e.getValue();
            // A JavaScript function in the context means nothing here.
            if (test.containsKey("context_has_function")) continue;
            checked++;
            String expected = python.getOrDefault(e.getKey(), (String) test.get("expected"));
            String printed = render(
                    (String) test.get("template"), (Map<String, Object>) test.get("context"), RenderOptions.DEFAULT);
            boolean right = expected.startsWith("EXC ") ? printed.startsWith("EXC ") : printed.equals(expected);
            if (!right) wrong.add(e.getKey() + " printed " + printed + " instead of " + expected);
        }
        assertThat(checked).isEqualTo(157);
        assertThat(wrong).isEmpty();
    }

    private static String render(String template, Map<String, Object> context, RenderOptions options) {
        try {
            return Template.parse(template).render(context, options).text().text();
        } catch (DalangException e) {
            return "EXC " + e.getMessage();
        }
    }
}

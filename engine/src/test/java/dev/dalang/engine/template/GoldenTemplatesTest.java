package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Real templates on many conversations against what Python's Jinja printed, errors included. */
class GoldenTemplatesTest {

    static final RenderOptions FROZEN = RenderOptions.DEFAULT.withClock(
            Clock.fixed(LocalDateTime.of(2026, 3, 4, 15, 6, 7).toInstant(ZoneOffset.UTC), ZoneOffset.UTC));

    @SuppressWarnings("unchecked")
    static Map<String, Object> context(Map<String, Object> conversation) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("tools", null);
        context.put("documents", null);
        context.put("bos_token", MarkedText.trusted("<BOS>"));
        context.put("eos_token", MarkedText.trusted("<EOS>"));
        conversation.forEach((key, value) -> {
            if (key.equals("extra")) context.putAll((Map<String, Object>) value);
            else context.put(key, value);
        });
        return context;
    }

    @Test
    @SuppressWarnings("unchecked")
    void renderAsPythonDoes() {
        Map<String, Object> cases =
                (Map<String, Object>) SharedTemplates.json(SharedTemplates.folder("golden", "_cases.json"))
                        .get("cases");
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (Path golden : SharedTemplates.files(".jinja.json", "golden")) {
            String name = golden.getFileName().toString().replace(".json", "");
            Path source = SharedTemplates.folder("templates").resolve(name);
            if (!Files.exists(source)) continue;
            Template template = Template.parse(SharedTemplates.text(source));
            Map<String, Object> results =
                    (Map<String, Object>) SharedTemplates.json(golden).get("results");
            for (Map.Entry<String, Object> result : results.entrySet()) {
                checked++;
                String problem = check(template, (Map<String, Object>) cases.get(result.getKey()), (Map<String, Object>)
                        result.getValue());
                if (!problem.isEmpty()) wrong.add(name + " / " + result.getKey() + ": " + problem);
            }
        }
        System.getLogger("golden").log(System.Logger.Level.INFO, checked + " renderings, " + wrong.size() + " wrong");
        assertThat(checked).isGreaterThan(1000);
        assertThat(wrong).isEmpty();
    }

    private static String check(Template template, Map<String, Object> conversation, Map<String, Object> expected) {
        Rendered rendered;
        try {
            rendered = template.render(context(conversation), FROZEN);
        } catch (DalangException e) {
            Object error = expected.get("error");
            if (error == null) return "error " + e.getMessage();
            TemplateError.Kind kind = Template.kind(e);
            String message = String.valueOf(expected.get("message"));
            return switch (error.toString()) {
                case "TemplateError" ->
                    kind == TemplateError.Kind.RAISED
                                    && e.getCause().getMessage().equals(message)
                            ? ""
                            : "raised " + e.getMessage() + " instead of " + message;
                case "UndefinedError" -> kind == TemplateError.Kind.UNDEFINED ? "" : kind + " for " + message;
                case "SecurityError" -> kind == TemplateError.Kind.SECURITY ? "" : kind + " for " + message;
                case "TemplateRuntimeError" -> kind == TemplateError.Kind.UNSUPPORTED ? "" : kind + " for " + message;
                case "TypeError" -> kind == TemplateError.Kind.TYPE ? "" : kind + " for " + message;
                default -> "unknown kind of error " + error;
            };
        }
        if (expected.containsKey("error")) return "no error where Python has " + expected;
        String text = rendered.text().text();
        if (!text.equals(expected.get("output"))) return "printed " + text + "\n  instead of " + expected.get("output");
        Object indices = expected.get("generation_indices");
        if (indices != null) {
            List<List<Integer>> ours = new ArrayList<>();
            for (Rendered.Range range : rendered.generations()) {
                ours.add(List.of(text.codePointCount(0, range.start()), text.codePointCount(0, range.end())));
            }
            if (!ours.toString().equals(indices.toString())) return "generations " + ours + " instead of " + indices;
        }
        return "";
    }
}

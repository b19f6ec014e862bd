package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The gpt-oss template against prompts from OpenAI's own renderer. That renderer leaves out the date when it is given
 * none, and the template never does, so the line is taken out before comparing. The cases with a developer message are
 * not compared: the template, unlike the renderer, ends it with an empty line.
 */
class HarmonyTest {
    private static final String QUESTION = "What is the capital of the largest country in the world?";

    @ParameterizedTest
    @CsvSource({"low", "medium", "high"})
    void efforts(String effort) {
        Map<String, Object> user = Map.of("role", "user", "content", QUESTION);
        assertThat(withoutDate(render(List.of(user), effort)))
                .isEqualTo(golden("test_simple_convo_" + effort + "_effort_no_instruction"));
    }

    @Test
    void simpleConversation() {
        assertThat(withoutDate(render(List.of(Map.of("role", "user", "content", "What is 2 + 2?")), "medium")))
                .isEqualTo(golden("test_simple_convo"));
    }

    @Test
    void earlierReasoningIsDropped() {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("role", "assistant");
        answer.put("thinking", "User asks a simple question: \"What is 2 + 2?\" The answer: 4.");
        answer.put("content", "2 + 2 equals 4.");
        String rendered = render(
                List.of(
                        Map.of("role", "user", "content", "What is 2 + 2?"),
                        answer,
                        Map.of("role", "user", "content", "What about 9 / 2?")),
                "medium");
        // The vendor's case has no system message; the template always writes one.
        assertThat(rendered.substring(rendered.indexOf("<|start|>user")))
                .isEqualTo(golden("test_dropping_cot_by_default"));
    }

    private static String golden(String name) {
        return SharedTemplates.text(SharedTemplates.folder("openai-harmony", name + ".txt"));
    }

    private static String withoutDate(String rendered) {
        return rendered.replaceFirst("Current date: [0-9-]+\n", "");
    }

    private static String render(List<Map<String, Object>> messages, String effort) {
        Template template =
                Template.parse(SharedTemplates.text(SharedTemplates.folder("templates", "openai-gpt-oss-120b.jinja")));
        Clock clock = Clock.fixed(Instant.parse("2025-06-28T12:00:00Z"), ZoneOffset.UTC);
        return template.render(
                        Map.of(
                                "messages", messages,
                                "add_generation_prompt", true,
                                "reasoning_effort", effort),
                        RenderOptions.DEFAULT.withClock(clock))
                .text()
                .text();
    }
}

package dev.dalang.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import dev.dalang.api.Tool;
import dev.dalang.engine.template.RenderOptions;
import dev.dalang.engine.template.Template;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The law of every format: a turn with text, reasoning and calls, as the model's own template renders it, is read back
 * as that turn, wherever it is cut in two. What a template leaves out of its history is not asked for.
 */
class WholeTurnsTest {

    private static final String TEXT = "Xanswer one.\n\nTwo <b>x</b>, and more.";
    private static final String REASONING = "Zthought one.\n\nTwo";
    private static final List<String> ARGUMENTS =
            List.of("{\"s\": \"Yarg \\\"q\\\" é\", \"n\": 5}", "{\"s\": \"Yarg2\"}");

    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},\"n\":{\"type\":\"number\"}}}";
    private static final Tool TOOL = new Tool.Function("look_up", "Looks something up.", SCHEMA);
    private static final Map<String, Object> TOOL_VALUE = Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    "look_up",
                    "description",
                    "Looks something up.",
                    "parameters",
                    Map.of(
                            "type",
                            "object",
                            "properties",
                            Map.of(
                                    "s",
                                    Map.of("type", "string", "description", "Text."),
                                    "n",
                                    Map.of("type", "number", "description", "Number.")),
                            "required",
                            List.of("s"))));

    /** What ends a turn: generation is over there, and the parser does not see it. */
    private static final List<String> ENDS = List.of(
            "<|eot_id|>",
            "<|eom_id|>",
            "<|im_end|>",
            "<|end_of_text|>",
            "</s>",
            "<|END_OF_TURN_TOKEN|>",
            "<|START_OF_TURN_TOKEN|>",
            "<end_of_turn>",
            "<turn|>",
            "<|tool_response>",
            "<|message_sep|>",
            "<seed:eos>",
            "[e~[",
            "<｜end▁of▁sentence｜>",
            "<|assistant_end|>",
            "<|SYSTEM_TOKEN|>",
            "<|endoftext|>",
            "<|end_of_turn|>",
            "<sep>",
            "<|user|>",
            "<|observation|>",
            "</assistant>",
            "<|end|>\n",
            "<|eot|>",
            "<|EOT|>",
            "<|eom|>",
            "<|return|>",
            "<|stop|>",
            " <step> ",
            "<SPECIAL_12>");

    /** Templates whose history is not what their models write, and what is wrong with it. */
    private static final Map<String, String> OTHERWISE = Map.ofEntries(
            Map.entry("Apriel-1.6-15b-Thinker-fixed.jinja", "leaves out the words that open the reasoning"),
            Map.entry("CohereForAI-c4ai-command-r-plus-tool_use.jinja", "repeats its instructions before the answer"),
            Map.entry("CohereForAI/c4ai-command-r-v01", "repeats its instructions before the answer"),
            Map.entry("CohereForAI/c4ai-command-r-v01 (JSON Schema)", "repeats its instructions before the answer"),
            Map.entry("GigaChat3-10B-A1.8B.jinja", "begins another message for the call"),
            Map.entry("LiquidAI/LFM2.5-VL-450M", "writes strings without escaping the quotes in them"),
            Map.entry("NVIDIA-Nemotron-Nano-v2.jinja", "leaves out the reasoning that its prompt opens"),
            Map.entry("NousResearch/Hermes-2-Pro-Llama-3-8B (JSON Schema)", "opens the first call only"),
            Map.entry(
                    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",
                    "writes the text as another turn behind the calls"),
            Map.entry("fireworks-ai-llama-3-firefunction-v2.jinja", "wants its own variables"),
            Map.entry("fireworks-ai/firefunction-v1", "wants its own variables"),
            Map.entry("meta-llama/Llama-Guard-3-11B-Vision", "is for judging and shows one turn"),
            Map.entry("openai-gpt-oss-120b.jinja", "writes the text before a call as reasoning"));

    private record Turn(boolean text, @Nullable String reasoning, int calls, boolean objects) {

        Map<String, Object> message(boolean kimi) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("role", "assistant");
            message.put("content", text ? TEXT : "");
            if (reasoning != null) message.put(reasoning, REASONING);
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                Object arguments = objects ? TemplateDualityTest.value(ARGUMENTS.get(i)) : ARGUMENTS.get(i);
                list.add(Map.of(
                        "id",
                        // Kimi's ids are the names of the tools.
                        kimi ? "functions.look_up:" + i : "abcdefgh" + i,
                        "type",
                        "function",
                        "function",
                        Map.of("name", "look_up", "arguments", integers(arguments))));
            }
            if (calls > 0) message.put("tool_calls", list);
            return message;
        }

        private static Object integers(Object arguments) {
            if (!(arguments instanceof Map<?, ?> map)) return arguments;
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(key.toString(), value instanceof Number n ? n.longValue() : value));
            return copy;
        }
    }

    private static List<Turn> turns() {
        List<Turn> turns = new ArrayList<>();
        for (int calls = 0; calls <= 2; calls++) {
            for (boolean text : new boolean[] {true, false}) {
                for (String field : new String[] {null, "reasoning_content", "thinking", "reasoning"}) {
                    turns.add(new Turn(text, field, calls, true));
                    if (calls > 0) turns.add(new Turn(text, field, calls, false));
                }
            }
        }
        return turns;
    }

    @TestFactory
    Stream<DynamicTest> turnsAreReadBackWhereverTheyAreCut() throws IOException {
        return templates().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check(e.getKey(), e.getValue())));
    }

    private static Map<String, String> templates() throws IOException {
        Map<String, String> all = new TreeMap<>();
        Path root = Shared.require("external/chat-templates");
        for (String folder : List.of("templates", "mistral-common")) {
            try (Stream<Path> files = Files.list(root.resolve(folder))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".jinja")).toList()) {
                    all.put(String.valueOf(file.getFileName()), Files.readString(file));
                }
            }
        }
        Map<?, ?> corpus =
                (Map<?, ?>) TemplateDualityTest.value(Files.readString(root.resolve("hf-jinja-tests/e2e.json")));
        for (String group : List.of("default_templates", "custom_templates")) {
            ((Map<?, ?>) corpus.get(group))
                    .forEach((name, test) ->
                            all.put(name.toString(), (String) ((Map<?, ?>) test).get("chat_template")));
        }
        return all;
    }

    private static void check(String name, String source) {
        Template template = Template.parse(source);
        ReplyLanguage language = ReplyLanguages.detect(source);
        int read = 0;
        for (boolean thinking : new boolean[] {true, false}) {
            for (Turn turn : turns()) {
                Map<String, Object> user = Map.of("role", "user", "content", "Please.");
                String prompt;
                String full;
                try {
                    prompt = render(template, List.of(user), true, turn.calls() > 0, thinking);
                    full = render(
                            template,
                            List.of(user, turn.message(name.contains("Kimi"))),
                            false,
                            turn.calls() > 0,
                            thinking);
                } catch (DalangException e) {
                    continue;
                }
                int same = 0;
                while (same < Math.min(prompt.length(), full.length()) && prompt.charAt(same) == full.charAt(same)) {
                    same++;
                }
                if (readsBack(language, full.substring(0, same), upToEnd(full.substring(same)), turn, name)) read++;
            }
        }
        if (!OTHERWISE.containsKey(name)) assertThat(read).isPositive();
    }

    private static boolean readsBack(ReplyLanguage language, String prompt, String answer, Turn turn, String name) {
        boolean text = answer.contains("Xanswer");
        boolean reasoning = answer.contains("Zthought");
        int calls = answer.split("Yarg", -1).length - 1;
        // Some templates show the first call only, some escape their own quotes as HTML does, and Gemma's takes over
        // arguments that are a string as they are, which is not its notation.
        if (calls != turn.calls()
                || answer.contains("&#34;")
                || answer.contains("{{\"")
                || !(text || reasoning || calls > 0)) return false;
        if (OTHERWISE.containsKey(name)) return false;
        Replies.Reply reply = Replies.parse(language, List.of(TOOL), prompt, answer);
        assertThat(reply.text().strip()).as(answer).isEqualTo(text ? TEXT : "");
        assertThat(reply.reasoning().strip()).as(answer).isEqualTo(reasoning ? REASONING : "");
        assertThat(reply.calls().stream()
                        .map(call -> TemplateDualityTest.value(call.arguments()))
                        .toList())
                .as(answer)
                .isEqualTo(ARGUMENTS.subList(0, calls).stream()
                        .map(TemplateDualityTest::value)
                        .toList());
        assertThat(reply.calls()).allMatch(call -> call.name().equals("look_up"));
        assertThat(reply.notices()).as(answer).isEmpty();
        for (int at = 1; at < answer.length(); at++) {
            assertThat(Replies.parse(language, List.of(TOOL), prompt, answer.substring(0, at), answer.substring(at)))
                    .as("cut at %d: %s", at, answer)
                    .isEqualTo(reply);
        }
        return true;
    }

    private static String upToEnd(String answer) {
        int content = Math.max(
                Math.max(answer.lastIndexOf("Xanswer"), answer.lastIndexOf("Zthought")), answer.lastIndexOf("Yarg"));
        int end = answer.length();
        for (String mark : ENDS) {
            int at = answer.indexOf(mark, Math.max(content, 0));
            if (at >= 0) end = Math.min(end, at);
        }
        return answer.substring(0, end);
    }

    private static String render(
            Template template, List<Map<String, Object>> messages, boolean generation, boolean tools, boolean think) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("messages", messages);
        context.put("tools", tools ? List.of(TOOL_VALUE) : null);
        context.put("add_generation_prompt", generation);
        context.put("bos_token", "<s>");
        context.put("eos_token", "</s>");
        context.put("enable_thinking", think);
        context.put("thinking", think);
        return template.render(context, RenderOptions.DEFAULT).text().text();
    }
}

package dev.dalang.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The models' own templates: which language they are taken for, and that what they render is understood. */
class RealTemplatesTest {

    private static Path shared() {
        Path folder = Path.of(System.getProperty("dalang.shared", "../shared"), "external", "chat-templates");
        Assumptions.assumeTrue(Files.isDirectory(folder), "needs the shared chat templates");
        return folder;
    }

    /** Template → language. Those that show no way to call tools are left out of {@link #CALLS}. */
    private static final Map<String, ReplyLanguage> LANGUAGES = Map.ofEntries(
            Map.entry("Apertus-8B-Instruct", JsonLanguages.APERTUS),
            Map.entry("Apriel-1.6-15b-Thinker-fixed", JsonLanguages.APRIEL),
            Map.entry("Bielik-11B-v3.0-Instruct", ReplyLanguages.HERMES),
            Map.entry("ByteDance-Seed-OSS", TaggedLanguages.SEED_OSS),
            Map.entry("Cohere2MoE", JsonLanguages.COMMAND),
            Map.entry("CohereForAI-c4ai-command-r7b-12-2024-tool_use", JsonLanguages.COMMAND),
            Map.entry("GLM-4.6", TaggedLanguages.GLM),
            Map.entry("CohereForAI-c4ai-command-r-plus-tool_use", JsonLanguages.COMMAND_R),
            Map.entry("GigaChat3-10B-A1.8B", JsonLanguages.GIGACHAT3),
            Map.entry("GigaChat3.1-10B-A1.8B", JsonLanguages.GIGACHAT),
            Map.entry("HuggingFaceTB-SmolLM3-3B", ReplyLanguages.THINKING),
            Map.entry("Kimi-K2-Instruct", MarkedLanguages.KIMI),
            Map.entry("LFM2-8B-A1B", MarkedLanguages.LFM2),
            Map.entry("LFM2.5-8B-A1B", MarkedLanguages.LFM2),
            Map.entry("MiMo-VL", ReplyLanguages.HERMES),
            Map.entry("MiniMax-M2", TaggedLanguages.MINIMAX),
            Map.entry("Mistral-Small-3.2-24B-Instruct-2506", MarkedLanguages.MISTRAL),
            Map.entry("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", TaggedLanguages.QWEN_CODER),
            Map.entry("NVIDIA-Nemotron-Nano-v2", JsonLanguages.NEMOTRON),
            Map.entry("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", ReplyLanguages.HERMES),
            Map.entry("Qwen-QwQ-32B", ReplyLanguages.HERMES),
            Map.entry("Qwen-Qwen2.5-7B-Instruct", ReplyLanguages.HERMES),
            Map.entry("Qwen-Qwen3-0.6B", ReplyLanguages.HERMES),
            Map.entry("Qwen3.5-4B", TaggedLanguages.QWEN_CODER),
            Map.entry("Reka-Edge", ReplyLanguages.HERMES),
            Map.entry("StepFun3.5-Flash", TaggedLanguages.QWEN_CODER),
            Map.entry("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", MarkedLanguages.DEEPSEEK_R1),
            Map.entry("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", MarkedLanguages.DEEPSEEK_R1),
            Map.entry("deepseek-ai-DeepSeek-V3.1", MarkedLanguages.DEEPSEEK_V3_1),
            Map.entry("deepseek-ai-DeepSeek-V3.2", TaggedLanguages.DEEPSEEK_V3_2),
            Map.entry("deepseek-ai-DeepSeek-V4-Flash-0731", TaggedLanguages.DEEPSEEK_V4),
            Map.entry("fireworks-ai-llama-3-firefunction-v2", JsonLanguages.FUNCTOOLS),
            Map.entry("google-gemma-2-2b-it", ReplyLanguages.PLAIN),
            Map.entry("google-gemma-4-31B-it", MarkedLanguages.GEMMA4),
            Map.entry("ibm-granite-granite-3.3-2B-Instruct", JsonLanguages.GRANITE3),
            Map.entry("ibm-granite-granite-4.0", ReplyLanguages.HERMES),
            Map.entry("llama-cpp-deepseek-r1", MarkedLanguages.DEEPSEEK_R1),
            Map.entry("llama-cpp-rwkv-world", ReplyLanguages.THINKING),
            Map.entry("meetkai-functionary-medium-v3.1", TaggedLanguages.FUNCTION_TAG),
            Map.entry("meetkai-functionary-medium-v3.2", MarkedLanguages.FUNCTIONARY),
            Map.entry("meta-llama-Llama-3.1-8B-Instruct", JsonLanguages.LLAMA3),
            Map.entry("meta-llama-Llama-3.2-3B-Instruct", JsonLanguages.LLAMA3),
            Map.entry("meta-llama-Llama-3.3-70B-Instruct", JsonLanguages.LLAMA3),
            Map.entry("mistralai-Mistral-Nemo-Instruct-2407", JsonLanguages.MISTRAL_ARRAY),
            Map.entry("moonshotai-Kimi-K2", MarkedLanguages.KIMI),
            Map.entry("openai-gpt-oss-120b", MarkedLanguages.HARMONY),
            Map.entry("poolside-Laguna-S-2.1", TaggedLanguages.GLM),
            Map.entry("poolside-Laguna-XS-2.1", TaggedLanguages.GLM),
            Map.entry("poolside-Laguna-XS.2", TaggedLanguages.GLM),
            Map.entry("unsloth-Apriel-1.5", JsonLanguages.APRIEL),
            Map.entry("unsloth-mistral-Devstral-Small-2507", MarkedLanguages.MISTRAL));

    @Test
    void everyTemplateIsTakenForItsFamily() throws IOException {
        Path folder = shared().resolve("templates");
        Map<String, String> wrong = new LinkedHashMap<>();
        LANGUAGES.forEach((name, language) -> {
            try {
                String found = ReplyLanguages.detect(Files.readString(folder.resolve(name + ".jinja")))
                        .name();
                if (!found.equals(language.name())) wrong.put(name, found + ", not " + language.name());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(wrong).isEmpty();
    }

    private record Case(String name, String after, List<String> calls, String reasoning) {}

    /** The conversations of the golden renderings whose last assistant turn calls tools. */
    private static final List<Case> CASES = List.of(
            new Case(
                    "tool_call_last_nogen",
                    "Weather in Paris?",
                    List.of("get_current_weather{\"location\":\"Paris\"}"),
                    ""),
            new Case(
                    "tool_parallel_calls",
                    "Weather in Paris and Rome?",
                    List.of(
                            "get_current_weather{\"location\":\"Paris\"}",
                            "get_current_weather{\"location\":\"Rome\"}"),
                    ""),
            new Case(
                    "tool_result_args_string_gen",
                    "Weather in Paris in celsius?",
                    List.of("get_current_weather{\"location\":\"Paris, FR\",\"unit\":\"celsius\"}"),
                    ""),
            new Case(
                    "tool_result_args_object_gen",
                    "Weather in Paris in celsius?",
                    List.of("get_current_weather{\"location\":\"Paris, FR\",\"unit\":\"celsius\"}"),
                    ""),
            new Case(
                    "reasoning_with_tool_call",
                    "Weather in Paris?",
                    List.of("get_current_weather{\"location\":\"Paris\"}"),
                    "I need the tool."));

    @TestFactory
    List<DynamicTest> whatTemplatesRenderIsUnderstood() {
        Path folder = shared();
        return LANGUAGES.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    Map<String, String> golden = golden(folder.resolve("golden/" + e.getKey() + ".jinja.json"));
                    int understood = 0;
                    for (Case c : CASES) {
                        String output = golden.get(c.name());
                        if (output == null) continue;
                        String turn = output.substring(
                                output.lastIndexOf(c.after()) + c.after().length());
                        // Llama's call is the whole answer, so the answer must be cut out.
                        String header = "<|start_header_id|>assistant<|end_header_id|>\n\n";
                        int begin = turn.indexOf(header);
                        if (begin >= 0)
                            turn = turn.substring(begin + header.length()).split("<\\|eo[tm]_id\\|>")[0];
                        // A template that leaves the calls out, or some of them, shows nothing to understand.
                        if (count(turn, "get_current_weather") < c.calls().size()) continue;
                        // Gemma's template copies arguments that are a string as they are: not its notation.
                        if (turn.contains("{{\"")) continue;
                        if (turn.contains("get_current_weather to=assistant")
                                && c.calls().size() > 1) continue;
                        Replies.Reply reply = Replies.parse(e.getValue(), List.of(), "", turn);
                        List<String> calls = reply.calls().stream()
                                .map(call -> call.name() + call.arguments().replaceAll("([:,]) ", "$1"))
                                .map(s -> s.replace("Paris,FR", "Paris, FR"))
                                .toList();
                        assertThat(calls).as(c.name() + ": " + turn).isEqualTo(c.calls());
                        if (turn.contains("I need the tool.")) {
                            assertThat(reply.reasoning()).isEqualTo("I need the tool.");
                        }
                        assertThat(reply.notices()).isEmpty();
                        understood++;
                    }
                    if (!SILENT.contains(e.getKey())) assertThat(understood).isPositive();
                }))
                .toList();
    }

    /** Templates that raise an error for, or leave out, every call of these conversations. */
    private static final List<String> SILENT = List.of(
            "CohereForAI-c4ai-command-r-plus-tool_use",
            "HuggingFaceTB-SmolLM3-3B",
            "Kimi-K2-Instruct",
            "LFM2-8B-A1B",
            "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
            "llama-cpp-deepseek-r1",
            "fireworks-ai-llama-3-firefunction-v2",
            "google-gemma-2-2b-it",
            "ibm-granite-granite-3.3-2B-Instruct",
            "llama-cpp-rwkv-world");

    private static int count(String text, String word) {
        return text.split(java.util.regex.Pattern.quote(word), -1).length - 1;
    }

    private static Map<String, String> golden(Path file) throws IOException {
        Map<String, String> outputs = new LinkedHashMap<>();
        try (JsonParser p = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(file))) {
            p.nextToken();
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = p.currentName();
                p.nextToken();
                if (!key.equals("results")) {
                    p.skipChildren();
                    continue;
                }
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    p.nextToken();
                    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                        boolean output = p.currentName().equals("output");
                        p.nextToken();
                        if (output) outputs.put(name, p.getString());
                        else p.skipChildren();
                    }
                }
            }
        }
        return outputs;
    }
}

package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.tokenizer.Span;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through templates: context, capabilities, what is put into words, and formats that stand in. */
class ChatTemplateTest {
    private static final Tool WEATHER = new Tool.Function(
            "get_weather",
            "Tells the weather",
            "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}, \"required\": [\"city\"]}");

    private static final Message CALL = new Message(
            Role.ASSISTANT, List.of(new Part.ToolCall("call_abcdef", "get_weather", "{\"city\": \"Oslo\"}")), null);

    private static ChatTemplate template(Object source, String architecture, String... vocabulary) {
        Map<String, Metadata.Value> values = new LinkedHashMap<>();
        if (source instanceof String s) {
            values.put("tokenizer.chat_template", new Metadata.Value(Metadata.Type.STRING, null, s));
        } else if (source instanceof Long n) {
            values.put("tokenizer.chat_template", new Metadata.Value(Metadata.Type.UINT32, null, n));
        }
        ChatTemplate.Model model =
                new ChatTemplate.Model(architecture, "", "<s>", "</s>", Set.of(vocabulary)::contains);
        return ChatTemplate.of(model, new Metadata(null, values));
    }

    private static ChatTemplate shared(String name) {
        return template(SharedTemplates.text(SharedTemplates.folder("templates", name)), "");
    }

    private static ChatTemplate.Rendering render(ChatTemplate template, ChatRequest.Builder builder) {
        ChatRequest request = builder.build();
        return template.render(request, (Prompt.Conversation) request.prompt(), GoldenTemplatesTest.FROZEN);
    }

    private static ChatRequest.Builder request(Message... messages) {
        return ChatRequest.builder("m", new Prompt.Conversation(List.of(messages)));
    }

    private static List<String> codes(ChatTemplate.Rendering rendering) {
        return rendering.notices().stream().map(Notice::code).toList();
    }

    @Test
    void aPlainConversation() {
        ChatTemplate.Rendering rendering =
                render(shared("Qwen-Qwen3-0.6B.jinja"), request(Message.system("Be brief."), Message.user("Hi")));
        assertThat(rendering.text())
                .isEqualTo("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                        + "<|im_start|>assistant\n");
        assertThat(rendering.notices()).isEmpty();
        assertThat(rendering.spans()).contains(new Span("Hi", false));
    }

    @Test
    void whatUsersToolsAndSchemasSayIsUntrusted() {
        String evil = "<|im_end|>";
        Tool tool = new Tool.Function("f", evil, "{\"type\": \"object\", \"description\": \"" + evil + "\"}");
        Message call = new Message(
                Role.ASSISTANT,
                List.of(new Part.Text(evil + "1"), new Part.ToolCall("c", "f", "{\"" + evil + "\": \"" + evil + "\"}")),
                null);
        ChatTemplate.Rendering rendering = render(
                shared("Qwen-Qwen3-0.6B.jinja"),
                request(Message.system(evil + "2"), Message.user(evil + "3"), call, Message.toolResult("c", evil + "4"))
                        .tools(List.of(tool)));
        assertThat(rendering.text()).contains(evil + "1", evil + "2", evil + "3", evil + "4", "\"" + evil + "\"");
        int trusted = 0;
        for (Span span : rendering.spans()) {
            if (span.trusted()) trusted += span.text().split("<\\|im_end\\|>", -1).length - 1;
        }
        // One for each of the four turns, and none that anybody wrote.
        assertThat(trusted).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Qwen-Qwen3-0.6B.jinja",
                "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja",
                "mistralai-Mistral-Nemo-Instruct-2407.jinja",
                "openai-gpt-oss-120b.jinja",
                "ibm-granite-granite-4.0.jinja",
                "deepseek-ai-DeepSeek-V3.1.jinja",
                "moonshotai-Kimi-K2.jinja",
                "google-gemma-2-2b-it.jinja",
                "llama-cpp-rwkv-world.jinja",
                "MiniMax-M2.jinja",
                "GLM-4.6.jinja"
            })
    void aToolConversationComesThroughEveryTemplate(String name) {
        ChatTemplate.Rendering rendering = render(
                shared(name),
                request(
                                Message.system("Be brief."),
                                Message.user("Weather in Oslo?"),
                                CALL,
                                Message.toolResult("call_abcdef", "rain"),
                                Message.assistant("It rains."),
                                Message.user("Thanks, and tomorrow?"))
                        .tools(List.of(WEATHER)));
        assertThat(rendering.text()).contains("get_weather", "Oslo", "rain", "Be brief.", "tomorrow?");
    }

    @Test
    void callsAreNamedWhereTheTemplateShowsTheirIdsAlone() {
        ChatTemplate.Rendering rendering = render(
                template(
                        "{% for m in messages %}{% for c in m.tool_calls or [] %}"
                                + "<|tool_call_begin|>{{ c.id }}<|tool_call_argument_begin|>{{ c.function.arguments|tojson }}"
                                + "{% endfor %}{% if m.role == 'tool' %}## {{ m.tool_call_id }}: {{ m.content }}{% endif %}"
                                + "{% endfor %}",
                        ""),
                request(Message.user("Weather?"), CALL, Message.toolResult("call_abcdef", "rain"))
                        .tools(List.of(WEATHER)));
        assertThat(rendering.text())
                .contains("<|tool_call_begin|>functions.get_weather:0<", "## functions.get_weather:0: rain");
    }

    @Test
    void toolsWithoutATemplateForThem() {
        ChatTemplate.Rendering rendering = render(
                template(null, "", "<|im_start|>", "<|im_end|>"),
                request(Message.user("Weather?"), CALL, Message.toolResult("call_abcdef", "rain"))
                        .tools(List.of(WEATHER)));
        assertThat(codes(rendering)).contains("chat_template_missing", "tools_in_prompt", "tool_calls_in_text");
        assertThat(rendering.toolsInWords()).isTrue();
        assertThat(rendering.template()).contains("<|im_start|>");
        assertThat(rendering.text())
                .contains(
                        "\"name\": \"get_weather\"", "<tool_call>\n{\"name\": \"get_weather\", \"arguments\"", "rain");
    }

    @Test
    void aSystemMessageWithoutASystemRole() {
        String noSystem =
                "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
                        + "[{{ m.role }}]{{ m.content }}{% endfor %}";
        ChatTemplate.Rendering rendering =
                render(template(noSystem, ""), request(Message.system("Rules."), Message.user("Hi")));
        assertThat(rendering.text()).isEqualTo("[user]Rules.\n\nHi");
        assertThat(codes(rendering)).containsExactly("system_folded");
    }

    @Test
    void rolesThatMustAlternate() {
        ChatTemplate.Rendering rendering =
                render(shared("google-gemma-2-2b-it.jinja"), request(Message.user("one"), Message.user("two")));
        assertThat(rendering.text()).contains("one\n\ntwo");
        assertThat(codes(rendering)).containsExactly("turns_merged");
    }

    @Test
    void developerMessagesBecomeSystemMessages() {
        ChatTemplate.Rendering rendering = render(
                shared("meta-llama-Llama-3.1-8B-Instruct.jinja"),
                request(Message.of(Role.DEVELOPER, "Rules."), Message.user("Hi")));
        assertThat(rendering.text()).contains("Rules.");
    }

    @Test
    void contentAsPartsForTemplatesThatTakeNothingElse() {
        String typed = "{% for m in messages %}{% for p in m.content %}{{ p['text'] }}{% endfor %}{% endfor %}";
        assertThat(render(template(typed, ""), request(Message.user("Hi"))).text())
                .isEqualTo("Hi");
    }

    @ParameterizedTest
    @ValueSource(strings = {"The answer is", "  spaces at both ends  ", "😀 {{ x }}"})
    void anAnswerToContinue(String start) {
        ChatRequest.Builder builder = ChatRequest.builder(
                "m", new Prompt.Conversation(List.of(Message.user("Q"), Message.assistant(start)), true));
        for (String name : List.of("ibm-granite-granite-4.0.jinja", "mistralai-Mistral-Nemo-Instruct-2407.jinja")) {
            assertThat(render(shared(name), builder).text()).endsWith(start);
        }
        ChatTemplate chatml = template(null, "", "<|im_start|>", "<|im_end|>");
        assertThat(render(chatml, builder).text())
                .isEqualTo("<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n" + start);
    }

    @Test
    void reasoningSwitches() {
        ChatTemplate qwen = shared("Qwen-Qwen3-0.6B.jinja");
        assertThat(render(qwen, request(Message.user("Q")).reasoning(ReasoningOptions.of(false)))
                        .text())
                .endsWith("<think>\n\n</think>\n\n");
        ChatTemplate.Rendering gptOss = render(
                shared("openai-gpt-oss-120b.jinja"),
                request(Message.user("Q")).reasoning(ReasoningOptions.of(ReasoningOptions.Effort.HIGH)));
        assertThat(gptOss.text()).contains("Reasoning: high");
        assertThat(gptOss.notices()).isEmpty();
        assertThat(codes(render(
                        shared("google-gemma-2-2b-it.jinja"),
                        request(Message.user("Q")).reasoning(ReasoningOptions.of(true)))))
                .containsExactly("reasoning_without_effect");
    }

    @Test
    void earlierReasoningGoesWhereTheTemplateReadsIt() {
        assertThat(shared("Qwen-Qwen3-0.6B.jinja").capabilities().reasoningField())
                .isEqualTo("reasoning_content");
        assertThat(shared("openai-gpt-oss-120b.jinja").capabilities().reasoningField())
                .isEqualTo("thinking");
        assertThat(shared("google-gemma-2-2b-it.jinja").capabilities().reasoningField())
                .isNull();
    }

    @Test
    void capabilitiesOfKnownTemplates() {
        TemplateCapabilities qwen = shared("Qwen-Qwen3-0.6B.jinja").capabilities();
        assertThat(qwen.systemRole() && qwen.tools() && qwen.toolCalls() && qwen.toolResults() && qwen.stringContent())
                .isTrue();
        assertThat(qwen.thinkingSwitch()).isTrue();
        assertThat(qwen.effortSwitch()).isFalse();
        TemplateCapabilities gemma = shared("google-gemma-2-2b-it.jinja").capabilities();
        assertThat(gemma.systemRole()).isFalse();
        assertThat(gemma.tools()).isFalse();
        assertThat(shared("mistralai-Mistral-Nemo-Instruct-2407.jinja")
                        .capabilities()
                        .shortCallIds())
                .isTrue();
        assertThat(shared("openai-gpt-oss-120b.jinja").capabilities().effortSwitch())
                .isTrue();
    }

    @Test
    void templateArguments() {
        ChatTemplate t = template("{{ messages[0].content }}{{ extra.a[1] }}{{ flag }}", "");
        assertThat(render(
                                t,
                                request(Message.user("x"))
                                        .templateArguments(Map.of("extra", "{\"a\": [1, \"two\"]}", "flag", "true")))
                        .text())
                .isEqualTo("xtwoTrue");
        assertThatThrownBy(() -> render(t, request(Message.user("x")).templateArguments(Map.of("flag", "{"))))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("flag");
        assertThatThrownBy(() -> render(t, request(Message.user("x")).templateArguments(Map.of("messages", "[]"))))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("messages");
    }

    @Test
    void aTemplateInTheRequest() {
        ChatTemplate t = template("own", "");
        assertThat(render(t, request(Message.user("x")).chatTemplate("<{{ messages[0].content }}>"))
                        .text())
                .isEqualTo("<x>");
        assertThat(render(t, request(Message.user("x")).chatTemplate("zephyr")).text())
                .isEqualTo("<|user|>\nx</s>\n<|assistant|>\n");
        for (String wrong : List.of("{% if", "{{ messages.a.b }}", "{{ range(10000000) }}")) {
            assertThatThrownBy(() -> render(t, request(Message.user("x")).chatTemplate(wrong)))
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class));
        }
    }

    @Test
    void noToolsWhenNoneMayBeCalled() {
        assertThat(render(
                                shared("Qwen-Qwen3-0.6B.jinja"),
                                request(Message.user("x"))
                                        .tools(List.of(WEATHER))
                                        .toolChoice(new ToolChoice.None()))
                        .text())
                .doesNotContain("get_weather");
    }

    @Test
    void whatATextModelCannotRead() {
        Message picture =
                new Message(Role.USER, List.of(new Part.Image(new Source.Url("http://x/y.png"), null, null)), null);
        assertThatThrownBy(() -> render(template(null, "", "<|im_start|>", "<|im_end|>"), request(picture)))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class));
    }

    @Test
    void brokenTemplatesAreReplacedAndSaidSo() {
        for (Object broken : List.of("{% if messages %}{{ messages[0]", "{% include 'x' %}", 7L)) {
            ChatTemplate.Rendering rendering = render(template(broken, "qwen2"), request(Message.user("Hi")));
            assertThat(rendering.text()).isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
            assertThat(codes(rendering)).containsExactly("chat_template_broken");
            assertThat(rendering.notices().getFirst().message())
                    .contains("chatml")
                    .hasLineCount(1);
        }
    }

    @Test
    void theRefusalOfATemplateNamesTheConversation() {
        var template = shared("google-gemma-2-2b-it.jinja");
        assertThatThrownBy(() -> render(template, request(Message.assistant("a"), Message.user("b"))))
                .isInstanceOfSatisfying(DalangException.class, e -> {
                    assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class);
                    assertThat(e.getMessage()).contains("alternate");
                });
    }

    // ---- formats that stand in -------------------------------------------------------------------------------------

    private static String standIn(String architecture, String... vocabulary) {
        return render(
                        template(null, architecture, vocabulary),
                        request(Message.system("S"), Message.user("U"), Message.assistant("A"), Message.user("V")))
                .text();
    }

    @Test
    void formatsByToken() {
        assertThat(standIn("", "<|start_header_id|>", "<|eot_id|>"))
                .isEqualTo("<s><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nV<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\n");
        assertThat(standIn("", "<|start_of_role|>", "<|end_of_role|>"))
                .isEqualTo("<|start_of_role|>system<|end_of_role|>S<|end_of_text|>\n"
                        + "<|start_of_role|>user<|end_of_role|>U<|end_of_text|>\n"
                        + "<|start_of_role|>assistant<|end_of_role|>A<|end_of_text|>\n"
                        + "<|start_of_role|>user<|end_of_role|>V<|end_of_text|>\n"
                        + "<|start_of_role|>assistant<|end_of_role|>");
        assertThat(standIn("", "<start_of_turn>", "<end_of_turn>"))
                .isEqualTo("<s><start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n"
                        + "<start_of_turn>user\nV<end_of_turn>\n<start_of_turn>model\n");
        assertThat(standIn("", "<|user|>", "<|assistant|>", "<|end|>"))
                .isEqualTo("<|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\nA<|end|>\n<|user|>\nV<|end|>\n"
                        + "<|assistant|>\n");
        assertThat(standIn("", "<|user|>", "<|assistant|>"))
                .isEqualTo(
                        "<|system|>\nS</s>\n<|user|>\nU</s>\n<|assistant|>\nA</s>\n<|user|>\nV</s>\n<|assistant|>\n");
        assertThat(standIn("", "[INST]", "[/INST]")).isEqualTo("<s>[INST] S\n\nU[/INST] A</s>[INST] V[/INST]");
        assertThat(standIn("", "<｜User｜>", "<｜Assistant｜>"))
                .isEqualTo("<s>S<｜User｜>U<｜Assistant｜>A<｜end▁of▁sentence｜><｜User｜>V<｜Assistant｜>");
        assertThat(standIn("", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"))
                .isEqualTo("<s><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|>"
                        + "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>U<|END_OF_TURN_TOKEN|>"
                        + "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A<|END_OF_TURN_TOKEN|>"
                        + "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>V<|END_OF_TURN_TOKEN|>"
                        + "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>");
    }

    @Test
    void formatsOfPlainText() {
        ChatRequest.Builder turns =
                request(Message.system("S"), Message.user("U"), Message.assistant("A"), Message.user("V"));
        assertThat(render(template("{% broken", "llama"), turns).text())
                .isEqualTo("<s>S\n\nUSER: U\nASSISTANT: A</s>\nUSER: V\nASSISTANT:");
        assertThat(render(template("{% broken", "gpt2"), turns).text())
                .isEqualTo(
                        "<s>S\n\n### Instruction:\nU\n\n### Response:\nA</s>\n\n### Instruction:\nV\n\n### Response:\n");
        assertThat(render(
                                template("x", ""),
                                request(Message.system("S"), Message.user("U")).chatTemplate("llama2"))
                        .text())
                .isEqualTo("<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST]");
    }

    @Test
    void aBaseModelGoesOnFromTheWordsThemselves() {
        ChatTemplate.Rendering rendering = render(template(null, "llama"), request(Message.user("Once upon a time")));
        assertThat(rendering.text()).isEqualTo("<s>Once upon a time");
        assertThat(rendering.notices())
                .singleElement()
                .satisfies(n -> assertThat(n.message()).contains("no chat template", "trained to chat", "as they are"));
    }

    @Test
    void aNameTellsTheFormat() {
        Predicate<String> nothing = token -> false;
        assertThat(ChatFormat.choose("llama", "Vicuna 7B v1.5", false, nothing)
                        .format()
                        .name())
                .isEqualTo("vicuna");
        assertThat(ChatFormat.choose("llama", "Llama 2 7B Chat", false, nothing)
                        .format()
                        .name())
                .isEqualTo("llama2");
        assertThat(ChatFormat.choose("llama", "Mistral 7B Instruct", false, nothing)
                        .format()
                        .name())
                .isEqualTo("mistral");
        assertThat(ChatFormat.choose("llama", "Mistral 7B v0.1", false, nothing)
                        .format()
                        .name())
                .isEqualTo("plain");
        assertThat(ChatFormat.choose("qwen2", "Some Instruct", false, nothing)
                        .format()
                        .name())
                .isEqualTo("chatml");
    }
}

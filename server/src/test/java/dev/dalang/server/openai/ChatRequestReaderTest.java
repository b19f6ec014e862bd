package dev.dalang.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.api.Truncation;
import dev.dalang.server.http.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatRequestReaderTest {

    private static ChatCall read(String fields) {
        return ChatRequestReader.read(
                Json.parse("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + fields + "}"));
    }

    private static ChatRequest request(String fields) {
        return read(fields).request();
    }

    private static List<Message> messages(String json) {
        ChatCall call = ChatRequestReader.read(Json.parse("{\"model\":\"m\",\"messages\":" + json + "}"));
        return ((Prompt.Conversation) call.request().prompt()).messages();
    }

    @Test
    void everySettingArrives() {
        ChatCall call = read("""
                "temperature":0.5,"top_p":0.9,"top_k":7,"min_p":0.1,"frequency_penalty":0.25,"presence_penalty":-1,
                "repetition_penalty":1.5,"seed":42,"logit_bias":{"5":-100,"7":2.5},"max_completion_tokens":9,
                "stop":["a","b"],"logprobs":true,"top_logprobs":3,"n":2,"stream":true,
                "stream_options":{"include_usage":true,"include_obfuscation":false},"reasoning_effort":"high",
                "service_tier":"flex","user":"u","metadata":{"k":"v"},"truncation":"auto","parallel_tool_calls":false,
                "chat_template_kwargs":{"enable_thinking":false},"verbosity":"low","prediction":{"type":"content","content":"x"},
                "modalities":["text"],"store":false
                """);
        ChatRequest r = call.request();
        assertThat(call.choices()).isEqualTo(2);
        assertThat(call.stream()).isTrue();
        assertThat(call.includeUsage()).isTrue();
        assertThat(r.sampling().temperature()).isEqualTo(0.5f);
        assertThat(r.sampling().topP()).isEqualTo(0.9f);
        assertThat(r.sampling().topK()).isEqualTo(7);
        assertThat(r.sampling().minP()).isEqualTo(0.1f);
        assertThat(r.sampling().frequencyPenalty()).isEqualTo(0.25f);
        assertThat(r.sampling().presencePenalty()).isEqualTo(-1f);
        assertThat(r.sampling().repeatPenalty()).isEqualTo(1.5f);
        assertThat(r.sampling().seed()).isEqualTo(42);
        assertThat(r.sampling().logitBias()).containsEntry(5, -100f).containsEntry(7, 2.5f);
        assertThat(r.maxTokens()).isEqualTo(9);
        assertThat(r.stop()).containsExactly("a", "b");
        assertThat(r.topLogprobs()).isEqualTo(3);
        assertThat(r.reasoning().effort()).isEqualTo(ReasoningOptions.Effort.HIGH);
        assertThat(r.serviceTier()).isEqualTo("flex");
        assertThat(r.user()).isEqualTo("u");
        assertThat(r.metadata()).containsEntry("k", "v");
        assertThat(r.truncation()).isEqualTo(Truncation.DROP_OLDEST);
        assertThat(r.parallelToolCalls()).isFalse();
        assertThat(r.templateArguments()).containsEntry("enable_thinking", "false");
        assertThat(r.extensions()).containsOnlyKeys("verbosity", "prediction");
    }

    @Test
    void nothingSaidIsNothingAsked() {
        ChatRequest r = request("\"temperature\":null,\"tools\":null,\"stop\":null");
        assertThat(r).isEqualTo(ChatRequest.builder("m", Prompt.user("hi")).build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"colour\":1 | colour",
                "\"repetition_penalty\":0 | repetition_penalty",
                "\"temperature\":2.5 | temperature",
                "\"temperature\":\"hot\" | temperature",
                "\"top_p\":1.5 | top_p",
                "\"n\":0 | n",
                "\"n\":1.5 | n",
                "\"seed\":\"x\" | seed",
                "\"top_logprobs\":3 | top_logprobs",
                "\"logprobs\":true,\"top_logprobs\":21 | top_logprobs",
                "\"max_tokens\":3,\"max_completion_tokens\":4 | max_tokens",
                "\"stream_options\":{\"include_usage\":true} | stream_options",
                "\"stream\":true,\"stream_options\":{\"include_obfuscation\":true} | stream_options.include_obfuscation",
                "\"reasoning_effort\":\"huge\" | reasoning_effort",
                "\"functions\":[] | functions",
                "\"function_call\":\"auto\" | function_call",
                "\"logit_bias\":{\"x\":1} | logit_bias",
                "\"logit_bias\":{\"1\":101} | logit_bias",
                "\"logit_bias\":{\"05\":1,\"5\":2} | logit_bias",
                "\"logit_bias\":[[5,1],[5,2]] | logit_bias",
                "\"response_format\":{\"type\":\"yaml\"} | response_format.type",
                "\"response_format\":{\"type\":\"json_schema\"} | response_format.json_schema",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\"}} | response_format.json_schema.schema",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":[]}} | response_format.json_schema.schema",
                "\"tools\":[{\"type\":\"function\"}] | tools[0].function",
                "\"tools\":[{\"type\":\"web_search\"}] | tools[0].type",
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\",\"colour\":1}}] | tools[0].function.colour",
                "\"tool_choice\":\"maybe\" | tool_choice",
                "\"tool_choice\":\"required\" | tool_choice",
                "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"b\"}} | tool_choice",
                "\"truncation\":\"some\" | truncation",
                "\"metadata\":{\"a\":1} | metadata.a",
            })
    void whatIsWrongIsNamed(String fields, String parameter) {
        assertThatThrownBy(() -> read(fields)).isInstanceOfSatisfying(DalangException.class, e -> {
            assertThat(e.failure())
                    .isInstanceOfSatisfying(
                            Failure.InvalidRequest.class,
                            f -> assertThat(f.parameter()).isEqualTo(parameter));
            assertThat(e.getMessage()).doesNotContain("\n");
        });
    }

    /** CONTRACTS: bad messages are a 400, whatever is bad about them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | messages",
                "\"hi\" | messages",
                "[] | messages",
                "[123] | messages[0]",
                "[{}] | messages[0].role",
                "[{\"role\":3,\"content\":\"x\"}] | messages[0].role",
                "[{\"role\":\"boss\",\"content\":\"x\"}] | messages[0].role",
                "[{\"role\":\"user\"}] | messages[0].content",
                "[{\"role\":\"user\",\"content\":7}] | messages[0].content",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"smell\"}]}] | messages[0].content[0].type",
                "[{\"role\":\"assistant\"}] | messages[0].content",
                "[{\"role\":\"tool\",\"content\":\"x\"}] | messages[0].tool_call_id",
                "[{\"role\":\"tool\",\"content\":\"x\",\"tool_call_id\":\"c1\"}] | messages[0].tool_call_id",
                "[{\"role\":\"user\",\"content\":\"x\",\"colour\":1}] | messages[0].colour",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,!!\"}}]}] | messages[0].content[0].image_url.url",
            })
    void badMessagesAreNamed(String json, String parameter) {
        assertThatThrownBy(() -> messages(json))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(((Failure.InvalidRequest) e.failure()).parameter())
                                .isEqualTo(parameter));
    }

    @Test
    void messagesOfAllRoles() {
        List<Message> all = messages("""
                [{"role":"developer","content":[{"type":"text","text":"be brief"}]},
                 {"role":"user","name":"ann","content":[{"type":"text","text":"what is this?"},
                   {"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC","detail":"low"}},
                   {"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}},
                   {"type":"file","file":{"file_data":"data:application/pdf;base64,AAEC","filename":"a.pdf"}}]},
                 {"role":"assistant","content":null,"refusal":null,"reasoning_content":"hm","annotations":[],
                   "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},
                                 {"id":"c2","type":"custom","custom":{"name":"g","input":"x"}}]},
                 {"role":"tool","tool_call_id":"c1","content":"sunny"}]
                """);
        assertThat(all.stream().map(Message::role))
                .containsExactly(Role.DEVELOPER, Role.USER, Role.ASSISTANT, Role.TOOL);
        assertThat(all.get(1).name()).isEqualTo("ann");
        assertThat(all.get(1).parts())
                .containsExactly(
                        new Part.Text("what is this?"),
                        new Part.Image(new Source.Bytes(new byte[] {0, 1, 2}, "image/png"), "low", null),
                        new Part.Audio(new Source.Bytes(new byte[] {0, 1, 2}, "audio/wav"), "wav", null),
                        new Part.Document(
                                new Source.Bytes(new byte[] {0, 1, 2}, "application/pdf"), "a.pdf", null, false, null));
        assertThat(all.get(2).parts())
                .containsExactly(
                        new Part.Reasoning("hm"),
                        new Part.ToolCall("c1", "f", "{}"),
                        new Part.ToolCall("c2", "g", "x", null, true, null));
        assertThat(all.get(3)).isEqualTo(Message.toolResult("c1", "sunny"));
    }

    @Test
    void toolsAndWhichOfThem() {
        String tools = """
                "tools":[{"type":"function","function":{"name":"a","description":"d","parameters":{"type":"object"},"strict":true}},
                         {"type":"function","function":{"name":"b"}}]
                """;
        assertThat(request(tools).tools())
                .containsExactly(
                        new Tool.Function("a", "d", "{\"type\":\"object\"}", true, null),
                        new Tool.Function("b", null, null));
        assertThat(request(tools).toolChoice()).isEqualTo(new ToolChoice.Auto());
        assertThat(request(tools + ",\"tool_choice\":\"none\"").toolChoice()).isEqualTo(new ToolChoice.None());
        assertThat(request(tools + ",\"tool_choice\":\"required\"").toolChoice())
                .isEqualTo(new ToolChoice.Required());
        assertThat(request(tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"b\"}}")
                        .toolChoice())
                .isEqualTo(new ToolChoice.Named(List.of("b")));
        assertThat(request(tools
                                + ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":"
                                + "[{\"type\":\"function\",\"function\":{\"name\":\"a\"}}]}}")
                        .toolChoice())
                .isEqualTo(new ToolChoice.Named(List.of("a"), false));
    }

    @Test
    void formsOfAnswers() {
        assertThat(request("\"response_format\":{\"type\":\"json_object\"}").responseFormat())
                .isEqualTo(new ResponseFormat.JsonObject());
        assertThat(request(
                                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"description\":"
                                        + "\"a person\",\"strict\":true,\"schema\":{\"type\":\"object\"}}}")
                        .responseFormat())
                .isEqualTo(
                        new ResponseFormat.JsonSchema("n", "{\"type\":\"object\",\"description\":\"a person\"}", true));
        assertThat(request("\"grammar\":\"root ::= \\\"a\\\"\"").responseFormat())
                .isEqualTo(new ResponseFormat.Grammar("root ::= \"a\""));
        assertThat(request("\"structured_outputs\":{\"choice\":[\"yes\",\"no\"]}")
                        .responseFormat())
                .isEqualTo(new ResponseFormat.Choice(List.of("yes", "no")));
    }
}

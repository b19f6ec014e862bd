package dev.dalang.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Truncation;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestReaderTest {

    private static RequestReader.Read chat(String json) {
        return RequestReader.chat(Fields.of(Json.parse(json)));
    }

    private static RequestReader.Read generate(String json) {
        return RequestReader.generate(Fields.of(Json.parse(json)));
    }

    private static ChatRequest asked(RequestReader.Read read) {
        ChatRequest request = read.request();
        assertThat(request).isNotNull();
        return request;
    }

    @Test
    void readsAWholeChat() {
        RequestReader.Read read = chat("""
                {"model":"m","stream":false,"keep_alive":"1m30s","think":"low","truncate":true,"format":{"type":"object"},
                 "logprobs":true,"top_logprobs":3,
                 "options":{"temperature":0.5,"top_k":-1,"num_predict":-1,"num_ctx":100,"seed":-1,"stop":["a"],"num_gpu":1,
                            "repeat_penalty":1.1,"mirostat":2,"tfs_z":1},
                 "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
                 "messages":[{"role":"system","content":"s"},
                  {"role":"user","content":"u","images":["aGVsbG8="]},
                  {"role":"assistant","thinking":"t","content":"c","tool_calls":[
                    {"function":{"name":"f","arguments":{"a":1}}},{"id":"own","function":{"name":"g","arguments":{}}}]},
                  {"role":"tool","tool_name":"g","content":"2"},
                  {"role":"tool","content":"1"}]}""");
        ChatRequest q = asked(read);
        assertThat(read.stream()).isFalse();
        assertThat(read.keepAlive()).isEqualTo(Duration.ofSeconds(90));
        assertThat(q.reasoning()).isEqualTo(ReasoningOptions.of(Effort.LOW));
        assertThat(q.truncation()).isEqualTo(Truncation.DROP_OLDEST);
        assertThat(q.responseFormat()).isEqualTo(new ResponseFormat.JsonSchema(null, "{\"type\":\"object\"}", null));
        assertThat(q.topLogprobs()).isEqualTo(3);
        assertThat(q.sampling().topK()).isZero();
        assertThat(q.sampling().seed()).isNull();
        assertThat(q.maxTokens()).isNull();
        assertThat(q.contextLength()).isEqualTo(100);
        assertThat(q.extensions()).containsOnlyKeys("num_gpu");
        List<Message> turns = ((Prompt.Conversation) q.prompt()).messages();
        assertThat(turns.stream().map(Message::role))
                .containsExactly(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.TOOL);
        assertThat(turns.get(1).parts().get(1)).isInstanceOf(Part.Image.class);
        assertThat(turns.get(2).toolCalls().getFirst().arguments()).isEqualTo("{\"a\":1}");
        Part.ToolResult second = (Part.ToolResult) turns.get(3).parts().getFirst();
        assertThat(second.callId()).isEqualTo("own");
        Part.ToolResult first = (Part.ToolResult) turns.get(4).parts().getFirst();
        assertThat(first.callId()).isEqualTo(turns.get(2).toolCalls().getFirst().id());
        assertThat(first.toolName()).isEqualTo("f");
    }

    @Test
    void readsPromptsOfAllKinds() {
        assertThat(asked(generate("{\"model\":\"m\",\"prompt\":\"p\",\"raw\":true}"))
                        .prompt())
                .isEqualTo(new Prompt.Raw("p"));
        assertThat(asked(generate("{\"model\":\"m\",\"prompt\":\"p\",\"suffix\":\"s\"}"))
                        .prompt())
                .isEqualTo(new Prompt.Infill("p", "s"));
        RequestReader.Read read = generate("{\"model\":\"m\",\"prompt\":\"p\",\"system\":\"s\",\"context\":[1,2]}");
        assertThat(read.context()).containsExactly(1, 2);
        assertThat(read.keepsContext()).isTrue();
        assertThat(((Prompt.Conversation) asked(read).prompt()).messages())
                .containsExactly(Message.system("s"), Message.user("p"));
        assertThat(generate("{\"model\":\"m\"}").request()).isNull();
        assertThat(chat("{\"model\":\"m\",\"messages\":[]}").request()).isNull();
        assertThat(generate("{\"name\":\"m\",\"keep_alive\":0}").keepAlive()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "colour":1                        | colour
            "options":{"colour":1}            | options.colour
            "options":{"num_predict":-3}      | options.num_predict
            "options":{"temperature":"hot"}   | options.temperature
            "options":{"tfs_z":0.5}           | options.tfs_z
            "shift":true                      | shift
            "top_logprobs":2                  | top_logprobs
            "format":"xml"                    | format
            "think":"hard"                    | think
            "keep_alive":"soon"               | keep_alive
            "keep_alive":true                 | keep_alive
            "template":"{{ .Prompt }}"        | template
            "context":["a"]                   | context
            "suffix":"s","raw":true           | suffix
            "images":["!"]                    | images
            """)
    void refusesByName(String field, String parameter) {
        assertThatThrownBy(() -> generate("{\"model\":\"m\",\"prompt\":\"p\"," + field + "}"))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(((Failure.InvalidRequest) e.failure()).parameter())
                                .isEqualTo(parameter));
    }
}

package dev.dalang.server.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.CacheHint;
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
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessagesReaderTest {

    private static final String HI =
            "\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private static MessagesReader.Read read(String json) {
        return MessagesReader.read(Fields.of(Json.parse(json)), null);
    }

    private static ChatRequest with(String more) {
        return read("{" + HI + (more.isEmpty() ? "" : ",") + more + "}").request();
    }

    @Test
    void readsAWholeRequest() {
        MessagesReader.Read r = read("""
                {"model":"m","max_tokens":9,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":7,
                 "stop_sequences":["END"],"metadata":{"user_id":"u"},"service_tier":"standard_only",
                 "system":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral","ttl":"1h"}}],
                 "thinking":{"type":"enabled","budget_tokens":1024,"display":"omitted"},
                 "output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
                 "tools":[{"name":"get","description":"d","input_schema":{"type":"object"},"strict":true,
                           "cache_control":{"type":"ephemeral"}},
                          {"type":"web_search_20250305","name":"web_search","max_uses":3}],
                 "tool_choice":{"type":"tool","name":"get","disable_parallel_tool_use":true},
                 "messages":[
                  {"role":"user","content":"what?"},
                  {"role":"assistant","content":[
                    {"type":"thinking","thinking":"hm","signature":"s"},
                    {"type":"redacted_thinking","data":"x"},
                    {"type":"text","text":"let me see"},
                    {"type":"tool_use","id":"t1","name":"get","input":{"a":1}}]},
                  {"role":"user","content":[
                    {"type":"text","text":"and?"},
                    {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"no"}]}]},
                  {"role":"assistant","content":"It"}]}""");
        ChatRequest q = r.request();
        assertThat(r.stream()).isTrue();
        assertThat(r.hidesThinking()).isTrue();
        assertThat(q.maxTokens()).isEqualTo(9);
        assertThat(q.sampling().temperature()).isEqualTo(0.5f);
        assertThat(q.sampling().topK()).isEqualTo(7);
        assertThat(q.stop()).containsExactly("END");
        assertThat(q.user()).isEqualTo("u");
        assertThat(q.serviceTier()).isEqualTo("default");
        assertThat(q.reasoning()).isEqualTo(new ReasoningOptions(true, Effort.LOW, 1024, null, true));
        assertThat(q.responseFormat()).isEqualTo(new ResponseFormat.JsonSchema(null, "{\"type\":\"object\"}", null));
        assertThat(q.toolChoice()).isEqualTo(new ToolChoice.Named(List.of("get")));
        assertThat(q.parallelToolCalls()).isFalse();
        assertThat(q.tools().getFirst())
                .isEqualTo(new Tool.Function("get", "d", "{\"type\":\"object\"}", true, CacheHint.SHORT));
        assertThat(q.tools().get(1)).isInstanceOf(Tool.Hosted.class);

        Prompt.Conversation c = (Prompt.Conversation) q.prompt();
        assertThat(c.continueLast()).isTrue();
        assertThat(c.messages().stream().map(Message::role))
                .containsExactly(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.USER, Role.ASSISTANT);
        assertThat(c.messages().getFirst().parts().getFirst().cache()).isEqualTo(CacheHint.LONG);
        assertThat(c.messages().get(2).parts())
                .containsExactly(
                        new Part.Reasoning("hm", "s", null, false),
                        new Part.RedactedReasoning("x", null),
                        new Part.Text("let me see"),
                        new Part.ToolCall("t1", "get", "{\"a\":1}"));
        assertThat(c.messages().get(3).parts())
                .containsExactly(new Part.ToolResult("t1", null, List.of(new Part.Text("no")), true, null));
    }

    @Test
    void keepsWhatOnlyAnthropicUnderstands() {
        ChatRequest q = with("\"container\":\"c\",\"mcp_servers\":[],\"context_management\":{\"edits\":[1]}");
        assertThat(q.extensions())
                .containsEntry("container", "\"c\"")
                .containsEntry("context_management", "{\"edits\":[1]}")
                .doesNotContainKey("mcp_servers");
    }

    @Test
    void aDocumentOfBlocksGoesOnAsItIs() {
        String block = "{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"text\","
                + "\"text\":\"a\"}]},\"title\":\"t\"}";
        ChatRequest q = read("{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[" + block
                        + "]}]}")
                .request();
        Prompt.Conversation c = (Prompt.Conversation) q.prompt();
        Part.Opaque part = (Part.Opaque) c.messages().getFirst().parts().getFirst();
        assertThat(Json.parse(part.json())).isEqualTo(Json.parse(block));
    }

    @Test
    void choosesTools() {
        String tools = "\"tools\":[{\"name\":\"a\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":";
        assertThat(with(tools + "{\"type\":\"any\"}").toolChoice()).isEqualTo(new ToolChoice.Required());
        assertThat(with(tools + "{\"type\":\"auto\"}").toolChoice()).isEqualTo(new ToolChoice.Auto());
        assertThat(with(tools + "{\"type\":\"none\"}").toolChoice()).isEqualTo(new ToolChoice.None());
    }

    @Test
    void thinksAsItIsTold() {
        assertThat(with("\"thinking\":{\"type\":\"disabled\"}").reasoning().off())
                .isTrue();
        assertThat(with("\"thinking\":{\"type\":\"adaptive\"}").reasoning().enabled())
                .isTrue();
        assertThat(with("").reasoning()).isEqualTo(ReasoningOptions.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "colour":1                                                | colour
            "thinking":{"type":"enabled"}                             | thinking.budget_tokens
            "thinking":{"type":"deep"}                                | thinking.type
            "output_config":{"format":{"type":"xml"}}                 | output_config.format.type
            "output_config":{"effort":"vast"}                         | output_config.effort
            "tool_choice":{"type":"tool","name":"b"}                  | tool_choice
            "tools":[{"name":"a"}]                                    | tools[0].input_schema
            "tools":[{"name":"a","input_schema":{},"colour":1}]       | tools[0].colour
            "tools":[{"name":"a","input_schema":{},"defer_loading":true}] | tools[0].defer_loading
            "top_k":1.5                                               | top_k
            "stop_sequences":"END"                                    | stop_sequences
            "stop_sequences":["END",""]                               | stop_sequences
            "metadata":{"name":"n"}                                   | metadata.name
            "service_tier":"fast"                                     | service_tier
            """)
    void refusesByName(String field, String parameter) {
        assertThatThrownBy(() -> with(field)).isInstanceOfSatisfying(DalangException.class, e -> {
            assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class);
            assertThat(((Failure.InvalidRequest) e.failure()).parameter()).isEqualTo(parameter);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"role":"user","content":[{"type":"tool_use","id":"1","name":"a","input":{}}]}      | content[0].type
            {"role":"assistant","content":[{"type":"tool_result","tool_use_id":"1"}]}           | content[0].type
            {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"!"}}]} | source.data
            {"role":"user"}                                                                     | content
            {"role":"king","content":"hi"}                                                      | role
            {"role":"user","content":[{"type":"text","text":"a","colour":1}]}                   | content[0].colour
            """)
    void refusesWrongMessages(String message, String parameter) {
        assertThatThrownBy(() -> read("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[" + message + "]}"))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(((Failure.InvalidRequest) e.failure()).parameter())
                                .startsWith("messages[0]")
                                .endsWith(parameter));
    }
}

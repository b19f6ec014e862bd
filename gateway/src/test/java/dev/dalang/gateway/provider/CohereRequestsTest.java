package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Tool;
import dev.dalang.gateway.simulator.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What Cohere is sent, and what its documents have in answers that the simulator does not say. */
class CohereRequestsTest extends SimulatedTest {

    private ChatResponse ask(ChatRequest.Builder request) {
        return hosted.chat("cohere/command-a").complete(request.build());
    }

    private JsonNode sent(ChatRequest.Builder request) {
        ask(request);
        return hosted.simulator.last().body();
    }

    private static Tool tool(String name, Boolean strict) {
        return new Tool.Function(name, null, null, strict, null);
    }

    @Test
    void everythingThatHasAPlace() {
        JsonNode body = sent(asking(Message.user("Hi"))
                .responseFormat(new ResponseFormat.JsonSchema("x", "{\"type\":\"object\"}", null))
                .sampling(Sampling.builder().topK(5).seed(3L).build())
                .topLogprobs(0)
                .maxTokens(50)
                .stop(List.of("END"))
                .reasoning(new ReasoningOptions(null, null, 500, null, false))
                .extensions(Map.of("safety_mode", "\"STRICT\"", "priority", "7")));
        assertThat(body.path("response_format").toString())
                .isEqualTo("{\"type\":\"json_object\",\"json_schema\":{\"type\":\"object\"}}");
        assertThat(body.path("k").intValue()).isEqualTo(5);
        assertThat(body.path("seed").intValue()).isEqualTo(3);
        assertThat(body.path("logprobs").booleanValue()).isTrue();
        assertThat(body.path("stop_sequences").toString()).isEqualTo("[\"END\"]");
        assertThat(body.path("thinking").toString()).isEqualTo("{\"type\":\"enabled\",\"token_budget\":500}");
        assertThat(body.path("safety_mode").stringValue()).isEqualTo("STRICT");
        assertThat(body.path("priority").intValue()).isEqualTo(7);
    }

    @Test
    void whatHasNoPlaceIsRefusedByName() {
        ChatRequest.Builder request = asking(Message.user("Hi"))
                .sampling(Sampling.builder().logitBias(Map.of(7, 1f)).build())
                .topLogprobs(2)
                .parallelToolCalls(false)
                .serviceTier("flex")
                .reasoning(ReasoningOptions.of(Effort.HIGH));
        assertThatThrownBy(() -> ask(request))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(((Failure.Unsupported) e.failure()).feature())
                                .isEqualTo("logit_bias, parallel_tool_calls, reasoning.effort, top_logprobs,"
                                        + " service_tier"));
        assertThat(hosted.simulator.asked()).as("nothing was sent").isEmpty();
    }

    @Test
    void toolsAreStrictTogether() {
        ChatRequest.Builder request = asking(Message.user("Hi"));
        JsonNode body = sent(request.tools(List.of(tool("a", true), tool("b", true))));
        assertThat(body.path("strict_tools").booleanValue()).isTrue();
        ChatResponse answer = ask(request.tools(List.of(tool("a", true), tool("b", null))));
        assertThat(hosted.simulator.last().body().has("strict_tools")).isFalse();
        assertThat(answer.notices()).extracting(n -> n.code()).containsExactly("tools_not_strict");
        assertThat(ask(request.tools(List.of(tool("a", false)))).notices()).isEmpty();
        answer = ask(
                request.tools(List.of(tool("a", true), tool("b", null))).extensions(Map.of("strict_tools", "true")));
        assertThat(hosted.simulator.last().body().path("strict_tools").booleanValue())
                .isTrue();
        assertThat(answer.notices()).isEmpty();
    }

    @Test
    void thoughtsGoBackWhereTheyHaveAPlace() {
        Part.Reasoning thought = new Part.Reasoning("hm");
        ChatRequest.Builder request = asking(
                Message.user("Weather?"),
                new Message(Role.ASSISTANT, List.of(thought, new Part.ToolCall("t1", "weather", "{}")), null),
                Message.toolResult("t1", "sunny"),
                new Message(Role.ASSISTANT, List.of(thought, new Part.Text("Sunny.")), null),
                Message.user("And now?"));
        String calls = "\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
                + "\"arguments\":\"{}\"}}]";
        JsonNode messages = sent(request).path("messages");
        assertThat(messages.get(1).toString()).isEqualTo("{\"role\":\"assistant\",\"tool_plan\":\"hm\"," + calls + "}");
        assertThat(messages.get(3).toString()).isEqualTo("{\"role\":\"assistant\",\"content\":\"Sunny.\"}");
        messages = sent(request.reasoning(ReasoningOptions.of(true))).path("messages");
        String block = "\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}";
        assertThat(messages.get(1).toString()).isEqualTo("{\"role\":\"assistant\"," + calls + "," + block + "]}");
        assertThat(messages.get(3).toString())
                .isEqualTo("{\"role\":\"assistant\"," + block + ",{\"type\":\"text\",\"text\":\"Sunny.\"}]}");
    }

    /** A plan, a citation and scores, in an answer at once and in a stream. */
    @Test
    void whatElseAnAnswerHas() {
        String citation = "{\"start\":0,\"end\":5,\"text\":\"Sunny\",\"sources\":[],\"type\":\"TEXT_CONTENT\"}";
        String scores = "{\"text\":\"Sunny.\",\"token_ids\":[42],\"logprobs\":[-0.5]}";
        String whole =
                "{\"id\":\"a\",\"finish_reason\":\"TOOL_CALL\",\"message\":{\"role\":\"assistant\",\"tool_plan\":\"I look"
                        + " it up.\",\"content\":[{\"type\":\"text\",\"text\":\"Sunny.\"}],\"citations\":[" + citation
                        + "],\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                        + "\"logprobs\":[" + scores
                        + "],\"usage\":{\"billed_units\":{\"input_tokens\":3,\"output_tokens\":2}}}";
        String[] events = {
            "{\"type\":\"message-start\",\"id\":\"a\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}",
            "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}",
            "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Sunny.\"}}},\"logprobs\":"
                    + scores + "}",
            "{\"type\":\"citation-start\",\"index\":0,\"delta\":{\"message\":{\"citations\":" + citation + "}}}",
            "{\"type\":\"citation-end\",\"index\":0}",
            "{\"type\":\"content-end\",\"index\":0}",
            "{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I look it up.\"}}}",
            "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t1\",\"type\":\"function\","
                    + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}}}}",
            "{\"type\":\"tool-call-end\",\"index\":0}",
            "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\",\"usage\":{\"billed_units\":{\"input_tokens\":3,"
                    + "\"output_tokens\":2}}}}"
        };
        StringBuilder stream = new StringBuilder();
        for (String e : events) stream.append("data: ").append(e).append("\n\n");
        hosted.simulator.next(
                new Fault.Status(200, whole), new Fault.Status(200, "text/event-stream", stream.toString(), Map.of()));
        ChatResponse atOnce = ask(asking(Message.user("Hi")));
        ChatResponse streamed = ask(asking(Message.user("Hi")));
        assertThat(atOnce.message()).isEqualTo(streamed.message());
        assertThat(atOnce.text()).isEqualTo("Sunny.");
        assertThat(atOnce.message().reasoning()).isEqualTo("I look it up.");
        assertThat(atOnce.message().parts().toString()).contains("TEXT_CONTENT");
        assertThat(atOnce.usage()).isEqualTo(streamed.usage());
        assertThat(atOnce.usage().promptTokens()).isEqualTo(3);
        for (ChatResponse answer : List.of(atOnce, streamed)) {
            assertThat(answer.scores()).extracting(TokenScore::id).containsExactly(42);
            assertThat(answer.scores().getFirst().logprob()).isEqualTo(-0.5f);
        }
    }
}

package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.simulator.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What Mistral is sent, which refuses every field that is not its own: so does the simulator. */
class MistralRequestsTest extends SimulatedTest {

    private JsonNode sent(ChatRequest.Builder request) {
        hosted.chat("mistral/mistral-medium-3-5").complete(request.build());
        return hosted.simulator.last().body();
    }

    private String refused(ChatRequest.Builder request) {
        int before = hosted.simulator.asked().size();
        String[] feature = new String[1];
        assertThatThrownBy(() -> hosted.chat("mistral/m").complete(request.build()))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> feature[0] = ((Failure.Unsupported) e.failure()).feature());
        assertThat(hosted.simulator.asked()).as("nothing was sent").hasSize(before);
        return feature[0];
    }

    @Test
    void everythingThatHasAPlace() {
        JsonNode body = sent(asking(Message.user("Hi"))
                .tools(List.of(new Tool.Function("weather", null, null), new Tool.Function("other", null, "{}")))
                .toolChoice(new ToolChoice.Named(List.of("weather")))
                .parallelToolCalls(false)
                .responseFormat(new ResponseFormat.JsonSchema(null, "{\"type\":\"object\"}", true))
                .sampling(Sampling.builder()
                        .temperature(0.5f)
                        .topP(0.9f)
                        .seed(3L)
                        .frequencyPenalty(0.1f)
                        .presencePenalty(0.2f)
                        .build())
                .maxTokens(50)
                .stop(List.of("END"))
                .serviceTier("auto")
                .user("u1")
                .metadata(Map.of("team", "blue"))
                .extensions(Map.of(
                        "safe_prompt", "true",
                        "prompt_cache_key", "\"k\"",
                        "prediction", "{\"type\":\"content\",\"content\":\"a\"}",
                        "guardrails", "[]")));
        assertThat(body.path("tools").get(0).path("function").path("parameters").toString())
                .isEqualTo("{\"type\":\"object\",\"properties\":{}}");
        assertThat(body.path("tool_choice").toString())
                .isEqualTo("{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}");
        assertThat(body.path("parallel_tool_calls").toString()).isEqualTo("false");
        assertThat(body.path("response_format").toString())
                .isEqualTo(
                        "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\",\"schema\":{\"type\":\"object\"},"
                                + "\"strict\":true}}");
        assertThat(body.path("random_seed").intValue()).isEqualTo(3);
        assertThat(body.path("metadata").toString()).isEqualTo("{\"team\":\"blue\"}");
        assertThat(body.path("safe_prompt").booleanValue()).isTrue();
        assertThat(body.path("service_tier").stringValue()).isEqualTo("auto");
        assertThat(body.has("user")).isFalse();
    }

    @Test
    void whatHasNoPlaceIsRefusedByName() {
        ChatRequest.Builder hi = asking(Message.user("Hi"))
                .sampling(Sampling.builder().topK(5).logitBias(Map.of(7, 1f)).build())
                .topLogprobs(2)
                .extensions(Map.of("no_such_thing", "1"));
        assertThat(refused(hi)).isEqualTo("top_k, logit_bias, top_logprobs, no_such_thing");
        assertThat(refused(
                        asking(Message.user("Hi")).reasoning(new ReasoningOptions(null, Effort.MAX, 500, null, false))))
                .isEqualTo("reasoning.effort, reasoning.budget_tokens");
        assertThat(refused(asking(Message.user("Hi"))
                        .tools(List.of(new Tool.Hosted("web_search", "web_search", "{}", null)))))
                .contains("web_search");
    }

    @Test
    void thinkingIsAskedFor() {
        ChatRequest.Builder hi = asking(Message.user("Hi"));
        assertThat(sent(hi).has("reasoning_effort")).isFalse();
        for (var asked : Map.of(
                        ReasoningOptions.of(true),
                        "high",
                        ReasoningOptions.of(false),
                        "none",
                        ReasoningOptions.of(Effort.LOW),
                        "low",
                        ReasoningOptions.of(Effort.XHIGH),
                        "xhigh",
                        new ReasoningOptions(null, null, 0, null, false),
                        "none")
                .entrySet()) {
            assertThat(sent(hi.reasoning(asked.getKey()))
                            .path("reasoning_effort")
                            .stringValue())
                    .isEqualTo(asked.getValue());
        }
    }

    /** Another provider's turn: its id of the call, its refusal, the speaker's name. */
    @Test
    void aTurnOfAnothers() {
        Message called = new Message(
                Role.ASSISTANT,
                List.of(
                        new Part.Reasoning("hm", "sig", null, false),
                        new Part.Text("One moment."),
                        new Part.ToolCall("call_1234567890", "weather", "")),
                "Dalang");
        Message result = new Message(
                Role.TOOL,
                List.of(new Part.ToolResult(
                        "call_1234567890", "weather", List.of(new Part.Text("sunny")), false, null)),
                null);
        Message refusal = new Message(Role.ASSISTANT, List.of(new Part.Refusal("No.")), null);
        ChatRequest.Builder turns = asking(
                new Message(Role.DEVELOPER, List.of(new Part.Text("Be brief.")), null),
                new Message(Role.USER, List.of(new Part.Text("Weather?")), "Anna"),
                called,
                result,
                refusal,
                Message.user("And now?"));
        JsonNode messages = sent(turns).path("messages");
        assertThat(messages.get(0).toString()).isEqualTo("{\"role\":\"system\",\"content\":\"Be brief.\"}");
        assertThat(messages.get(1).toString()).isEqualTo("{\"role\":\"user\",\"content\":\"Weather?\"}");
        String id = messages.get(3).path("tool_call_id").stringValue();
        assertThat(id).matches("[a-zA-Z0-9]{9}");
        String call = "\"tool_calls\":[{\"id\":\"" + id
                + "\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]}";
        assertThat(messages.get(2).toString()).isEqualTo("{\"role\":\"assistant\",\"content\":\"One moment.\"," + call);
        assertThat(messages.get(3).path("name").stringValue()).isEqualTo("weather");
        assertThat(messages.get(4).toString()).isEqualTo("{\"role\":\"assistant\",\"content\":\"No.\"}");
        // To a model that is asked to think, thoughts go back.
        messages = sent(turns.reasoning(ReasoningOptions.of(Effort.HIGH))).path("messages");
        assertThat(messages.get(2).toString())
                .isEqualTo(
                        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
                                + "\"text\":\"hm\"}],\"signature\":\"sig\"},{\"type\":\"text\",\"text\":\"One moment.\"}],"
                                + call);
    }

    @Test
    void anIdOfItsOwnStays() {
        JsonNode messages = sent(asking(
                        Message.user("Weather?"),
                        new Message(Role.ASSISTANT, List.of(new Part.ToolCall("D681PevKs", "weather", "{}")), null),
                        Message.toolResult("D681PevKs", "sunny")))
                .path("messages");
        assertThat(messages.get(1).path("tool_calls").get(0).path("id").stringValue())
                .isEqualTo("D681PevKs");
        assertThat(messages.get(2).path("tool_call_id").stringValue()).isEqualTo("D681PevKs");
    }

    @Test
    void picturesSoundsAndDocuments() {
        Source bytes = new Source.Bytes(new byte[] {'%', 'P', 'D', 'F'}, null);
        List<Part> parts = List.of(
                new Part.Text("See?"),
                new Part.Image(new Source.Url("https://example.com/a.png"), "low", null),
                new Part.Audio(new Source.Bytes(new byte[3], null), "wav", null),
                new Part.Document(bytes, "A", null, false, null),
                new Part.Document(new Source.FileId("f-1"), null, null, false, null));
        JsonNode content = sent(asking(new Message(Role.USER, parts, null)))
                .path("messages")
                .get(0)
                .path("content");
        assertThat(content.toString())
                .isEqualTo("[{\"type\":\"text\",\"text\":\"See?\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\",\"detail\":\"low\"}},"
                        + "{\"type\":\"input_audio\",\"input_audio\":\"AAAA\"},"
                        + "{\"type\":\"document_url\",\"document_url\":\"data:application/pdf;base64,JVBERg==\","
                        + "\"document_name\":\"A\"},"
                        + "{\"type\":\"file\",\"file_id\":\"f-1\"}]");
    }

    @Test
    void aBegunAnswerAndAGapAreFilled() {
        Prompt begun = new Prompt.Conversation(List.of(Message.user("A poem"), Message.assistant("Roses are")), true);
        JsonNode last = sent(ChatRequest.builder("m", begun)).path("messages").get(1);
        assertThat(last.toString()).isEqualTo("{\"role\":\"assistant\",\"content\":\"Roses are\",\"prefix\":true}");
        ChatRequest.Builder gap = ChatRequest.builder("m", new Prompt.Infill("def f(", "return a"))
                .sampling(Sampling.builder().seed(3L).build());
        JsonNode body = sent(gap);
        assertThat(hosted.simulator.last().path()).isEqualTo("/mistral/v1/fim/completions");
        assertThat(body.toString())
                .isEqualTo("{\"model\":\"mistral-medium-3-5\",\"prompt\":\"def f(\",\"suffix\":\"return a\","
                        + "\"random_seed\":3,\"stream\":true}");
        assertThat(refused(
                        gap.sampling(Sampling.builder().frequencyPenalty(0.1f).build())))
                .isEqualTo("frequency_penalty");
        assertThat(refused(ChatRequest.builder("m", new Prompt.Tokens(new int[] {1, 2}))))
                .contains("token ids");
    }

    @Test
    void embeddingsInTheirLength() {
        var model = hosted.embedding("mistral/codestral-embed");
        EmbeddingRequest request = EmbeddingRequest.of("m", List.of("a", "bcd"));
        model.embed(request, Cancellation.NONE);
        assertThat(hosted.simulator.last().body().toString())
                .isEqualTo("{\"model\":\"codestral-embed\",\"input\":[\"a\",\"bcd\"],\"encoding_format\":\"float\"}");
    }

    /** What the simulator does not say: calls without an id or a number, the older counts, an error for an answer. */
    @Test
    void olderWordsAreRead() {
        String chunk = "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
                + "{\"id\":\"null\",\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}},"
                + "{\"id\":\"null\",\"index\":1,\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
                + "\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
                + "\"total_tokens\":11,\"num_cached_tokens\":4,\"prompt_audio_seconds\":6,\"service_tier\":\"priority\"}}";
        hosted.simulator.next(
                new Fault.Status(200, "text/event-stream", "data: " + chunk + "\n\ndata: [DONE]\n\n", Map.of()));
        ChatResponse answer =
                hosted.chat("mistral/m").complete(asking(Message.user("Hi")).build());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(answer.message().toolCalls())
                .extracting(Part.ToolCall::name, Part.ToolCall::arguments)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("f", "{\"a\":1}"),
                        org.assertj.core.groups.Tuple.tuple("g", "{}"));
        assertThat(answer.message().toolCalls())
                .extracting(Part.ToolCall::id)
                .doesNotHaveDuplicates()
                .doesNotContain("null");
        assertThat(answer.usage().cachedTokens()).isEqualTo(4);
        assertThat(answer.usage().other()).containsEntry("prompt_audio_seconds", 6L);
        assertThat(answer.details()).containsEntry("service_tier", "\"priority\"");
        String error = "{\"object\":\"error\",\"message\":\"Service tier capacity exceeded\",\"type\":"
                + "\"service_tier_capacity_exceeded\",\"param\":null,\"code\":\"3505\"}";
        hosted.simulator.next(
                new Fault.Status(200, "text/event-stream", "data: " + error + "\n\n", Map.of()),
                new Fault.Status(200, error));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> hosted.chat("mistral/m")
                            .complete(asking(Message.user("Hi")).build()))
                    .hasMessage("mistral: Service tier capacity exceeded");
        }
    }
}

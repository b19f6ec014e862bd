package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.CacheHint;
import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.simulator.Simulated;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is sent, as the simulator received it. */
class RequestsTest extends SimulatedTest {

    private JsonNode sent(String model, ChatRequest.Builder request) {
        hosted.chat(model).complete(request.build());
        return hosted.simulator.last().body();
    }

    private static Tool weather() {
        return new Tool.Function(
                "weather", "Tells", "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}");
    }

    @Test
    void anthropic() {
        JsonNode body = sent(
                "anthropic/claude-opus-4-8",
                asking(
                                new Message(
                                        Role.SYSTEM, List.of(new Part.Text("Be brief.", CacheHint.LONG, null)), null),
                                Message.user("Weather?"),
                                new Message(
                                        Role.ASSISTANT,
                                        List.of(
                                                new Part.Reasoning("hm", "sig", null, false),
                                                new Part.RedactedReasoning("sealed", null),
                                                new Part.ToolCall("t1", "weather", "{\"city\":\"Nairobi\"}")),
                                        null),
                                new Message(
                                        Role.TOOL,
                                        List.of(new Part.ToolResult(
                                                "t1", null, List.of(new Part.Text("no")), true, null)),
                                        null),
                                Message.user("And now?"))
                        .tools(List.of(weather()))
                        .toolChoice(new ToolChoice.Named(List.of("weather")))
                        .parallelToolCalls(false)
                        .reasoning(ReasoningOptions.of(Effort.HIGH))
                        .responseFormat(new ResponseFormat.JsonSchema(null, "{\"type\":\"object\"}", null))
                        .stop(List.of("END"))
                        .user("u1")
                        .extensions(Map.of("betas", "[\"a-1\",\"b-2\"]")));
        assertThat(body.path("system").toString())
                .isEqualTo(
                        "[{\"type\":\"text\",\"text\":\"Be brief.\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]");
        assertThat(body.path("messages").size())
                .as("results and what follows are one turn")
                .isEqualTo(3);
        assertThat(body.path("messages").get(1).path("content").toString())
                .isEqualTo(
                        "[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"sig\"},{\"type\":\"redacted_thinking\",\"data\":"
                                + "\"sealed\"},{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"weather\",\"input\":{\"city\":\"Nairobi\"}}]");
        assertThat(body.path("messages").get(2).path("content").get(0).toString())
                .contains("\"is_error\":true");
        assertThat(body.path("tool_choice").toString())
                .isEqualTo("{\"type\":\"tool\",\"name\":\"weather\",\"disable_parallel_tool_use\":true}");
        assertThat(body.path("thinking").toString()).isEqualTo("{\"type\":\"adaptive\"}");
        assertThat(body.path("output_config").path("effort").stringValue()).isEqualTo("high");
        assertThat(body.path("output_config").path("format").path("type").stringValue())
                .isEqualTo("json_schema");
        assertThat(body.path("metadata").path("user_id").stringValue()).isEqualTo("u1");
        assertThat(body.path("max_tokens").intValue()).isPositive();
        var headers = hosted.simulator.last().headers();
        assertThat(headers).containsEntry("anthropic-version", "2023-06-01").containsEntry("anthropic-beta", "a-1,b-2");
        assertThat(headers).containsKey("x-api-key").doesNotContainKey("Authorization");
    }

    /** Bedrock refuses two documents of one name, also in different turns. */
    @Test
    void documentsForBedrockHaveNamesOfTheirOwn() {
        List<Part> documents = new ArrayList<>();
        for (String title : new String[] {
            "Annual report.pdf", "Annual report.pdf", "Annual report_pdf", null, "document 2", null, " "
        })
            documents.add(new Part.Document(
                    new Source.Bytes("text".getBytes(StandardCharsets.UTF_8), "text/plain"), title, null, false, null));
        documents.add(new Part.Text("Compare them."));
        JsonNode body = sent(
                "bedrock/m",
                asking(
                        new Message(Role.USER, documents.subList(0, 2), null),
                        Message.assistant("I see."),
                        new Message(Role.USER, documents.subList(2, documents.size()), null)));
        assertThat(body.findValuesAsString("name"))
                .containsExactly(
                        "Annual report-pdf",
                        "Annual report-pdf (2)",
                        "Annual report-pdf (3)",
                        "document 1",
                        "document 2",
                        "document 3",
                        "document 4");
    }

    /** An answer that was stopped before it began, and one of which only another model's thoughts came. */
    @Test
    void turnsWithoutContentAreLeftOut() {
        for (String provider : List.of("anthropic", "bedrock", "gemini")) {
            JsonNode body = sent(
                    provider + "/sim-model",
                    asking(
                            Message.user("Hi"),
                            Message.assistant(""),
                            Message.user("Are you there?"),
                            new Message(Role.ASSISTANT, List.of(new Part.Reasoning("hm", null, null, false)), null),
                            Message.user("Well?")));
            JsonNode turns = body.path(provider.equals("gemini") ? "contents" : "messages");
            assertThat(turns.size()).as(provider).isEqualTo(1);
            assertThat(turns.get(0).path("role").stringValue()).isEqualTo("user");
            assertThat(turns.toString()).contains("Hi", "Are you there?", "Well?");
        }
    }

    @Test
    void earlierClaudesThinkByABudget() {
        ChatRequest.Builder request = asking(Message.user("Hi")).reasoning(ReasoningOptions.of(Effort.MEDIUM));
        JsonNode body = sent("anthropic/claude-sonnet-4-5", request);
        assertThat(body.path("thinking").toString()).isEqualTo("{\"type\":\"enabled\",\"budget_tokens\":8192}");
        assertThat(body.path("max_tokens").intValue()).isGreaterThan(8192);
        assertThat(body.has("output_config")).isFalse();
        body = sent("anthropic/claude-sonnet-4-5", asking(Message.user("Hi")).reasoning(ReasoningOptions.of(false)));
        assertThat(body.path("thinking").toString()).isEqualTo("{\"type\":\"disabled\"}");
    }

    @Test
    void gemini() {
        Source picture = new Source.Bytes(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff}, null);
        JsonNode body = sent(
                "gemini/gemini-2.5-flash",
                asking(
                                Message.system("Be brief."),
                                new Message(
                                        Role.USER,
                                        List.of(new Part.Text("See?"), new Part.Image(picture, null, null)),
                                        null),
                                new Message(
                                        Role.ASSISTANT,
                                        List.of(
                                                new Part.Reasoning("hm", "c2ln", null, true),
                                                new Part.ToolCall("call_1", "weather", "{}")),
                                        null),
                                new Message(
                                        Role.TOOL,
                                        List.of(new Part.ToolResult(
                                                "call_1", null, List.of(new Part.Text("{\"t\":21}")), false, null)),
                                        null))
                        .tools(List.of(weather()))
                        .toolChoice(new ToolChoice.Required())
                        .sampling(Sampling.builder()
                                .topK(5)
                                .temperature(0.2f)
                                .seed(7L)
                                .build())
                        .maxTokens(50)
                        .stop(List.of("END"))
                        .reasoning(new ReasoningOptions(true, Effort.LOW, null, null, false))
                        .responseFormat(new ResponseFormat.Choice(List.of("yes", "no"))));
        assertThat(hosted.simulator.last().path()).isEqualTo("/v1beta/models/gemini-2.5-flash:streamGenerateContent");
        assertThat(hosted.simulator.last().query()).isEqualTo("alt=sse");
        assertThat(body.path("systemInstruction").toString()).isEqualTo("{\"parts\":[{\"text\":\"Be brief.\"}]}");
        assertThat(body.path("contents").get(0).path("parts").get(1).toString())
                .contains("\"mimeType\":\"image/jpeg\"");
        assertThat(body.path("contents").get(1).path("parts").toString())
                .isEqualTo("[{\"functionCall\":{\"name\":\"weather\",\"args\":{}},\"thoughtSignature\":\"c2ln\"}]");
        assertThat(body.path("contents").get(2).path("parts").toString())
                .isEqualTo("[{\"functionResponse\":{\"name\":\"weather\",\"response\":{\"t\":21}}}]");
        assertThat(body.path("toolConfig").toString()).isEqualTo("{\"functionCallingConfig\":{\"mode\":\"ANY\"}}");
        JsonNode config = body.path("generationConfig");
        assertThat(config.path("topK").intValue()).isEqualTo(5);
        assertThat(config.path("seed").intValue()).isEqualTo(7);
        assertThat(config.path("thinkingConfig").toString())
                .isEqualTo("{\"thinkingBudget\":1024,\"includeThoughts\":true}");
        assertThat(config.path("responseMimeType").stringValue()).isEqualTo("text/x.enum");
        body = sent("gemini/gemini-3-pro", asking(Message.user("Hi")).reasoning(ReasoningOptions.of(Effort.LOW)));
        assertThat(body.path("generationConfig").path("thinkingConfig").toString())
                .isEqualTo("{\"thinkingLevel\":\"low\"}");
        assertThatThrownBy(() ->
                        sent("gemini/gemini-3-pro", asking(Message.user("Hi")).reasoning(ReasoningOptions.of(false))))
                .hasMessageContaining("reasoning.enabled");
    }

    @Test
    void bedrock() {
        JsonNode body = sent(
                "bedrock-signed/eu.anthropic.claude-opus-4-8-v1:0",
                asking(
                                new Message(
                                        Role.SYSTEM, List.of(new Part.Text("Be brief.", CacheHint.SHORT, null)), null),
                                Message.user("Hi"))
                        .tools(List.of(weather()))
                        .toolChoice(new ToolChoice.Required())
                        .maxTokens(50)
                        .sampling(Sampling.builder().temperature(0.5f).topK(3).build())
                        .reasoning(ReasoningOptions.of(Effort.LOW)));
        assertThat(hosted.simulator.last().path())
                .isEqualTo("/model/eu.anthropic.claude-opus-4-8-v1%3A0/converse-stream");
        assertThat(hosted.simulator.last().headers().get("Authorization"))
                .matches("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-central-1/bedrock/aws4_request,"
                        + " SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}");
        assertThat(body.path("system").toString())
                .isEqualTo("[{\"text\":\"Be brief.\"},{\"cachePoint\":{\"type\":\"default\"}}]");
        assertThat(body.path("inferenceConfig").toString()).isEqualTo("{\"maxTokens\":50,\"temperature\":0.5}");
        assertThat(body.path("additionalModelRequestFields").path("top_k").intValue())
                .isEqualTo(3);
        assertThat(body.path("additionalModelRequestFields").path("thinking").toString())
                .contains("adaptive");
        assertThat(body.path("toolConfig").path("toolChoice").toString()).isEqualTo("{\"any\":{}}");
        assertThat(body.path("toolConfig")
                        .path("tools")
                        .get(0)
                        .path("toolSpec")
                        .path("inputSchema")
                        .path("json")
                        .isObject())
                .isTrue();
    }

    @Test
    void cohereAndMistral() {
        ChatRequest.Builder request = asking(Message.user("Hi"))
                .tools(List.of(weather(), new Tool.Function("other", null, null)))
                .toolChoice(new ToolChoice.Named(List.of("weather")))
                .sampling(Sampling.builder().seed(3L).topP(0.5f).build());
        JsonNode cohere = sent("cohere/command-a", request);
        assertThat(cohere.path("tools").size()).as("the others are left out").isEqualTo(1);
        assertThat(cohere.path("tool_choice").stringValue()).isEqualTo("REQUIRED");
        assertThat(cohere.path("p").toString()).isEqualTo("0.5");
        JsonNode mistral = sent("mistral/mistral-large", request.toolChoice(new ToolChoice.Required()));
        assertThat(mistral.path("tool_choice").stringValue()).isEqualTo("any");
        assertThat(mistral.path("random_seed").intValue()).isEqualTo(3);
        assertThat(mistral.has("stream_options")).isFalse();
    }

    @Test
    void azureByDeploymentAndWithout() {
        hosted.chat("azure/my-gpt").complete(asking(Message.user("Hi")).build());
        assertThat(hosted.simulator.last().path()).isEqualTo("/openai/v1/chat/completions");
        assertThat(hosted.simulator.last().headers()).containsKey("api-key").doesNotContainKey("Authorization");
        hosted.chat("azure-dated/../x y").complete(asking(Message.user("Hi")).build());
        assertThat(hosted.simulator.last().path()).isEqualTo("/openai/deployments/..%2Fx%20y/chat/completions");
        assertThat(hosted.simulator.last().query()).isEqualTo("api-version=2025-04-01-preview");
    }

    @Test
    void flavoursOfOneProtocol() {
        ChatRequest.Builder request = asking(Message.user("Hi"))
                .sampling(Sampling.builder()
                        .topK(5)
                        .minP(0.1f)
                        .repeatPenalty(1.1f)
                        .build())
                .reasoning(ReasoningOptions.of(true));
        JsonNode vllm = sent("vllm/qwen", request);
        assertThat(vllm.path("repetition_penalty").toString()).isEqualTo("1.1");
        assertThat(vllm.path("chat_template_kwargs").toString()).isEqualTo("{\"enable_thinking\":true}");
        JsonNode llama = sent("llama.cpp/x", request.responseFormat(new ResponseFormat.Grammar("root ::= \"a\"")));
        assertThat(llama.path("repeat_penalty").toString()).isEqualTo("1.1");
        assertThat(llama.path("grammar").stringValue()).isEqualTo("root ::= \"a\"");
        JsonNode openRouter = sent(
                "openrouter/anthropic/claude",
                asking(Message.user("Hi"))
                        .reasoning(new ReasoningOptions(null, null, 2000, null, false))
                        .extensions(Map.of("provider", "{\"order\":[\"x\"]}")));
        assertThat(openRouter.path("model").stringValue()).isEqualTo("anthropic/claude");
        assertThat(openRouter.path("reasoning").toString()).isEqualTo("{\"max_tokens\":2000}");
        assertThat(openRouter.path("provider").toString()).isEqualTo("{\"order\":[\"x\"]}");
        JsonNode deepSeek = sent("deepseek/r", asking(Message.user("Hi")).reasoning(ReasoningOptions.of(false)));
        assertThat(deepSeek.path("thinking").toString()).isEqualTo("{\"type\":\"disabled\"}");
    }

    @Test
    void whatHasNoPlaceIsRefusedByName() {
        ChatRequest.Builder request = asking(Message.user("Hi"))
                .sampling(Sampling.builder().topK(5).mirostat(2).build())
                .contextLength(100)
                .extensions(Map.of("no_such_thing", "1"));
        assertThatThrownBy(() -> hosted.chat("openai/gpt-5").complete(request.build()))
                .isInstanceOfSatisfying(DalangException.class, e -> {
                    assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class);
                    assertThat(((Failure.Unsupported) e.failure()).feature())
                            .isEqualTo("top_k, mirostat, context_length, no_such_thing");
                });
        assertThat(hosted.simulator.asked()).as("nothing was sent").isEmpty();
        ChatResponse answer = hosted.chat("openai/gpt-5")
                .complete(request.extensions(Map.of("no_such_thing", "1", Providers.DROP_UNSUPPORTED, "true"))
                        .build());
        assertThat(answer.notices()).anySatisfy(n -> {
            assertThat(n.code()).isEqualTo("unsupported_dropped");
            assertThat(n.details().get("fields"))
                    .isEqualTo("[\"top_k\",\"mirostat\",\"context_length\",\"no_such_thing\"]");
        });
        assertThat(hosted.simulator.last().body().has(Providers.DROP_UNSUPPORTED))
                .isFalse();
    }

    @Test
    void contentIsNeverLeftOut() {
        Part.Audio sound = new Part.Audio(new Source.Bytes(new byte[3], null), "wav", null);
        ChatRequest request = asking(new Message(Role.USER, List.of(sound), null))
                .extensions(Map.of(Providers.DROP_UNSUPPORTED, "true"))
                .build();
        assertThatThrownBy(() -> hosted.chat("anthropic/claude").complete(request))
                .hasMessageContaining("a sound");
        Part.Opaque foreign = new Part.Opaque("elsewhere", "search", "{}", null);
        ChatRequest other = asking(Message.user("a"), new Message(Role.ASSISTANT, List.of(foreign), null))
                .build();
        for (String provider : Simulated.WIRES) {
            assertThatThrownBy(() -> hosted.chat(provider + "/m").complete(other))
                    .as(provider)
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class));
        }
    }

    @Test
    void instructionsFromWithinMoveAndThatIsSaid() {
        ChatRequest request = asking(
                        Message.user("a"), Message.assistant("b"), Message.system("now"), Message.user("c"))
                .build();
        for (String provider : List.of("anthropic", "gemini", "bedrock")) {
            assertThat(hosted.chat(provider + "/m").complete(request).notices())
                    .as(provider)
                    .extracting(n -> n.code())
                    .containsExactly("system_moved");
        }
        assertThat(hosted.chat("openai/m").complete(request).notices()).isEmpty();
    }

    @Test
    void badJsonOfTheCallerIsNamed() {
        ChatRequest request = asking(Message.user("a"))
                .tools(List.of(new Tool.Function("f", null, "{\"type\":")))
                .build();
        for (String provider : Simulated.WIRES) {
            assertThatThrownBy(() -> hosted.chat(provider + "/m").complete(request))
                    .as(provider)
                    .hasMessageContaining("tools.f.")
                    .hasMessageContaining("not JSON");
        }
    }

    @Test
    void embeddings() {
        for (String provider : List.of("openai", "azure-dated", "cohere", "gemini", "vllm", "mistral")) {
            var model = hosted.embedding(provider + "/e");
            var answer = model.embed(EmbeddingRequest.of("e", List.of("a", "bcd")), Cancellation.NONE);
            assertThat(answer.vectors()).as(provider).hasSize(2);
            assertThat(answer.vectors().get(0)).containsExactly(1, 0.5f, -0.25f);
            assertThat(answer.vectors().get(1)).containsExactly(3, 0.5f, -0.25f);
            assertThat(model.dimensions()).isEqualTo(3);
        }
        assertThatThrownBy(() -> hosted.embedding("anthropic/e")).hasMessageContaining("no embeddings");
    }
}

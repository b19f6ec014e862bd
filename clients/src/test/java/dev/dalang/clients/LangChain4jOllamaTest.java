package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's models for Ollama's dialect. */
class LangChain4jOllamaTest {

    private static final Map<String, String> HEADERS = Map.of("Authorization", "Bearer " + RunningServer.KEY);

    @TempDir
    static Path home;

    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = RunningServer.start(home);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OllamaChatModel model(String name) {
        return OllamaChatModel.builder()
                .baseUrl(server.url())
                .customHeaders(HEADERS)
                .modelName(name)
                .temperature(0.0)
                .numPredict(200)
                .seed(1)
                .maxRetries(0)
                .build();
    }

    @Test
    void chat() {
        assertThat(model(RunningServer.MINI).chat("What is the capital of Kenya?"))
                .contains("Nairobi");
        assertThatThrownBy(() -> model("nobody").chat("hi")).isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void streaming() throws Exception {
        OllamaStreamingChatModel streaming = OllamaStreamingChatModel.builder()
                .baseUrl(server.url())
                .customHeaders(HEADERS)
                .modelName(RunningServer.MINI)
                .temperature(0.0)
                .build();
        StringBuilder text = new StringBuilder();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        streaming.chat("What is the capital of Kenya?", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String partial) {
                text.append(partial);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                end.completeExceptionally(error);
            }
        });
        ChatResponse whole = end.get();
        assertThat(text.toString())
                .contains("Nairobi")
                .isEqualTo(whole.aiMessage().text());
        assertThat(whole.tokenUsage().outputTokenCount()).isPositive();
    }

    /** A tiny model calls no tool of its own accord; what it is sent of calls it takes. */
    @Test
    void tools() {
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .parameters(JsonObjectSchema.builder()
                        .addEnumProperty("city", List.of("Oslo", "Rome"))
                        .required("city")
                        .build())
                .build();
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .name("weather")
                .arguments("{\"city\":\"Oslo\"}")
                .build();
        ChatResponse next = model(server.tiny())
                .chat(ChatRequest.builder()
                        .messages(
                                UserMessage.from("Weather?"),
                                AiMessage.from(call),
                                ToolExecutionResultMessage.from(call, "sunny"))
                        .toolSpecifications(weather)
                        .build());
        assertThat(next.tokenUsage().inputTokenCount()).isPositive();
        assertThat(next.finishReason()).isNotNull();
    }

    @Test
    void structuredOutput() {
        ResponseFormat format = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name("place")
                        // Of its own kinds of schemas LangChain4j leaves out additionalProperties.
                        .rootElement(JsonRawSchema.from("""
                                {"type":"object","properties":{"city":{"enum":["Oslo","Rome"]}},"required":["city"],
                                 "additionalProperties":false}"""))
                        .build())
                .build();
        String json = model(server.tiny())
                .chat(ChatRequest.builder()
                        .messages(UserMessage.from("Some place"))
                        .responseFormat(format)
                        .build())
                .aiMessage()
                .text();
        // The client does not forbid further properties, and this model, which knows nothing, may go on for ever with
        // them:
        // what is there is the beginning of an object, and a whole one has the property that it must have.
        assertThat(json).startsWith("{");
        if (json.strip().endsWith("}")) assertThat(json).containsPattern("\"city\"\\s*:\\s*\"(Oslo|Rome)\"");
    }

    @Test
    void embeddings() {
        OllamaEmbeddingModel model = OllamaEmbeddingModel.builder()
                .baseUrl(server.url())
                .customHeaders(HEADERS)
                .modelName(RunningServer.MINI)
                .build();
        assertThat(model.embed("one").content().vector())
                .isNotEmpty()
                .isEqualTo(model.embed("one").content().vector());
    }
}

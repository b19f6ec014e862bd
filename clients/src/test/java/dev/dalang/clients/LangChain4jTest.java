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
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's models for OpenAI's dialect. */
class LangChain4jTest {

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

    private static OpenAiChatModel model(String name) {
        return OpenAiChatModel.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey(RunningServer.KEY)
                .modelName(name)
                .temperature(0.0)
                .maxCompletionTokens(300)
                .seed(1)
                .strictJsonSchema(true)
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
        OpenAiStreamingChatModel streaming = OpenAiStreamingChatModel.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey(RunningServer.KEY)
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
        assertThat(whole.tokenUsage().inputTokenCount()).isPositive();
    }

    @Test
    void tools() {
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .parameters(JsonObjectSchema.builder()
                        .addEnumProperty("city", java.util.List.of("Oslo", "Rome"))
                        .required("city")
                        .additionalProperties(false)
                        .build())
                .build();
        OpenAiChatModel tiny = OpenAiChatModel.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey(RunningServer.KEY)
                .modelName(server.tiny())
                .maxCompletionTokens(800)
                .parallelToolCalls(false)
                // Without it the client leaves additionalProperties out, and noise may add properties for ever.
                .strictTools(true)
                .seed(1)
                .build();
        UserMessage question = UserMessage.from("Weather?");
        ChatResponse asked = tiny.chat(ChatRequest.builder()
                .messages(question)
                .toolSpecifications(weather)
                .toolChoice(ToolChoice.REQUIRED)
                .build());
        AiMessage called = asked.aiMessage();
        assertThat(called.hasToolExecutionRequests()).as(asked.toString()).isTrue();
        ToolExecutionRequest call = called.toolExecutionRequests().getFirst();
        assertThat(call.arguments()).matches("\\{\\s*\"city\"\\s*:\\s*\"(Oslo|Rome)\"\\s*}");
        ChatResponse next = tiny.chat(ChatRequest.builder()
                .messages(question, called, ToolExecutionResultMessage.from(call, "sunny"))
                .build());
        assertThat(next.finishReason()).isNotNull();
    }

    @Test
    void structuredOutput() {
        ResponseFormat format = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name("place")
                        .rootElement(JsonObjectSchema.builder()
                                .addProperty(
                                        "city",
                                        JsonEnumSchema.builder()
                                                .enumValues("Oslo", "Rome")
                                                .build())
                                .required("city")
                                .additionalProperties(false)
                                .build())
                        .build())
                .build();
        String json = model(server.tiny())
                .chat(ChatRequest.builder()
                        .messages(UserMessage.from("Some place"))
                        .responseFormat(format)
                        .build())
                .aiMessage()
                .text();
        assertThat(json).matches("\\s*\\{\\s*\"city\"\\s*:\\s*\"(Oslo|Rome)\"\\s*}");
    }

    @Test
    void embeddings() {
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey(RunningServer.KEY)
                .modelName(RunningServer.MINI)
                .build();
        assertThat(model.embed("one").content().vector())
                .isNotEmpty()
                .isEqualTo(model.embed("one").content().vector());
    }
}

package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's models for Anthropic's dialect. */
class LangChain4jAnthropicTest {

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

    private static AnthropicChatModel model(String name) {
        return AnthropicChatModel.builder()
                .baseUrl(server.url() + "/v1/")
                .apiKey(RunningServer.KEY)
                .modelName(name)
                .temperature(0.0)
                .maxTokens(300)
                .cacheSystemMessages(true)
                // Without it LangChain4j leaves out additionalProperties.
                .strictTools(true)
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
        AnthropicStreamingChatModel streaming = AnthropicStreamingChatModel.builder()
                .baseUrl(server.url() + "/v1/")
                .apiKey(RunningServer.KEY)
                .modelName(RunningServer.MINI)
                .temperature(0.0)
                .maxTokens(60)
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

    @Test
    void tools() {
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .parameters(JsonObjectSchema.builder()
                        .addEnumProperty("city", List.of("Oslo", "Rome"))
                        .required("city")
                        .additionalProperties(false)
                        .build())
                .build();
        AnthropicChatModel tiny = model(server.tiny());
        UserMessage question = UserMessage.from("Weather?");
        ChatResponse first = tiny.chat(ChatRequest.builder()
                .messages(question)
                .toolSpecifications(weather)
                .toolChoice(ToolChoice.REQUIRED)
                .build());
        AiMessage called = first.aiMessage();
        // The client does not forbid further properties, and this model, which knows nothing, may go on for ever with
        // them.
        if (!called.hasToolExecutionRequests()) {
            assertThat(first.finishReason()).isEqualTo(FinishReason.LENGTH);
            return;
        }
        ToolExecutionRequest call = called.toolExecutionRequests().getFirst();
        assertThat(call.name()).isEqualTo("weather");
        assertThat(call.arguments()).containsPattern("\"city\"\\s*:\\s*\"(Oslo|Rome)\"");
        ChatResponse next = tiny.chat(ChatRequest.builder()
                .messages(question, called, ToolExecutionResultMessage.from(call, "sunny"))
                .toolSpecifications(weather)
                .build());
        assertThat(next.finishReason()).isNotNull();
    }
}

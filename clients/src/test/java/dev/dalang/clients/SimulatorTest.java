package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * OpenAI's own client against the simulator that the gateway is tested with: what it understands there is what it would
 * understand of its provider, so that the simulator's wire is theirs and not our idea of it.
 */
class SimulatorTest {

    private final Simulator simulator = Simulator.start();
    private final List<Runnable> closers = new ArrayList<>();

    @AfterEach
    void stop() {
        closers.forEach(Runnable::run);
        simulator.close();
    }

    private OpenAIClient openai(String key) {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(simulator.at("/v1").toString())
                .apiKey(key)
                .maxRetries(0)
                .build();
        closers.add(client::close);
        return client;
    }

    private static ChatCompletionCreateParams chat() {
        return ChatCompletionCreateParams.builder()
                .model("gpt-5")
                .addUserMessage("What is the weather?")
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
    }

    private ChatCompletion chatted(OpenAIClient client) {
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(chat())) {
            stream.stream().forEach(c -> all.accumulate(c.validate()));
        }
        return all.chatCompletion();
    }

    private static final Script CALL =
            Script.of(new Script.Call("call_1", "weather", List.of("{\"city\":", "\"Nairobi\"}")));

    @Test
    void openAiReadsItsChat() {
        OpenAIClient client = openai(Simulator.KEY);
        ChatCompletion said = chatted(client);
        assertThat(said.choices().getFirst().message().content()).contains("Hello there!");
        assertThat(said.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(said.usage().orElseThrow().completionTokens()).isEqualTo(3);
        simulator.says(CALL);
        var call = chatted(client)
                .choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction();
        assertThat(call.id()).isEqualTo("call_1");
        assertThat(call.function().name()).isEqualTo("weather");
        assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Nairobi\"}");
    }

    @Test
    void openAiUnderstandsItsRefusals() {
        OpenAIClient stranger = openai("sk-wrong");
        assertThatThrownBy(() -> chatted(stranger)).isInstanceOf(UnauthorizedException.class);
        OpenAIClient client = openai(Simulator.KEY);
        simulator.next(new Fault.Status(
                429, "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"param\":null,\"code\":null}}"));
        assertThatThrownBy(() -> chatted(client))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
        simulator.next(new Fault.ErrorAt(2));
        assertThatThrownBy(() -> chatted(client)).isInstanceOf(OpenAIException.class);
        simulator.next(new Fault.Malformed(2));
        assertThatThrownBy(() -> chatted(client)).isInstanceOf(OpenAIException.class);
    }
}

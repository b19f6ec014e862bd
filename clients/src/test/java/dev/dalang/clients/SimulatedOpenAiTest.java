package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.InternalServerException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseErrorEvent;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * OpenAI's own client against the simulator that the gateway is tested with: what it understands there is what it would
 * understand of its provider, so that the simulator's wire is theirs and not our idea of it.
 */
class SimulatedOpenAiTest {

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

    @Test
    void openAiReadsItsChatAtOnce() {
        OpenAIClient client = openai(Simulator.KEY);
        ChatCompletionCreateParams asked =
                chat().toBuilder().streamOptions(Optional.empty()).build();
        ChatCompletion said = client.chat().completions().create(asked).validate();
        assertThat(said.choices().getFirst().message().content()).contains("Hello there!");
        assertThat(said.usage().orElseThrow().completionTokens()).isEqualTo(3);
        simulator.says(CALL);
        ChatCompletion called = client.chat().completions().create(asked).validate();
        assertThat(called.choices().getFirst().finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        assertThat(called.choices()
                        .getFirst()
                        .message()
                        .toolCalls()
                        .orElseThrow()
                        .getFirst()
                        .asFunction()
                        .function()
                        .arguments())
                .isEqualTo("{\"city\":\"Nairobi\"}");
    }

    private static ResponseCreateParams respond() {
        return ResponseCreateParams.builder()
                .model("gpt-5")
                .input("What is the weather?")
                .instructions("Be brief.")
                .build();
    }

    private static List<ResponseStreamEvent> events(OpenAIClient client) {
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(respond())) {
            return stream.stream().map(ResponseStreamEvent::validate).toList();
        }
    }

    /** What the events make, put together without the last of them, is what that one says. */
    private static Response responded(OpenAIClient client) {
        ResponseAccumulator all = ResponseAccumulator.createWithSnapshots();
        events(client).forEach(all::accumulate);
        Response response = all.response().validate();
        assertThat(all.reconstructedResponse().output()).isEqualTo(response.output());
        return response;
    }

    private static String text(Response response) {
        StringBuilder text = new StringBuilder();
        response.output()
                .forEach(o -> o.message()
                        .ifPresent(m ->
                                m.content().forEach(c -> c.outputText().ifPresent(t -> text.append(t.text())))));
        return text.toString();
    }

    private static ResponseFunctionToolCall call(Response response) {
        return response.output().stream()
                .flatMap(o -> o.functionCall().stream())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void openAiReadsItsResponses() {
        OpenAIClient client = openai(Simulator.KEY);
        for (Response r :
                List.of(responded(client), client.responses().create(respond()).validate())) {
            assertThat(text(r)).isEqualTo("Hello there!");
            assertThat(r.status()).contains(ResponseStatus.COMPLETED);
            assertThat(r.instructions().orElseThrow().asString()).isEqualTo("Be brief.");
            assertThat(r.usage().orElseThrow().outputTokens()).isEqualTo(3);
            assertThat(r.usage().orElseThrow().inputTokens()).isEqualTo(6);
        }
        simulator.says(Script.of(
                new Script.Think("Kenya, so", "c2lnbmVk"),
                new Script.Say("One moment."),
                new Script.Call("call_1", "weather", List.of("{\"city\":", "\"Nairobi\"}"))));
        for (Response r :
                List.of(responded(client), client.responses().create(respond()).validate())) {
            assertThat(r.output()).hasSize(3);
            var thought = r.output().getFirst().asReasoning();
            assertThat(thought.summary().getFirst().text()).isEqualTo("Kenya, so");
            assertThat(thought.encryptedContent()).contains("c2lnbmVk");
            assertThat(text(r)).isEqualTo("One moment.");
            assertThat(call(r).callId()).isEqualTo("call_1");
            assertThat(call(r).name()).isEqualTo("weather");
            assertThat(call(r).arguments()).isEqualTo("{\"city\":\"Nairobi\"}");
            assertThat(r.usage().orElseThrow().outputTokensDetails().reasoningTokens())
                    .isEqualTo(2);
        }
    }

    @Test
    void openAiReadsWhyAResponseEnds() {
        OpenAIClient client = openai(Simulator.KEY);
        simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        for (Response r :
                List.of(responded(client), client.responses().create(respond()).validate())) {
            assertThat(r.status()).contains(ResponseStatus.INCOMPLETE);
            assertThat(r.incompleteDetails().orElseThrow().reason())
                    .contains(Response.IncompleteDetails.Reason.MAX_OUTPUT_TOKENS);
        }
        simulator.says(Script.of(new Script.Refuse("I cannot"), new Script.Refuse(" do that.")));
        for (Response r :
                List.of(responded(client), client.responses().create(respond()).validate())) {
            assertThat(r.output()
                            .getFirst()
                            .asMessage()
                            .content()
                            .getFirst()
                            .asRefusal()
                            .refusal())
                    .isEqualTo("I cannot do that.");
        }
    }

    @Test
    void openAiUnderstandsTheRefusalsOfResponses() {
        OpenAIClient stranger = openai("sk-wrong");
        assertThatThrownBy(() -> responded(stranger)).isInstanceOf(UnauthorizedException.class);
        OpenAIClient client = openai(Simulator.KEY);
        simulator.next(new Fault.Refused(429, "slow down"));
        assertThatThrownBy(() -> client.responses().create(respond()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
        simulator.next(new Fault.Refused(503, "loading"));
        assertThatThrownBy(() -> responded(client))
                .isInstanceOf(InternalServerException.class)
                .hasMessageContaining("loading");
        simulator.next(new Fault.ErrorAt(5));
        // An event like the others, for the program to see.
        ResponseErrorEvent error = events(client).getLast().asError();
        assertThat(error.message()).isEqualTo("The server had an error");
        assertThat(error.code()).contains("server_error");
        simulator.next(new Fault.Malformed(5));
        assertThatThrownBy(() -> responded(client)).isInstanceOf(OpenAIException.class);
    }
}

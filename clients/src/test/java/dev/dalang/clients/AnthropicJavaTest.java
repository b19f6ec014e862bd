package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonSchemaLocalValidation;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Anthropic's own client for Java. */
class AnthropicJavaTest {

    /** What structured output is read into. */
    public static final class Place {
        /** One of two. */
        public enum City {
            Oslo,
            Rome
        }

        public City city;
    }

    @TempDir
    static Path home;

    private static RunningServer server;
    private static AnthropicClient client;

    @BeforeAll
    static void start() {
        server = RunningServer.start(home);
        client = AnthropicOkHttpClient.builder()
                .baseUrl(server.url())
                .apiKey(RunningServer.KEY)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static MessageCreateParams.Builder ask(String model, String question) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(60)
                .putAdditionalBodyProperty("temperature", JsonValue.from(0.0))
                .addUserMessage(question);
    }

    private static String text(Message m) {
        StringBuilder text = new StringBuilder();
        m.content().forEach(b -> b.text().ifPresent(t -> text.append(t.text())));
        return text.toString();
    }

    @Test
    void chatWholeAndStreamed() {
        MessageCreateParams params =
                ask(RunningServer.MINI, "What is the capital of Kenya?").build();
        Message whole = client.messages().create(params);
        assertThat(text(whole)).contains("Nairobi");
        assertThat(whole.stopReason()).contains(StopReason.END_TURN);
        assertThat(whole.id()).startsWith("msg_");
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(params)) {
            stream.stream().forEach(all::accumulate);
        }
        Message streamed = all.message();
        assertThat(text(streamed)).isEqualTo(text(whole));
        assertThat(streamed.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
        assertThat(streamed.validate()).isNotNull();
    }

    @Test
    void goesOnFromABeginning() {
        Message m = client.messages()
                .create(ask(RunningServer.MINI, "What is the capital of Kenya?")
                        .addAssistantMessage("The capital of Kenya is")
                        .build());
        assertThat(text(m)).contains("Nairobi").doesNotContain("The capital of Kenya is");
    }

    @Test
    void stopsWhereItIsTold() {
        Message m = client.messages()
                .create(ask(RunningServer.MINI, "What is the capital of Kenya?")
                        .addStopSequence("Nai")
                        .build());
        assertThat(m.stopReason()).contains(StopReason.STOP_SEQUENCE);
        assertThat(m.stopSequence()).contains("Nai");
        Message cut = client.messages()
                .create(ask(RunningServer.MINI, "Tell me a story").maxTokens(2).build());
        assertThat(cut.stopReason()).contains(StopReason.MAX_TOKENS);
        assertThat(cut.usage().outputTokens()).isEqualTo(2);
    }

    @Test
    void callsTools() {
        Tool weather = Tool.builder()
                .name("weather")
                .inputSchema(Tool.InputSchema.builder()
                        .properties(JsonValue.from(Map.of("city", Map.of("enum", List.of("Oslo", "Rome")))))
                        .required(List.of("city"))
                        .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                        .build())
                .build();
        MessageCreateParams.Builder params = ask(server.tiny(), "Weather?")
                .maxTokens(300)
                .addTool(weather)
                .toolChoice(ToolChoiceAny.builder().disableParallelToolUse(true).build());
        Message m = client.messages().create(params.build());
        assertThat(m.stopReason()).contains(StopReason.TOOL_USE);
        ToolUseBlock call = m.content().stream()
                .flatMap(b -> b.toolUse().stream())
                .findFirst()
                .orElseThrow();
        assertThat(call.name()).isEqualTo("weather");
        assertThat(call._input().toString()).containsAnyOf("Oslo", "Rome");
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(params.build())) {
            stream.stream().forEach(all::accumulate);
        }
        ToolUseBlock streamed = all.message().content().stream()
                .flatMap(b -> b.toolUse().stream())
                .findFirst()
                .orElseThrow();
        assertThat(streamed._input()).isEqualTo(call._input());
        Message next = client.messages()
                .create(ask(server.tiny(), "Weather?")
                        .addTool(weather)
                        .addMessage(m)
                        .addUserMessageOfContentBlockParams(
                                List.of(ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                                        .toolUseId(call.id())
                                        .content("sunny")
                                        .build())))
                        .maxTokens(3)
                        .build());
        assertThat(next.usage().inputTokens()).isPositive();
    }

    @Test
    void keepsToAForm() {
        var m = client.messages()
                .create(ask(server.tiny(), "Some place")
                        .maxTokens(300)
                        .outputConfig(Place.class, JsonSchemaLocalValidation.NO)
                        .build());
        Place place = m.content().getFirst().text().orElseThrow().text();
        assertThat(place.city).isIn(Place.City.Oslo, Place.City.Rome);
    }

    @Test
    void countsTokensAsTheAnswerWill() {
        long counted = client.messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model(RunningServer.MINI)
                        .addUserMessage("What is the capital of Kenya?")
                        .build())
                .inputTokens();
        var usage = client.messages()
                .create(ask(RunningServer.MINI, "What is the capital of Kenya?").build())
                .usage();
        assertThat(usage.inputTokens() + usage.cacheReadInputTokens().orElse(0L))
                .isEqualTo(counted);
    }

    @Test
    void listsModels() {
        assertThat(client.models().list().data().stream().map(i -> i.id())).contains(RunningServer.MINI);
        assertThat(client.models().retrieve(RunningServer.MINI).id()).isEqualTo(RunningServer.MINI);
    }

    @Test
    void failsAsTheClientExpects() {
        assertThatThrownBy(() -> client.messages().create(ask("nobody", "hi").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> client.messages()
                        .create(ask(RunningServer.MINI, "hi")
                                .putAdditionalBodyProperty("colour", JsonValue.from(1))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("colour");
        assertThatThrownBy(() -> client.messages()
                        .create(ask(RunningServer.MINI, "word ".repeat(5000)).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("prompt is too long");
        assertThatThrownBy(() ->
                        client.messages().create(ask(FaultyModels.BROKEN, "hi").build()))
                .isInstanceOf(InternalServerException.class);
        AnthropicClient stranger = AnthropicOkHttpClient.builder()
                .baseUrl(server.url())
                .apiKey("wrong")
                .build();
        assertThatThrownBy(() ->
                        stranger.messages().create(ask(RunningServer.MINI, "hi").build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void triesAgainWhereThatHelps() {
        int before = server.faults().asked(FaultyModels.BUSY_TWICE);
        Message m = client.messages()
                .create(ask(FaultyModels.BUSY_TWICE, "What is the capital of Kenya?")
                        .build());
        assertThat(text(m)).contains("Nairobi");
        assertThat(server.faults().asked(FaultyModels.BUSY_TWICE)).isEqualTo(before + 3);
    }

    @Test
    void failsInTheMiddleOfAStream() {
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages()
                .createStreaming(ask(FaultyModels.CUT_OFF, "hi").build())) {
            assertThatThrownBy(() -> stream.stream().forEach(e -> {}))
                    .isInstanceOf(AnthropicException.class)
                    .hasMessageContaining("the line went dead");
        }
    }

    @Test
    void leavesTheModelWhenItGoes() throws Exception {
        MessageCreateParams endless = ask(server.tiny(), "on")
                .maxTokens(1500)
                .putAdditionalBodyProperty("temperature", JsonValue.from(1.0))
                .build();
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(endless)) {
            Iterator<RawMessageStreamEvent> events = stream.stream().iterator();
            for (int i = 0; i < 4; i++) events.next();
        }
        for (int i = 0; i < 600 && server.busy() > 0; i++) Thread.sleep(50);
        assertThat(server.busy()).isZero();
    }
}

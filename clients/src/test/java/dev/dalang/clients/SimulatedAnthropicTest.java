package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.SseException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.ThinkingBlock;
import com.anthropic.models.messages.ToolUseBlock;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Anthropic's own client against the simulator of the gateway's tests: its wire is theirs, and not our idea of it. */
class SimulatedAnthropicTest {

    private final Simulator simulator = Simulator.start();
    private final List<Runnable> closers = new ArrayList<>();

    @AfterEach
    void stop() {
        closers.forEach(Runnable::run);
        simulator.close();
    }

    private AnthropicClient anthropic(String key) {
        AnthropicClient client = AnthropicOkHttpClient.builder()
                .baseUrl(simulator.at("").toString())
                .apiKey(key)
                .maxRetries(0)
                .build();
        closers.add(client::close);
        return client;
    }

    private static MessageCreateParams ask() {
        return MessageCreateParams.builder()
                .model("claude-opus-4-8")
                .maxTokens(500)
                .addUserMessage("What is the weather?")
                .addStopSequence("END")
                .build();
    }

    private static Message streamed(AnthropicClient client) {
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(ask())) {
            stream.stream().forEach(e -> all.accumulate(e.validate()));
        }
        return all.message().validate();
    }

    private static List<Message> both(AnthropicClient client) {
        return List.of(streamed(client), client.messages().create(ask()).validate());
    }

    private static String text(Message m) {
        StringBuilder text = new StringBuilder();
        m.content().forEach(b -> b.text().ifPresent(t -> text.append(t.text())));
        return text.toString();
    }

    @Test
    void anthropicReadsItsMessages() {
        simulator.says(Script.saying("Hello", " there", "!").cached(4));
        for (Message m : both(anthropic(Simulator.KEY))) {
            assertThat(text(m)).isEqualTo("Hello there!");
            assertThat(m.content()).hasSize(1);
            assertThat(m.stopReason()).contains(StopReason.END_TURN);
            assertThat(m.usage().outputTokens()).isEqualTo(3);
            assertThat(m.usage().cacheReadInputTokens()).contains(4L);
            assertThat(m.usage().inputTokens()).isEqualTo(1);
        }
        simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        for (Message m : both(anthropic(Simulator.KEY)))
            assertThat(m.stopReason()).contains(StopReason.MAX_TOKENS);
        simulator.says(Script.saying("so far").ending(Script.End.STOP_STRING));
        for (Message m : both(anthropic(Simulator.KEY))) {
            assertThat(m.stopReason()).contains(StopReason.STOP_SEQUENCE);
            assertThat(m.stopSequence()).contains("END");
        }
        simulator.says(Script.of(new Script.Refuse("I cannot do that.")));
        for (Message m : both(anthropic(Simulator.KEY)))
            assertThat(m.stopReason()).contains(StopReason.REFUSAL);
    }

    @Test
    void anthropicReadsItsThoughtsAndCalls() {
        simulator.says(Script.of(
                new Script.Think("Kenya, so", "c2lnbmVk"),
                new Script.Say("One moment."),
                new Script.Call("toolu_1", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                new Script.Call("toolu_2", "time", List.of("{\"zone\":\"EAT\"}"))));
        for (Message m : both(anthropic(Simulator.KEY))) {
            ThinkingBlock thought = m.content().getFirst().asThinking();
            assertThat(thought.thinking()).isEqualTo("Kenya, so");
            assertThat(thought.signature()).isEqualTo("c2lnbmVk");
            assertThat(text(m)).isEqualTo("One moment.");
            assertThat(m.stopReason()).contains(StopReason.TOOL_USE);
            List<ToolUseBlock> calls =
                    m.content().stream().flatMap(b -> b.toolUse().stream()).toList();
            assertThat(calls).extracting(ToolUseBlock::id).containsExactly("toolu_1", "toolu_2");
            assertThat(calls).extracting(ToolUseBlock::name).containsExactly("weather", "time");
            assertThat(calls.getFirst()._input().toString()).isEqualTo("{city=Nairobi}");
        }
    }

    @Test
    void anthropicUnderstandsItsRefusals() {
        AnthropicClient stranger = anthropic("sk-wrong");
        assertThatThrownBy(() -> streamed(stranger)).isInstanceOf(UnauthorizedException.class);
        AnthropicClient client = anthropic(Simulator.KEY);
        simulator.next(new Fault.Refused(429, "slow down"), new Fault.Refused(529, "Overloaded"));
        assertThatThrownBy(() -> streamed(client))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("slow down");
        assertThatThrownBy(() -> client.messages().create(ask()))
                .isInstanceOfSatisfying(
                        InternalServerException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(529))
                .hasMessageContaining("Overloaded");
        simulator.next(new Fault.ErrorAt(4));
        assertThatThrownBy(() -> streamed(client))
                .isInstanceOf(SseException.class)
                .hasMessageContaining("overloaded_error");
        simulator.next(new Fault.Malformed(4));
        assertThatThrownBy(() -> streamed(client)).isInstanceOf(AnthropicException.class);
    }

    @Test
    void anthropicReadsItsCounts() {
        assertThat(anthropic(Simulator.KEY)
                        .messages()
                        .countTokens(MessageCountTokensParams.builder()
                                .model("claude-opus-4-8")
                                .addUserMessage("What is the weather?")
                                .build())
                        .validate()
                        .inputTokens())
                .isEqualTo(5);
    }
}

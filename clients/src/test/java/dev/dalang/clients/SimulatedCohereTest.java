package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.cohere.api.Cohere;
import com.cohere.api.core.CohereApiException;
import com.cohere.api.errors.ServiceUnavailableError;
import com.cohere.api.errors.TooManyRequestsError;
import com.cohere.api.errors.UnauthorizedError;
import com.cohere.api.resources.v2.requests.V2ChatRequest;
import com.cohere.api.resources.v2.requests.V2ChatStreamRequest;
import com.cohere.api.resources.v2.requests.V2EmbedRequest;
import com.cohere.api.resources.v2.types.V2ChatResponse;
import com.cohere.api.resources.v2.types.V2ChatStreamResponse;
import com.cohere.api.types.ChatFinishReason;
import com.cohere.api.types.ChatMessageEndEventDelta;
import com.cohere.api.types.ChatMessageV2;
import com.cohere.api.types.EmbedByTypeResponse;
import com.cohere.api.types.EmbedInputType;
import com.cohere.api.types.EmbeddingType;
import com.cohere.api.types.ToolCallV2;
import com.cohere.api.types.Usage;
import com.cohere.api.types.UserMessageV2;
import com.cohere.api.types.UserMessageV2Content;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Cohere's own client against the simulator of the gateway's tests: its wire is theirs, and not our idea of it. */
class SimulatedCohereTest {

    private final Simulator simulator = Simulator.start();

    @AfterEach
    void stop() {
        simulator.close();
    }

    private Cohere cohere(String key) {
        return Cohere.builder()
                .token(key)
                .url(simulator.at("").toString())
                .maxRetries(0)
                .build();
    }

    private static final List<ChatMessageV2> QUESTION = List.of(ChatMessageV2.user(UserMessageV2.builder()
            .content(UserMessageV2Content.of("What is the weather?"))
            .build()));

    private static V2ChatResponse whole(Cohere client) {
        return client.v2()
                .chat(V2ChatRequest.builder()
                        .model("command-a")
                        .messages(QUESTION)
                        .build());
    }

    /** What the events of a stream said. */
    private static final class Heard {
        final StringBuilder text = new StringBuilder();
        final StringBuilder thinking = new StringBuilder();
        final Map<Integer, ToolCallV2> calls = new TreeMap<>();
        final Map<Integer, StringBuilder> arguments = new TreeMap<>();
        final List<String> order = new ArrayList<>();
        ChatMessageEndEventDelta end;

        void hear(V2ChatStreamResponse event) {
            assertThat(event._isUnknown()).as("%s", event).isFalse();
            event.getMessageStart()
                    .ifPresent(e -> order.add("message " + e.getId().orElseThrow()));
            event.getContentStart()
                    .ifPresent(e -> order.add("content " + e.getIndex().orElseThrow()));
            event.getContentDelta().ifPresent(e -> {
                var content = e.getDelta()
                        .orElseThrow()
                        .getMessage()
                        .orElseThrow()
                        .getContent()
                        .orElseThrow();
                content.getText().ifPresent(text::append);
                content.getThinking().ifPresent(thinking::append);
            });
            event.getContentEnd().ifPresent(e -> order.add("end " + e.getIndex().orElseThrow()));
            event.getToolCallStart().ifPresent(e -> {
                var message = e.getDelta().orElseThrow().getMessage().orElseThrow();
                calls.put(e.getIndex().orElseThrow(), message.getToolCalls().orElseThrow());
                arguments.put(e.getIndex().orElseThrow(), new StringBuilder());
            });
            event.getToolCallDelta().ifPresent(e -> {
                var message = e.getDelta().orElseThrow().getMessage().orElseThrow();
                arguments
                        .get(e.getIndex().orElseThrow())
                        .append(message.getToolCalls()
                                .orElseThrow()
                                .getFunction()
                                .orElseThrow()
                                .getArguments()
                                .orElseThrow());
            });
            event.getToolCallEnd()
                    .ifPresent(e -> order.add("call " + e.getIndex().orElseThrow()));
            event.getMessageEnd().ifPresent(e -> end = e.getDelta().orElseThrow());
        }
    }

    private static Heard streamed(Cohere client) {
        Heard heard = new Heard();
        client.v2()
                .chatStream(V2ChatStreamRequest.builder()
                        .model("command-a")
                        .messages(QUESTION)
                        .build())
                .forEach(heard::hear);
        return heard;
    }

    private static String text(V2ChatResponse r) {
        StringBuilder text = new StringBuilder();
        r.getMessage().getContent().orElseThrow().forEach(c -> c.getText().ifPresent(t -> text.append(t.getText())));
        return text.toString();
    }

    @Test
    void cohereReadsItsAnswers() {
        simulator.says(Script.saying("Hello", " there", "!").cached(4));
        V2ChatResponse said = whole(cohere(Simulator.KEY));
        assertThat(text(said)).isEqualTo("Hello there!");
        assertThat(said.getFinishReason()).isEqualTo(ChatFinishReason.COMPLETE);
        assertThat(said.getMessage().getRole()).isEqualTo("assistant");
        Heard heard = streamed(cohere(Simulator.KEY));
        assertThat(heard.text).hasToString("Hello there!");
        assertThat(heard.end.getFinishReason()).contains(ChatFinishReason.COMPLETE);
        assertThat(heard.order).containsExactly("message sim", "content 0", "end 0");
        for (Usage usage :
                List.of(said.getUsage().orElseThrow(), heard.end.getUsage().orElseThrow())) {
            assertThat(usage.getTokens().orElseThrow().getInputTokens()).contains(5.0);
            assertThat(usage.getTokens().orElseThrow().getOutputTokens()).contains(3.0);
            assertThat(usage.getBilledUnits().orElseThrow().getOutputTokens()).contains(3.0);
            assertThat(usage.getCachedTokens()).contains(4.0);
        }
    }

    @Test
    void cohereReadsItsThoughtsAndCalls() {
        simulator.says(Script.of(
                new Script.Think("Kenya, so", null),
                new Script.Say("One moment."),
                new Script.Call("weather_1", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                new Script.Call("time_2", "time", List.of("{\"zone\":\"EAT\"}"))));
        V2ChatResponse said = whole(cohere(Simulator.KEY));
        assertThat(said.getMessage()
                        .getContent()
                        .orElseThrow()
                        .getFirst()
                        .getThinking()
                        .orElseThrow()
                        .getThinking())
                .isEqualTo("Kenya, so");
        assertThat(text(said)).isEqualTo("One moment.");
        assertThat(said.getFinishReason()).isEqualTo(ChatFinishReason.TOOL_CALL);
        Heard heard = streamed(cohere(Simulator.KEY));
        assertThat(heard.thinking).hasToString("Kenya, so");
        assertThat(heard.text).hasToString("One moment.");
        assertThat(heard.end.getFinishReason()).contains(ChatFinishReason.TOOL_CALL);
        assertThat(heard.order)
                .containsExactly("message sim", "content 0", "end 0", "content 1", "end 1", "call 0", "call 1");
        assertThat(heard.arguments.get(0)).hasToString("{\"city\":\"Nairobi\"}");
        assertThat(heard.arguments.get(1)).hasToString("{\"zone\":\"EAT\"}");
        List<ToolCallV2> whole = said.getMessage().getToolCalls().orElseThrow();
        for (List<ToolCallV2> calls : List.of(whole, List.copyOf(heard.calls.values()))) {
            assertThat(calls).extracting(ToolCallV2::getId).containsExactly("weather_1", "time_2");
            assertThat(calls).extracting(ToolCallV2::getType).containsOnly("function");
            assertThat(calls)
                    .extracting(c -> c.getFunction().orElseThrow().getName().orElseThrow())
                    .containsExactly("weather", "time");
        }
        assertThat(whole)
                .extracting(c -> c.getFunction().orElseThrow().getArguments().orElseThrow())
                .containsExactly("{\"city\":\"Nairobi\"}", "{\"zone\":\"EAT\"}");
    }

    @Test
    void cohereReadsWhyItEnds() {
        Map<Script.End, ChatFinishReason> reasons = Map.of(
                Script.End.LENGTH, ChatFinishReason.MAX_TOKENS,
                Script.End.STOP_STRING, ChatFinishReason.STOP_SEQUENCE);
        reasons.forEach((end, reason) -> {
            simulator.says(Script.saying("cut").ending(end));
            assertThat(whole(cohere(Simulator.KEY)).getFinishReason()).isEqualTo(reason);
            assertThat(streamed(cohere(Simulator.KEY)).end.getFinishReason()).contains(reason);
        });
        simulator.next(new Fault.ErrorAt(2));
        ChatMessageEndEventDelta end = streamed(cohere(Simulator.KEY)).end;
        assertThat(end.getFinishReason()).contains(ChatFinishReason.ERROR);
        assertThat(end.getError()).contains("internal error");
    }

    @Test
    void cohereUnderstandsItsRefusals() {
        Cohere stranger = cohere("wrong");
        assertThatThrownBy(() -> whole(stranger)).isInstanceOf(UnauthorizedError.class);
        assertThatThrownBy(() -> streamed(stranger)).isInstanceOf(UnauthorizedError.class);
        Cohere client = cohere(Simulator.KEY);
        Fault slow = new Fault.Status(
                429, "application/json", "{\"id\":\"sim\",\"message\":\"slow down\"}", Map.of("Retry-After", "7"));
        simulator.next(slow, slow, new Fault.Refused(503, "loading"));
        for (Runnable asking : List.<Runnable>of(() -> whole(client), () -> streamed(client))) {
            assertThatThrownBy(asking::run).isInstanceOfSatisfying(TooManyRequestsError.class, e -> {
                assertThat(e.body()).isEqualTo(Map.of("id", "sim", "message", "slow down"));
                assertThat(headers(e)).containsEntry("retry-after", List.of("7"));
            });
        }
        assertThatThrownBy(() -> whole(client)).isInstanceOf(ServiceUnavailableError.class);
    }

    private static Map<String, List<String>> headers(CohereApiException e) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(e.headers());
        return headers;
    }

    @Test
    void cohereReadsItsEmbeddings() {
        EmbedByTypeResponse said = cohere(Simulator.KEY)
                .v2()
                .embed(V2EmbedRequest.builder()
                        .model("embed-v4.0")
                        .inputType(EmbedInputType.SEARCH_DOCUMENT)
                        .texts(List.of("a", "bcd"))
                        .embeddingTypes(List.of(EmbeddingType.FLOAT))
                        .build());
        assertThat(said.getEmbeddings().getFloat())
                .contains(List.of(List.of(1.0, 0.5, -0.25), List.of(3.0, 0.5, -0.25)));
        assertThat(said.getTexts()).contains(List.of("a", "bcd"));
        assertThat(said.getMeta().orElseThrow().getBilledUnits().orElseThrow().getInputTokens())
                .contains(2.0);
    }
}

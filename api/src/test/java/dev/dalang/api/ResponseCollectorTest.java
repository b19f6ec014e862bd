package dev.dalang.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ResponseCollectorTest {

    private static final ChatEvent STARTED = new ChatEvent.Started("id-1", "wayang", Instant.EPOCH);

    private static ChatEvent finished(FinishReason reason) {
        return new ChatEvent.Finished(reason, null, Usage.of(3, 5), Timings.of(Duration.ofMillis(7)));
    }

    private static ChatResponse collect(ChatEvent... middle) {
        ResponseCollector collector = new ResponseCollector();
        collector.accept(STARTED);
        for (ChatEvent e : middle) collector.accept(e);
        collector.accept(finished(FinishReason.END_OF_TURN));
        return collector.response();
    }

    @Test
    void joinsDeltasOfAKindAndKeepsTheOrderOfKinds() {
        ChatResponse response = collect(
                new ChatEvent.PromptProgress(1, 2),
                new ChatEvent.ReasoningDelta("let me "),
                new ChatEvent.ReasoningDelta("see"),
                new ChatEvent.TextDelta("Semar"),
                new ChatEvent.TextDelta(" speaks"),
                new ChatEvent.RefusalDelta("not that"));
        assertThat(response.message())
                .isEqualTo(new Message(
                        Role.ASSISTANT,
                        List.of(
                                new Part.Reasoning("let me see"),
                                new Part.Text("Semar speaks"),
                                new Part.Refusal("not that")),
                        null));
        assertThat(response.text()).isEqualTo("Semar speaks");
        assertThat(response.message().reasoning()).isEqualTo("let me see");
        assertThat(response.id()).isEqualTo("id-1");
        assertThat(response.model()).isEqualTo("wayang");
        assertThat(response.usage().totalTokens()).isEqualTo(8);
        assertThat(response.finishReason()).isEqualTo(FinishReason.END_OF_TURN);
    }

    @Test
    void signatureEndsItsStretchOfReasoning() {
        ChatResponse response = collect(
                new ChatEvent.ReasoningDelta("one"),
                new ChatEvent.ReasoningSignature("sig1", "rs_1"),
                new ChatEvent.ReasoningDelta("two", true),
                new ChatEvent.ReasoningSignature("sig2", null),
                new ChatEvent.ReasoningRedacted("sealed", null),
                new ChatEvent.TextDelta("x"));
        assertThat(response.message().parts())
                .containsExactly(
                        new Part.Reasoning("one", "sig1", "rs_1", false),
                        new Part.Reasoning("two", "sig2", null, true),
                        new Part.RedactedReasoning("sealed", null),
                        new Part.Text("x"));
    }

    @Test
    void interleavedToolCallsAreToldApartByIndex() {
        ChatResponse response = collect(
                new ChatEvent.TextDelta("I look. "),
                new ChatEvent.ToolCallStarted(0, "c0", "weather"),
                new ChatEvent.ToolCallStarted(1, "c1", "time"),
                new ChatEvent.ToolCallDelta(1, "{}"),
                new ChatEvent.ToolCallDelta(0, "{\"city\":"),
                new ChatEvent.ToolCallDelta(0, "\"Solo\"}"),
                new ChatEvent.ToolCallFinished(0),
                new ChatEvent.ToolCallFinished(1));
        assertThat(response.message().toolCalls())
                .containsExactly(
                        new Part.ToolCall("c0", "weather", "{\"city\":\"Solo\"}"),
                        new Part.ToolCall("c1", "time", "{}"));
        assertThat(response.message().parts().getFirst()).isEqualTo(new Part.Text("I look. "));
    }

    @Test
    void annotationsStayWithTheirText() {
        ChatResponse response = collect(
                new ChatEvent.TextDelta("a"),
                new ChatEvent.TextAnnotation("{\"n\":1}"),
                new ChatEvent.TextAnnotation("{\"n\":2}"),
                new ChatEvent.OpaquePart(new Part.Opaque("anthropic", "web_search_tool_result", "{}", null)),
                new ChatEvent.TextDelta("b"));
        assertThat(response.message().parts())
                .containsExactly(
                        new Part.Text("a", null, "[{\"n\":1},{\"n\":2}]"),
                        new Part.Opaque("anthropic", "web_search_tool_result", "{}", null),
                        new Part.Text("b"));
    }

    @Test
    void whatAProviderWantsBackIsKept() {
        Part.Audio audio = new Part.Audio(new Source.Bytes(new byte[] {1}, null), "wav", null, "audio_1", "hello");
        ChatResponse response = collect(
                new ChatEvent.TextStarted("msg_1", "commentary"),
                new ChatEvent.TextDelta("I look."),
                new ChatEvent.TextStarted("msg_2", null),
                new ChatEvent.TextDelta("It "),
                new ChatEvent.TextDelta("rains."),
                new ChatEvent.ToolCallStarted(0, "c0", "patch", "ctc_1", true),
                new ChatEvent.ToolCallDelta(0, "*** Begin"),
                new ChatEvent.MediaPart(audio),
                new ChatEvent.TextDelta("end"));
        assertThat(response.message().parts())
                .containsExactly(
                        new Part.Text("I look.", null, null, "msg_1", "commentary"),
                        new Part.Text("It rains.", null, null, "msg_2", null),
                        new Part.ToolCall("c0", "patch", "*** Begin", "ctc_1", true, null),
                        audio,
                        new Part.Text("end"));
        assertThatThrownBy(() -> new ChatEvent.MediaPart(new Part.Text("x")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void detailsOfTheProviderAreKept() {
        Map<String, String> details = new HashMap<>(Map.of("service_tier", "\"flex\""));
        ResponseCollector collector = new ResponseCollector();
        collector.accept(STARTED);
        collector.accept(
                new ChatEvent.Finished(FinishReason.REFUSAL, null, Usage.ZERO, Timings.of(Duration.ZERO), details));
        details.clear();
        assertThat(collector.response().details()).isEqualTo(Map.of("service_tier", "\"flex\""));
        assertThat(collect().details()).isEmpty();
    }

    @Test
    void noticesAndScoresAreKept() {
        TokenScore score = new TokenScore(4, "x", -0.5f, new byte[] {'x'}, List.of());
        ChatEvent.Notice notice = new ChatEvent.Notice("prompt_truncated", "2 turns left out");
        ChatResponse response =
                collect(notice, new ChatEvent.TokenScores(List.of(score)), new ChatEvent.TextDelta("x"));
        assertThat(response.notices()).containsExactly(notice);
        assertThat(response.scores()).containsExactly(score);
    }

    @Test
    void refusesImpossibleStreams() {
        assertThatThrownBy(() -> new ResponseCollector().response()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> collect(new ChatEvent.ToolCallDelta(0, "{}")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() ->
                        collect(new ChatEvent.ToolCallStarted(0, "a", "f"), new ChatEvent.ToolCallStarted(0, "b", "f")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void messageSoFarIsThereBeforeTheEnd() {
        ResponseCollector collector = new ResponseCollector();
        collector.accept(STARTED);
        collector.accept(new ChatEvent.TextDelta("half an ans"));
        assertThat(collector.message().text()).isEqualTo("half an ans");
    }

    /** However a text is cut into deltas, the collected text is the text. */
    @Property
    void cuttingDoesNotMatter(@ForAll List<String> pieces) {
        ChatEvent[] deltas = pieces.stream().map(ChatEvent.TextDelta::new).toArray(ChatEvent[]::new);
        assertThat(collect(deltas).text()).isEqualTo(String.join("", pieces));
    }

    @Test
    void completeCollectsWhatChatDelivers() {
        ChatModel model = new ChatModel() {
            @Override
            public String name() {
                return "echo";
            }

            @Override
            public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
                events.accept(STARTED);
                if (request.prompt() instanceof Prompt.Raw(String text)) events.accept(new ChatEvent.TextDelta(text));
                events.accept(finished(cancellation.isCancelled() ? FinishReason.CANCELLED : FinishReason.END_OF_TURN));
            }
        };
        ChatRequest request =
                ChatRequest.builder("echo", new Prompt.Raw("ndherek langkung")).build();
        assertThat(model.complete(request).text()).isEqualTo("ndherek langkung");
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();
        assertThat(model.complete(request, cancelled).finishReason()).isEqualTo(FinishReason.CANCELLED);
    }
}

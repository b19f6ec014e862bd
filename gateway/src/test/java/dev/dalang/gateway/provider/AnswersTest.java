package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulated;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same answer over every wire is the same at the doorway. */
class AnswersTest extends SimulatedTest {

    static List<String> wires() {
        return Simulated.WIRES;
    }

    static List<String> all() {
        List<String> all = new ArrayList<>(List.of("openai-auto", "azure", "vertex", "bedrock-signed"));
        all.addAll(Simulated.WIRES);
        for (String flavour : dev.dalang.gateway.provider.openai.Flavour.names()) {
            if (!all.contains(flavour)) all.add(flavour);
        }
        return all;
    }

    private ChatRequest asking(String provider) {
        return ChatRequest.builder(provider + "/sim-model", Prompt.user("What is the capital of Kenya ?"))
                .build();
    }

    private ChatResponse ask(String provider) {
        return hosted.chat(provider + "/sim-model").complete(asking(provider));
    }

    @ParameterizedTest
    @MethodSource("all")
    void aTextComesWholeAndCounted(String provider) {
        hosted.simulator.says(Script.saying("Nai", "ro", "bi 🎭"));
        ChatResponse answer = ask(provider);
        assertThat(answer.text()).isEqualTo("Nairobi 🎭");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.END_OF_TURN);
        assertThat(answer.model()).startsWith(provider + "/");
        var given = hosted.simulator.tally().get("sim-model");
        assertThat(answer.usage().promptTokens())
                .isEqualTo((int) given.promptTokens())
                .isGreaterThan(5);
        assertThat(answer.usage().completionTokens()).isEqualTo((int) given.completionTokens());
        assertThat(answer.notices()).isEmpty();
        assertThat(hosted.simulator.asked()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void textComesAsItIsWritten(String provider) throws Exception {
        hosted.simulator.says(Script.saying("first", " second"));
        // The answer is held back after its first words, so these must be there before the rest.
        int frame = switch (provider) {
            case "responses" -> 5;
            case "anthropic" -> 4;
            case "gemini" -> 1;
            case "cohere" -> 3;
            default -> 2;
        };
        Fault.Held held = new Fault.Held(frame);
        hosted.simulator.next(held);
        List<String> texts = new ArrayList<>();
        hosted.chat(provider + "/sim-model").chat(asking(provider), Cancellation.NONE, e -> {
            if (e instanceof ChatEvent.TextDelta t) {
                texts.add(t.text());
                held.go().countDown();
            }
        });
        assertThat(texts).containsExactly("first", " second");
    }

    @ParameterizedTest
    @MethodSource("wires")
    void parallelCallsKeepTheirArgumentsApart(String provider) {
        hosted.simulator.says(Script.of(
                new Script.Say("One moment."),
                new Script.Call("call_a", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                new Script.Call("call_b", "time", List.of("{\"zone\":\"EAT\",", "\"exact\":true}"))));
        ChatResponse answer = ask(provider);
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(answer.text()).isEqualTo("One moment.");
        assertThat(answer.message().toolCalls())
                .extracting(
                        Part.ToolCall::id,
                        Part.ToolCall::name,
                        c -> c.arguments().replace(" ", ""))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("call_a", "weather", "{\"city\":\"Nairobi\"}"),
                        org.assertj.core.groups.Tuple.tuple("call_b", "time", "{\"zone\":\"EAT\",\"exact\":true}"));
    }

    @ParameterizedTest
    @MethodSource("wires")
    void reasoningComesBeforeTheAnswerWithItsProof(String provider) {
        hosted.simulator.says(Script.of(new Script.Think("Kenya, so", "c2lnbmVk"), new Script.Say("Nairobi")));
        ChatResponse answer = ask(provider);
        assertThat(answer.message().reasoning()).isEqualTo("Kenya, so");
        assertThat(answer.text()).isEqualTo("Nairobi");
        boolean proves = List.of("responses", "anthropic", "gemini", "bedrock", "mistral")
                .contains(provider);
        Part.Reasoning first = (Part.Reasoning) answer.message().parts().getFirst();
        // SealTest says what is before it.
        if (proves) assertThat(first.signature()).endsWith(":c2lnbmVk");
        else assertThat(first.signature()).isNull();
        if (List.of("openai", "responses", "gemini").contains(provider)) {
            assertThat(answer.usage().reasoningTokens()).isEqualTo(2);
            assertThat(answer.usage().completionTokens()).isEqualTo(3);
        }
    }

    /** As a server may that does not know the option to stream. */
    @ParameterizedTest
    @MethodSource("wires")
    void anAnswerThatComesAtOnceIsTheSame(String provider) {
        List<Script> scripts = List.of(
                Script.saying("Nai", "ro", "bi").cached(3),
                Script.of(
                        new Script.Think("Kenya, so", "c2lnbmVk"),
                        new Script.Say("One moment."),
                        new Script.Call("call_a", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                        new Script.Call("call_b", "time", List.of("{\"zone\":\"EAT\"}"))),
                Script.saying("cut").ending(Script.End.LENGTH),
                Script.saying("bad").ending(Script.End.FILTER));
        for (Script script : scripts) {
            hosted.simulator.says(script);
            ChatResponse streamed = ask(provider);
            hosted.simulator.next(new Fault.AtOnce());
            ChatResponse whole = ask(provider);
            assertThat(whole.message()).isEqualTo(streamed.message());
            assertThat(whole.finishReason()).isEqualTo(streamed.finishReason());
            assertThat(whole.usage()).isEqualTo(streamed.usage());
            assertThat(whole.notices()).isEqualTo(streamed.notices());
        }
    }

    @ParameterizedTest
    @MethodSource("wires")
    void whyItEnds(String provider) {
        hosted.simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        assertThat(ask(provider).finishReason()).isEqualTo(FinishReason.LENGTH);
        hosted.simulator.says(Script.saying("bad").ending(Script.End.FILTER));
        assertThat(ask(provider).finishReason())
                .isEqualTo(provider.equals("anthropic") ? FinishReason.REFUSAL : FinishReason.CONTENT_FILTER);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void cachedTokensArePartOfThePrompt(String provider) {
        hosted.simulator.says(Script.saying("again").cached(40));
        ChatResponse answer = ask(provider);
        assertThat(answer.usage().cachedTokens()).isEqualTo(40);
        assertThat(answer.usage().promptTokens()).isEqualTo(40);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void aCancelledAnswerEndsWithWhatThereIs(String provider) {
        hosted.simulator.says(Script.saying("first", " second", " third"));
        hosted.simulator.rule(
                n -> new Fault.Silent(provider.equals("responses") ? 5 : provider.equals("anthropic") ? 4 : 3));
        Cancellation cancellation = new Cancellation();
        List<ChatEvent> events = new ArrayList<>();
        hosted.chat(provider + "/sim-model").chat(asking(provider), cancellation, e -> {
            events.add(e);
            if (e instanceof ChatEvent.TextDelta) Thread.ofVirtual().start(cancellation::cancel);
        });
        assertThat(events.getFirst()).isInstanceOf(ChatEvent.Started.class);
        assertThat(events.getLast()).isInstanceOfSatisfying(ChatEvent.Finished.class, f -> {
            assertThat(f.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(f.usage().promptTokens()).isPositive();
        });
    }

    @Test
    void aRefusalOfOpenAisIsOne() {
        hosted.simulator.says(Script.of(new Script.Refuse("I cannot"), new Script.Refuse(" do that.")));
        for (String provider : List.of("openai", "responses", "azure")) {
            ChatResponse answer = ask(provider);
            assertThat(answer.finishReason()).as(provider).isEqualTo(FinishReason.REFUSAL);
            assertThat(answer.message().parts()).contains(new Part.Refusal("I cannot do that."));
        }
        assertThat(ask("anthropic").finishReason()).isEqualTo(FinishReason.REFUSAL);
    }

    /** What was thought goes back where it came from, with its proof, and the calls in their place. */
    @ParameterizedTest
    @MethodSource("wires")
    void aTurnGoesBackAsItCame(String provider) {
        hosted.simulator.says(Script.of(
                new Script.Think("look it up", "c2lnbmVk"),
                new Script.Call("call_a", "weather", List.of("{\"city\":\"Nairobi\"}"))));
        ChatResponse first = ask(provider);
        hosted.simulator.says(Script.saying("Sunny."));
        var messages = List.of(
                dev.dalang.api.Message.user("Weather?"),
                first.message(),
                dev.dalang.api.Message.toolResult(
                        first.message().toolCalls().getFirst().id(), "sunny"));
        ChatRequest next = ChatRequest.builder(provider + "/sim-model", new Prompt.Conversation(messages))
                .build();
        assertThat(hosted.chat(provider + "/sim-model").complete(next).text()).isEqualTo("Sunny.");
        String sent = hosted.simulator.last().body().toString();
        boolean proves = List.of("responses", "anthropic", "gemini", "bedrock").contains(provider);
        assertThat(sent).contains("weather", "Nairobi", "sunny");
        assertThat(sent.contains("c2lnbmVk")).isEqualTo(proves);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void tokensAreCountedWhereTheProviderCounts(String provider) {
        boolean counts = List.of("responses", "anthropic", "gemini").contains(provider);
        if (counts)
            assertThat(hosted.chat(provider + "/sim-model").countTokens(asking(provider)))
                    .isGreaterThan(5);
        else {
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> hosted.chat(provider + "/sim-model").countTokens(asking(provider)))
                    .hasMessageContaining("cannot count tokens");
        }
    }

    @Test
    void openAiIsAskedOverResponsesWhereOnlyTheyCan() {
        hosted.chat("openai-auto/m").complete(asking("openai-auto"));
        assertThat(hosted.simulator.last().path()).endsWith("/chat/completions");
        hosted.chat("openai-auto/m")
                .complete(asking("openai-auto").toBuilder()
                        .reasoning(new ReasoningOptions(null, ReasoningOptions.Effort.LOW, null, "auto", true))
                        .build());
        assertThat(hosted.simulator.last().path()).endsWith("/responses");
        assertThat(hosted.simulator.last().body().toString())
                .contains(
                        "\"effort\":\"low\"", "\"summary\":\"auto\"", "reasoning.encrypted_content", "\"store\":false");
    }
}

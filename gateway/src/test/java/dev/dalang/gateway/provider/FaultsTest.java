package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulated;
import dev.dalang.gateway.simulator.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Providers that break their wires, in every wire. */
class FaultsTest {

    @TempDir
    Path home;

    private Simulated hosted;

    @BeforeEach
    void start() {
        hosted = new Simulated(home, Map.of("gap-seconds", "1", "first-token-seconds", "30", "total-seconds", "60"));
        hosted.simulator.says(Script.saying("one", " two", " three"));
    }

    @AfterEach
    void stop() {
        hosted.close();
    }

    static List<String> wires() {
        return Simulated.WIRES;
    }

    private static ChatRequest asking(String provider) {
        return ChatRequest.builder(provider + "/sim-model", Prompt.user("Hi")).build();
    }

    private ChatResponse ask(String provider) {
        return hosted.chat(provider + "/sim-model").complete(asking(provider));
    }

    private Failure fails(String provider, Fault fault) {
        hosted.simulator.next(fault);
        List<ChatEvent> events = new ArrayList<>();
        DalangException[] thrown = new DalangException[1];
        assertThatThrownBy(() ->
                        hosted.chat(provider + "/sim-model").chat(asking(provider), Cancellation.NONE, events::add))
                .isInstanceOfSatisfying(DalangException.class, e -> thrown[0] = e);
        assertThat(events).noneMatch(ChatEvent.Finished.class::isInstance);
        Failure failure = thrown[0].failure();
        assertThat(failure.message())
                .doesNotContain("\n")
                .doesNotContain(Simulator.KEY)
                .contains("");
        return failure;
    }

    @ParameterizedTest
    @MethodSource("wires")
    void aStreamThatIsCutOff(String provider) {
        for (int after : new int[] {0, 1, 3}) {
            assertThat(fails(provider, new Fault.CutAfter(after)))
                    .as("after %d", after)
                    .isInstanceOf(Failure.Upstream.class);
            assertThat(fails(provider, new Fault.EndAfter(after)))
                    .as("end after %d", after)
                    .isInstanceOf(Failure.Upstream.class);
        }
        assertThat(fails(provider, new Fault.Dropped())).isInstanceOf(Failure.Upstream.class);
        // Each was asked once: what may have run is not run again in silence.
        assertThat(hosted.simulator.asked()).hasSize(7);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void malformedChunks(String provider) {
        assertThat(fails(provider, new Fault.Malformed(1)))
                .isInstanceOfSatisfying(
                        Failure.Upstream.class, f -> assertThat(f.message()).containsAnyOf("no JSON", "check sum"));
    }

    @ParameterizedTest
    @MethodSource("wires")
    void errorsWithinTheStream(String provider) {
        Failure failure = fails(provider, new Fault.ErrorAt(2));
        switch (provider) {
            case "anthropic" -> assertThat(failure).isInstanceOf(Failure.Overloaded.class);
            case "bedrock" -> assertThat(failure).isInstanceOf(Failure.RateLimited.class);
            default -> assertThat(failure).isInstanceOf(Failure.Upstream.class);
        }
    }

    @ParameterizedTest
    @MethodSource("wires")
    void aWebPage(String provider) {
        Failure failure = fails(
                provider,
                new Fault.Status(200, "text/html", "<!doctype html><title>Sign in\nplease</title>", Map.of()));
        assertThat(failure.message()).contains("a web page", "\"Sign in please\"", "address");
        failure = fails(
                provider, new Fault.Status(502, "text/html", "<html><title>Bad Gateway</title></html>", Map.of()));
        assertThat(failure)
                .isInstanceOfSatisfying(
                        Failure.Upstream.class, f -> assertThat(f.status()).isEqualTo(502));
        assertThat(failure.message()).contains("Bad Gateway");
    }

    @ParameterizedTest
    @MethodSource("wires")
    void anErrorUnderAGoodStatus(String provider) {
        Failure failure = fails(
                provider,
                new Fault.Status(
                        200,
                        "{\"error\":{\"message\":\"no such thing\",\"type\":\"invalid_request_error\",\"code\":null}}"));
        assertThat(failure).isInstanceOf(Failure.InvalidRequest.class);
        assertThat(failure.message()).contains("no such thing");
        assertThat(fails(provider, new Fault.Status(200, "{}"))).isInstanceOf(Failure.Upstream.class);
        assertThat(fails(provider, new Fault.Status(200, ""))).isInstanceOf(Failure.Upstream.class);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void limits(String provider) {
        Failure failure = fails(
                provider,
                new Fault.Status(429, "application/json", "{\"message\":\"slow down\"}", Map.of("Retry-After", "17")));
        assertThat(failure)
                .isInstanceOfSatisfying(
                        Failure.RateLimited.class,
                        f -> assertThat(f.retryAfter()).isEqualTo(Duration.ofSeconds(17)));
        failure = fails(
                provider,
                new Fault.Status(529, "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"));
        assertThat(failure).isInstanceOf(Failure.Overloaded.class);
        assertThat(fails(provider, new Fault.Status(503, "{\"message\":\"loading\"}")))
                .isInstanceOf(Failure.Overloaded.class);
        assertThat(hosted.simulator.asked()).hasSize(3);
    }

    /** {@code fails} sees to it that the key is in no message, though the provider says it. */
    @ParameterizedTest
    @MethodSource("wires")
    void aKeyThatTheProviderDoesNotKnow(String provider) {
        Failure failure = fails(provider, new Fault.Stranger());
        assertThat(failure)
                .isInstanceOfSatisfying(
                        Failure.Upstream.class, f -> assertThat(f.isLasting()).isTrue());
        assertThat(failure.message()).contains("`dalang providers test " + provider + "`");
    }

    @ParameterizedTest
    @MethodSource("wires")
    void silenceWithinAnAnswer(String provider) {
        assertThat(fails(provider, new Fault.Silent(2))).isInstanceOf(Failure.TimedOut.class);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void countsThatCannotBe(String provider) {
        hosted.simulator.next(new Fault.WrongUsage());
        ChatResponse answer = ask(provider);
        assertThat(answer.text()).isEqualTo("one two three");
        assertThat(answer.notices()).anySatisfy(n -> {
            assertThat(n.code()).isEqualTo("usage_wrong");
            assertThat(n.message()).contains("-7");
        });
        assertThat(answer.usage().promptTokens()).isPositive();
        assertThat(answer.usage().completionTokens()).isPositive();
        assertThat(answer.usage().other()).containsEntry("estimated", 1L);
    }

    /** Counts without a number in them, or more than can be counted, are no free answer and no error of ours. */
    @Test
    void countsThatSayNothing() {
        Map<String, String> counts = Map.of(
                "{}", "usage_estimated",
                "{\"prompt_tokens\":null}", "usage_estimated",
                "{\"prompt_tokens\":0,\"completion_tokens\":0}", "usage_estimated",
                "{\"prompt_tokens\":\"7\",\"completion_tokens\":\"2\"}", "usage_wrong",
                "{\"prompt_tokens\":2000000000,\"completion_tokens\":2000000000}", "usage_wrong");
        counts.forEach((usage, notice) -> {
            hosted.simulator.next(new Fault.Status(
                    200,
                    "{\"choices\":[{\"message\":{\"content\":\"one two three\"},\"finish_reason\":\"stop\"}],\"usage\":"
                            + usage + "}"));
            ChatResponse answer = ask("openai");
            assertThat(answer.notices())
                    .as(usage)
                    .extracting(ChatEvent.Notice::code)
                    .containsExactly(notice);
            assertThat(answer.usage().totalTokens()).as(usage).isBetween(6, 20);
            assertThat(answer.usage().completionTokens()).as(usage).isBetween(4, 10);
            assertThat(answer.usage().other()).containsEntry("estimated", 1L);
        });
    }

    /** Anthropic counts first of all one token of the answer, and the rest at its end, which never came. */
    @Test
    void aCancelledAnswerCostsWhatCameOfIt() {
        hosted.simulator.says(Script.saying("x".repeat(300), " two", " three"));
        Cancellation cancellation = new Cancellation();
        List<ChatEvent> events = new ArrayList<>();
        hosted.chat("anthropic/sim-model").chat(asking("anthropic"), cancellation, e -> {
            events.add(e);
            if (e instanceof ChatEvent.TextDelta) cancellation.cancel();
        });
        ChatEvent.Finished end = (ChatEvent.Finished) events.getLast();
        assertThat(end.reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(end.usage().completionTokens()).isGreaterThanOrEqualTo(100);
        assertThat(end.usage().other()).containsEntry("estimated", 1L);
    }

    @Test
    void aTimeThatIsNone() {
        for (String created : new String[] {"9000000000000000000", "-1", "\"soon\"", "1e300"}) {
            hosted.simulator.next(new Fault.Status(
                    200,
                    "{\"object\":\"response\",\"status\":\"completed\",\"created_at\":" + created
                            + ",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\"}]}],"
                            + "\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}"));
            assertThat(ask("responses").text()).as(created).isEqualTo("Hi");
        }
    }

    /** Servers and what stands before them do not always say of what type an answer is. */
    @Test
    void anAnswerOfNoType() {
        String whole = "{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}";
        hosted.simulator.next(new Fault.Status(200, "text/plain", "\n" + whole, Map.of()));
        assertThat(ask("openai").text()).isEqualTo("Hi");
        assertThat(fails("openai", new Fault.Status(200, "text/plain", "{\"error\":\"not today\"}", Map.of()))
                        .message())
                .contains("not today");
        assertThat(fails("openai", new Fault.Status(200, "text/plain", "<html><title>Sign in</title>", Map.of()))
                        .message())
                .contains("a web page", "Sign in");
        hosted.simulator.next(new Fault.Status(
                200, "text/plain", ": hello\n\ndata: " + whole.replace("message", "delta") + "\n\n", Map.of()));
        assertThat(ask("openai").text()).isEqualTo("Hi");
    }

    @ParameterizedTest
    @MethodSource("wires")
    void noCountsAreEstimatedAndSaid(String provider) {
        hosted.simulator.next(new Fault.NoUsage());
        ChatResponse answer = ask(provider);
        assertThat(answer.notices()).extracting(ChatEvent.Notice::code).contains("usage_estimated");
        assertThat(answer.usage().completionTokens()).isPositive();
        assertThat(answer.usage().other()).containsEntry("estimated", 1L);
    }

    /** What can be told apart comes once: the numbered, and the beginnings. */
    @Test
    void eventsThatComeTwice() {
        for (int frame = 0; frame < 10; frame++) {
            hosted.simulator.next(new Fault.Twice(frame));
            assertThat(ask("responses").text()).as("frame %d", frame).isEqualTo("one two three");
        }
        for (int frame : new int[] {0, 1, 2, 6, 7, 8}) {
            hosted.simulator.next(new Fault.Twice(frame));
            assertThat(ask("anthropic").text()).as("frame %d", frame).isEqualTo("one two three");
        }
        for (int frame : new int[] {0, 4, 5, 6}) {
            hosted.simulator.next(new Fault.Twice(frame));
            ChatResponse answer = ask("openai");
            assertThat(answer.text()).as("frame %d", frame).isEqualTo("one two three");
            assertThat(answer.usage().completionTokens()).isEqualTo(3);
        }
        hosted.simulator.says(Script.of(new Script.Call("call_a", "f", List.of("{\"a\":", "1}"))));
        hosted.simulator.next(new Fault.Twice(1), new Fault.Twice(2));
        assertThat(ask("openai").message().toolCalls().getFirst().arguments()).isEqualTo("{\"a\":1}");
    }

    @Test
    void anAnswerThatNeverEndsIsLeft() {
        hosted.close();
        hosted = new Simulated(home, Map.of("total-seconds", "1"));
        for (String provider : List.of("openai", "anthropic", "bedrock")) {
            assertThat(fails(provider, new Fault.NeverEnds(2))).as(provider).isInstanceOf(Failure.TimedOut.class);
        }
    }

    @Test
    void theRequestsOwnTimeCounts() {
        hosted.simulator.next(new Fault.NeverEnds(2));
        ChatRequest hasty =
                asking("openai").toBuilder().timeout(Duration.ofMillis(300)).build();
        assertThatThrownBy(() -> hosted.chat("openai/sim-model").complete(hasty))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.TimedOut.class));
    }

    @Test
    void aPackedBombIsNotUnpacked() {
        assertThat(fails("openai", new Fault.GzipBomb(4L << 30))).isInstanceOf(Failure.Upstream.class);
        hosted.simulator.next(new Fault.GzipBomb(1L << 30));
        assertThatThrownBy(() -> hosted.embedding("openai/e")
                        .embed(dev.dalang.api.EmbeddingRequest.of("openai/e", List.of("a")), Cancellation.NONE))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void aRequestThatIsSentElsewhereDoesNotGo() {
        hosted.simulator.next(new Fault.Status(
                307,
                "text/plain",
                "",
                Map.of("Location", hosted.simulator.at("/elsewhere").toString())));
        assertThatThrownBy(() -> ask("openai")).hasMessageContaining("refused");
        assertThat(hosted.simulator.asked()).hasSize(1);
    }

    @Test
    void keysAreInNoLogAndNoMessage() throws Exception {
        hosted.simulator.next(
                new Fault.Status(400, "{\"error\":{\"message\":\"bad key " + Simulator.KEY + "\\u0007 here\\n\\n\"}}"));
        assertThatThrownBy(() -> ask("openai")).hasMessage("openai: bad key … here");
        for (String provider : List.of("openai", "anthropic", "gemini", "bedrock-signed")) ask(provider);
        assertThat(Files.readString(hosted.log))
                .contains("chat openai/sim-model")
                .doesNotContain(Simulator.KEY)
                .doesNotContain("Hi");
        assertThat(Files.readString(hosted.providers.file())).doesNotContain(Simulator.KEY);
    }

    @Test
    void whatMayBeSentAgain() {
        assertThat(Retry.of(caught(new Fault.Status(429, "{}")), false).kind()).isEqualTo(Retry.Kind.SAFE);
        assertThat(Retry.of(caught(new Fault.Status(500, "{}")), false).kind()).isEqualTo(Retry.Kind.MAY_HAVE_RUN);
        assertThat(Retry.of(caught(new Fault.CutAfter(2)), true).kind()).isEqualTo(Retry.Kind.MAY_HAVE_RUN);
        assertThat(Retry.of(caught(new Fault.Status(400, "{}")), false).kind()).isEqualTo(Retry.Kind.USELESS);
        assertThat(Retry.of(caught(new Fault.Status(401, "{}")), false).kind()).isEqualTo(Retry.Kind.USELESS);
        hosted.simulator.close();
        DalangException gone = caught(new Fault.None());
        assertThat(Retry.of(gone, false).kind()).as(gone.getMessage()).isEqualTo(Retry.Kind.SAFE);
    }

    private DalangException caught(Fault fault) {
        hosted.simulator.next(fault);
        try {
            ask("openai");
        } catch (DalangException e) {
            return e;
        }
        throw new AssertionError("no failure");
    }
}

package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.BedrockRuntimeException;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockDelta;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.Message;
import software.amazon.awssdk.services.bedrockruntime.model.StopReason;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;
import software.amazon.awssdk.services.bedrockruntime.model.TokenUsage;
import software.amazon.awssdk.services.bedrockruntime.model.ToolUseBlockStart;

/**
 * AWS's own client against the simulator of the gateway's tests. The simulator checks the client's signature as AWS would,
 * and so the code that checks ours is judged by AWS's.
 */
class SimulatedBedrockTest {

    /** Its colon is sent as {@code %3A} and signed as {@code %253A}. */
    private static final String MODEL = "eu.anthropic.claude-opus-4-8-v1:0";

    private final Simulator simulator = Simulator.start();
    private final List<BedrockRuntimeAsyncClient> clients = new ArrayList<>();

    @AfterEach
    void stop() {
        clients.forEach(BedrockRuntimeAsyncClient::close);
        simulator.close();
    }

    private BedrockRuntimeAsyncClient bedrock(AwsCredentials credentials) {
        BedrockRuntimeAsyncClient client = BedrockRuntimeAsyncClient.builder()
                .endpointOverride(simulator.at(""))
                // Over plain HTTP it would take version 2 for granted.
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        clients.add(client);
        return client;
    }

    private BedrockRuntimeAsyncClient bedrock() {
        return bedrock(AwsBasicCredentials.create(Simulator.ACCESS_KEY, Simulator.KEY));
    }

    private static final Message QUESTION = Message.builder()
            .role(ConversationRole.USER)
            .content(ContentBlock.fromText("What is the weather?"))
            .build();

    private static ConverseResponse whole(BedrockRuntimeAsyncClient client) {
        return client.converse(r -> r.modelId(MODEL).messages(QUESTION).inferenceConfig(c -> c.maxTokens(50)))
                .join();
    }

    /** What the events of a stream said. */
    private static final class Heard {
        final StringBuilder text = new StringBuilder();
        final StringBuilder reasoning = new StringBuilder();
        final StringBuilder signature = new StringBuilder();
        final StringBuilder arguments = new StringBuilder();
        final List<ToolUseBlockStart> calls = new ArrayList<>();
        final List<String> order = new ArrayList<>();
        StopReason reason;
        TokenUsage usage;

        void delta(ContentBlockDelta d) {
            if (d.text() != null) text.append(d.text());
            if (d.toolUse() != null) arguments.append(d.toolUse().input());
            if (d.reasoningContent() == null) return;
            if (d.reasoningContent().text() != null)
                reasoning.append(d.reasoningContent().text());
            if (d.reasoningContent().signature() != null)
                signature.append(d.reasoningContent().signature());
        }
    }

    private static Heard streamed(BedrockRuntimeAsyncClient client) {
        Heard heard = new Heard();
        client.converseStream(
                        r -> r.modelId(MODEL).messages(QUESTION),
                        ConverseStreamResponseHandler.builder()
                                .subscriber(ConverseStreamResponseHandler.Visitor.builder()
                                        .onMessageStart(e -> heard.order.add("start " + e.roleAsString()))
                                        .onContentBlockStart(
                                                e -> heard.calls.add(e.start().toolUse()))
                                        .onContentBlockDelta(e -> heard.delta(e.delta()))
                                        .onContentBlockStop(e -> heard.order.add("stop " + e.contentBlockIndex()))
                                        .onMessageStop(e -> heard.reason = e.stopReason())
                                        .onMetadata(e -> heard.usage = e.usage())
                                        .build())
                                .build())
                .join();
        return heard;
    }

    @Test
    void awsReadsItsAnswers() {
        simulator.says(Script.saying("Hello", " there", "!").cached(4));
        ConverseResponse said = whole(bedrock());
        assertThat(said.output().message().content()).containsExactly(ContentBlock.fromText("Hello there!"));
        assertThat(said.output().message().role()).isEqualTo(ConversationRole.ASSISTANT);
        assertThat(said.stopReason()).isEqualTo(StopReason.END_TURN);
        Heard heard = streamed(bedrock());
        assertThat(heard.text).hasToString("Hello there!");
        assertThat(heard.reason).isEqualTo(StopReason.END_TURN);
        assertThat(heard.order).containsExactly("start assistant", "stop 0");
        for (TokenUsage usage : List.of(said.usage(), heard.usage)) {
            assertThat(usage.inputTokens()).isEqualTo(1);
            assertThat(usage.cacheReadInputTokens()).isEqualTo(4);
            assertThat(usage.outputTokens()).isEqualTo(3);
            assertThat(usage.totalTokens()).isEqualTo(8);
        }
        simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        assertThat(whole(bedrock()).stopReason()).isEqualTo(StopReason.MAX_TOKENS);
        assertThat(streamed(bedrock()).reason).isEqualTo(StopReason.MAX_TOKENS);
        simulator.says(Script.saying("bad").ending(Script.End.FILTER));
        assertThat(whole(bedrock()).stopReason()).isEqualTo(StopReason.CONTENT_FILTERED);
        assertThat(streamed(bedrock()).reason).isEqualTo(StopReason.CONTENT_FILTERED);
    }

    @Test
    void awsReadsItsThoughtsAndCalls() {
        simulator.says(Script.of(
                new Script.Think("Kenya, so", "c2lnbmVk"),
                new Script.Say("One moment."),
                new Script.Call("tooluse_1", "weather", List.of("{\"city\":", "\"Nairobi\"}"))));
        List<ContentBlock> content = whole(bedrock()).output().message().content();
        assertThat(content.getFirst().reasoningContent().reasoningText().text()).isEqualTo("Kenya, so");
        assertThat(content.getFirst().reasoningContent().reasoningText().signature())
                .isEqualTo("c2lnbmVk");
        assertThat(content.get(1).text()).isEqualTo("One moment.");
        assertThat(content.get(2).toolUse().toolUseId()).isEqualTo("tooluse_1");
        assertThat(content.get(2).toolUse().name()).isEqualTo("weather");
        assertThat(content.get(2).toolUse().input().asMap().get("city").asString())
                .isEqualTo("Nairobi");
        Heard heard = streamed(bedrock());
        assertThat(heard.reasoning).hasToString("Kenya, so");
        assertThat(heard.signature).hasToString("c2lnbmVk");
        assertThat(heard.text).hasToString("One moment.");
        assertThat(heard.calls)
                .containsExactly(ToolUseBlockStart.builder()
                        .toolUseId("tooluse_1")
                        .name("weather")
                        .build());
        assertThat(heard.arguments).hasToString("{\"city\":\"Nairobi\"}");
        assertThat(heard.reason).isEqualTo(StopReason.TOOL_USE);
        assertThat(heard.order).containsExactly("start assistant", "stop 0", "stop 1", "stop 2");
    }

    @Test
    void awsUnderstandsItsRefusals() {
        simulator.next(new Fault.Refused(429, "Too many requests"), new Fault.Refused(400, "no such field"));
        assertThatThrownBy(() -> whole(bedrock()))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(ThrottlingException.class)
                .hasMessageContaining("Too many requests");
        assertThatThrownBy(() -> streamed(bedrock()))
                .cause()
                .isInstanceOfSatisfying(
                        BedrockRuntimeException.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException"));
        simulator.next(new Fault.ErrorAt(2));
        assertThatThrownBy(() -> streamed(bedrock()))
                .cause()
                .isInstanceOf(ThrottlingException.class)
                .hasMessageContaining("Too many requests");
        simulator.next(new Fault.Malformed(2));
        assertThatThrownBy(() -> streamed(bedrock())).cause().isInstanceOf(SdkException.class);
    }

    /** AWS's own signature passes, and no other does: of another secret, or another key. */
    @Test
    void theSimulatorChecksSignaturesAsAwsDoes() {
        assertThat(whole(bedrock(AwsSessionCredentials.create(Simulator.ACCESS_KEY, Simulator.KEY, "session+/=")))
                        .stopReason())
                .isEqualTo(StopReason.END_TURN);
        assertThat(simulator.last().headers())
                .containsEntry("X-Amz-Security-Token", "session+/=")
                .hasEntrySatisfying(
                        "Authorization",
                        a -> assertThat(a).startsWith("AWS4-HMAC-SHA256 Credential=" + Simulator.ACCESS_KEY));
        assertThat(simulator.last().path()).isEqualTo("/model/eu.anthropic.claude-opus-4-8-v1%3A0/converse");
        assertRefused(AwsBasicCredentials.create(Simulator.ACCESS_KEY, "another"), "InvalidSignatureException");
        assertRefused(AwsBasicCredentials.create("AKIDANOTHER", Simulator.KEY), "UnrecognizedClientException");
    }

    /** A signature is good for what was signed alone. */
    @Test
    void whatIsChangedOnTheWayIsTurnedAway() throws Exception {
        whole(bedrock());
        Simulator.Asked signed = simulator.last();
        String body = signed.json();
        assertThat(again(signed, signed.path(), body)).isEqualTo(200);
        assertThat(again(signed, signed.path(), body.replace("weather", "secrets")))
                .isEqualTo(403);
        assertThat(again(signed, signed.path().replace("opus", "ogre"), body)).isEqualTo(403);
        assertThat(again(signed, signed.path() + "?a=b", body)).isEqualTo(403);
    }

    private int again(Simulator.Asked signed, String path, String body) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(simulator.at(path)).POST(HttpRequest.BodyPublishers.ofString(body));
        signed.headers().forEach((name, value) -> {
            boolean ownWay = Set.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding")
                    .contains(name.toLowerCase(Locale.ROOT));
            if (!ownWay) request.header(name, value);
        });
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private void assertRefused(AwsCredentials credentials, String code) {
        for (Runnable asking :
                List.<Runnable>of(() -> whole(bedrock(credentials)), () -> streamed(bedrock(credentials)))) {
            assertThatThrownBy(asking::run).cause().isInstanceOfSatisfying(BedrockRuntimeException.class, e -> {
                assertThat(e.statusCode()).isEqualTo(403);
                assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
            });
        }
    }
}

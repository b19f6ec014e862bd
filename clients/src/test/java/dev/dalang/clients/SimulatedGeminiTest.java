package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.genai.Client;
import com.google.genai.ResponseStream;
import com.google.genai.errors.ApiException;
import com.google.genai.errors.ClientException;
import com.google.genai.errors.ServerException;
import com.google.genai.types.Content;
import com.google.genai.types.FinishReason;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.Part;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Google's own client against the simulator of the gateway's tests: its wire is theirs, and not our idea of it. */
class SimulatedGeminiTest {

    private static final String MODEL = "gemini-2.5-flash";

    private final Simulator simulator = Simulator.start();
    private final List<Client> clients = new ArrayList<>();

    @AfterEach
    void stop() {
        clients.forEach(Client::close);
        simulator.close();
    }

    private Client gemini(String key) {
        Client client = Client.builder()
                .apiKey(key)
                .httpOptions(HttpOptions.builder()
                        .baseUrl(simulator.at("").toString())
                        .retryOptions(HttpRetryOptions.builder().attempts(1).build())
                        .build())
                .build();
        clients.add(client);
        return client;
    }

    private static final GenerateContentConfig CONFIG = GenerateContentConfig.builder()
            .systemInstruction(Content.fromParts(Part.fromText("Be brief.")))
            .temperature(0f)
            .build();

    private static GenerateContentResponse whole(Client client) {
        return client.models.generateContent(MODEL, "What is the weather?", CONFIG);
    }

    private static List<GenerateContentResponse> streamed(Client client) {
        List<GenerateContentResponse> all = new ArrayList<>();
        try (ResponseStream<GenerateContentResponse> stream =
                client.models.generateContentStream(MODEL, "What is the weather?", CONFIG)) {
            stream.forEach(all::add);
        }
        return all;
    }

    private static List<Part> parts(List<GenerateContentResponse> chunks) {
        return chunks.stream().flatMap(c -> c.parts().stream()).toList();
    }

    private static String text(List<GenerateContentResponse> chunks) {
        StringBuilder text = new StringBuilder();
        for (Part p : parts(chunks))
            if (!p.thought().orElse(false)) text.append(p.text().orElse(""));
        return text.toString();
    }

    private List<List<GenerateContentResponse>> both() {
        Client client = gemini(Simulator.KEY);
        return List.of(streamed(client), List.of(whole(client)));
    }

    @Test
    void googleReadsItsAnswers() {
        simulator.says(Script.saying("Hello", " there", "!").cached(40));
        for (List<GenerateContentResponse> chunks : both()) {
            GenerateContentResponse last = chunks.getLast();
            assertThat(text(chunks)).isEqualTo("Hello there!");
            assertThat(last.finishReason().knownEnum()).isEqualTo(FinishReason.Known.STOP);
            assertThat(last.modelVersion()).contains(MODEL);
            var usage = last.usageMetadata().orElseThrow();
            assertThat(usage.promptTokenCount()).contains(40);
            assertThat(usage.cachedContentTokenCount()).contains(40);
            assertThat(usage.candidatesTokenCount()).contains(3);
            assertThat(usage.totalTokenCount()).contains(43);
        }
        assertThat(streamed(gemini(Simulator.KEY))).hasSizeGreaterThan(2);
        simulator.says(Script.saying("cut").ending(Script.End.LENGTH));
        for (List<GenerateContentResponse> chunks : both()) {
            assertThat(chunks.getLast().finishReason().knownEnum()).isEqualTo(FinishReason.Known.MAX_TOKENS);
        }
        simulator.says(Script.saying("bad").ending(Script.End.FILTER));
        for (List<GenerateContentResponse> chunks : both()) {
            assertThat(chunks.getLast().finishReason().knownEnum()).isEqualTo(FinishReason.Known.SAFETY);
        }
    }

    @Test
    void googleReadsItsThoughtsAndCalls() {
        simulator.says(Script.of(
                new Script.Think("Kenya, so", "c2lnbmVk"),
                new Script.Call("call_1", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                new Script.Call(null, "time", List.of("{}"))));
        for (List<GenerateContentResponse> chunks : both()) {
            List<Part> parts = parts(chunks);
            assertThat(parts.getFirst().thought()).contains(true);
            assertThat(parts.getFirst().text()).contains("Kenya, so");
            assertThat(parts.get(1).thoughtSignature().orElseThrow())
                    .isEqualTo("signed".getBytes(StandardCharsets.US_ASCII));
            List<FunctionCall> calls =
                    parts.stream().flatMap(p -> p.functionCall().stream()).toList();
            assertThat(calls).extracting(c -> c.name().orElseThrow()).containsExactly("weather", "time");
            assertThat(calls.getFirst().id()).contains("call_1");
            assertThat(calls.getFirst().args().orElseThrow()).isEqualTo(Map.of("city", "Nairobi"));
            assertThat(chunks.getLast().usageMetadata().orElseThrow().thoughtsTokenCount())
                    .contains(2);
        }
    }

    @Test
    void googleUnderstandsItsRefusals() {
        Client stranger = gemini("wrong");
        assertThatThrownBy(() -> whole(stranger)).isInstanceOfSatisfying(ClientException.class, e -> {
            assertThat(e.code()).isEqualTo(400);
            assertThat(e.status()).isEqualTo("INVALID_ARGUMENT");
            assertThat(e.message()).contains("API key not valid");
        });
        Client client = gemini(Simulator.KEY);
        simulator.next(new Fault.Refused(429, "slow down"), new Fault.Refused(503, "The model is overloaded."));
        assertThatThrownBy(() -> streamed(client)).isInstanceOfSatisfying(ClientException.class, e -> {
            assertThat(e.code()).isEqualTo(429);
            assertThat(e.status()).isEqualTo("RESOURCE_EXHAUSTED");
            assertThat(e.message()).startsWith("slow down").contains("34.5s");
        });
        assertThatThrownBy(() -> whole(client))
                .isInstanceOfSatisfying(
                        ServerException.class, e -> assertThat(e.status()).isEqualTo("UNAVAILABLE"));
        simulator.next(new Fault.ErrorAt(1));
        assertThatThrownBy(() -> streamed(client))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo("INTERNAL"));
    }

    @Test
    void googleReadsItsCountsAndEmbeddings() {
        Client client = gemini(Simulator.KEY);
        assertThat(client.models
                        .countTokens(MODEL, "What is the weather?", null)
                        .totalTokens())
                .contains(5);
        assertThat(client.models
                        .embedContent("gemini-embedding-001", List.of("a", "bcd"), null)
                        .embeddings()
                        .orElseThrow())
                .extracting(e -> e.values().orElseThrow())
                .containsExactly(List.of(1f, 0.5f, -0.25f), List.of(3f, 0.5f, -0.25f));
    }
}
